import { useNow } from "../clock.ts";
import { duration, rounded, secondsSince } from "../words.ts";

/** The track goes on beyond the objective, so that one sees by how much something is late. */
const trackObjectives = 1.5;

/** The age of something against its objective. `at` absent: there is nothing; `known` false: nobody knows. */
export function Gauge({
  label,
  at,
  objectiveSeconds,
  known,
}: {
  label: string;
  at: string | undefined;
  objectiveSeconds: number;
  known: boolean;
}) {
  const nowMs = useNow();
  const objective = duration(objectiveSeconds);
  if (!known || !at) {
    const words = known ? "nothing yet" : "not known";
    return (
      <div class="gauge unknown">
        <p>
          <span>{label}</span> <b>{words}</b> <small>of {objective}</small>
        </p>
        <div class="track" />
      </div>
    );
  }
  const seconds = secondsSince(at, nowMs);
  const share = seconds / objectiveSeconds;
  const tone = share > 1 ? "bad" : share > 0.8 ? "warn" : "good";
  return (
    <div class={`gauge ${tone}`}>
      <p>
        <span>{label}</span> <b>{rounded(seconds)}</b> <small>of {objective}</small>
      </p>
      <Meter
        label={`${label}: age of the newest copy against its RPO`}
        max={objectiveSeconds}
        value={seconds}
        says={`${rounded(seconds)} of ${objective}${share > 1 ? ", late" : ""}`}
      />
      <div class="track">
        <i style={{ width: `${Math.min(100, (share / trackObjectives) * 100)}%` }} />
        <em style={{ left: `${100 / trackObjectives}%` }} />
      </div>
    </div>
  );
}

/** A share of something that may be used up. */
export function Share({ label, share, says }: { label: string; share: number; says: string }) {
  const tone = share >= 1 ? "bad" : share > 0.8 ? "warn" : "good";
  return (
    <div class={`gauge ${tone}`}>
      <p>
        <span>{label}</span> <small>{says}</small>
      </p>
      <Meter label={label} max={100} value={share * 100} says={says} />
      <div class="track">
        <i style={{ width: `${Math.min(100, share * 100)}%` }} />
      </div>
    </div>
  );
}

/** The same for who listens. */
function Meter({ label, max, value, says }: { label: string; max: number; value: number; says: string }) {
  return (
    <meter
      class="unseen"
      aria-label={label}
      aria-valuetext={says}
      max={max}
      value={Math.min(max, Math.round(value))}
    >
      {says}
    </meter>
  );
}
