import type { PlaceReport, SourceReport } from "../../functions/core/report.ts";
import { duration, kindWords, percent } from "../words.ts";
import { Gauge } from "./gauge.tsx";
import { State, toneOf } from "./state.tsx";
import { Age } from "./when.tsx";

/** One source in the overview: its state, its RPO in each region, what drills proved, and the rule of 3-2-1-1-0. */
export function SourceCard({ of, known }: { of: SourceReport; known: boolean }) {
  const href = `/sources/${encodeURIComponent(of.source)}`;
  return (
    <li class={`source ${known ? toneOf(of.state) : "unknown"}`}>
      <div class="who">
        <h3>
          <a href={href}>{of.source}</a>
        </h3>
        <p class="soft">
          {kindWords[of.kind]} <span class="id">{of.protects}</span>
        </p>
        <State is={known ? of.state : "not known"} />
        {of.pausedUntil && (
          <p class="note">
            Paused for another <Age at={of.pausedUntil} suffix="" />
          </p>
        )}
      </div>
      <div class="gauges">
        {of.places.map((place) => (
          <PlaceGauge key={place.region} of={place} known={known} />
        ))}
      </div>
      <div class="proof">
        <Drill of={of} />
        <Budget of={of} />
        <ThreeTwoOne of={of} />
      </div>
      {of.late.concat(of.unknown).map((sentence) => (
        <p key={sentence} class="why">
          {sentence}
        </p>
      ))}
    </li>
  );
}

/** A source's RPO in one region: the age of the newest copy there, or of the latest moment under continuous protection. */
export function PlaceGauge({ of, known }: { of: PlaceReport; known: boolean }) {
  return (
    <Gauge
      label={of.region}
      at={of.latestMoment ?? of.available?.at}
      objectiveSeconds={of.rpoSeconds}
      known={known && of.state !== "not known"}
    />
  );
}

function Drill({ of: { kind, drill, rtoSeconds } }: { of: SourceReport }) {
  // An archive is read whole when it arrives; that is its proof.
  if (kind === "archives") return <Proof name="Drill" words="read on arrival" tone="unknown" />;
  if (!drill) return <Proof name="Drill" words="none yet" tone={rtoSeconds ? "warn" : "unknown"} />;
  const objective = rtoSeconds ? ` of ${duration(rtoSeconds)}` : "";
  const slow = rtoSeconds !== undefined && (drill.rtoSeconds ?? 0) > rtoSeconds;
  const words =
    drill.outcome === "passed" && drill.rtoSeconds !== undefined
      ? `RTO ${duration(drill.rtoSeconds)}${objective}`
      : drill.outcome;
  return (
    <Proof
      name="Drill"
      words={words}
      tone={drill.outcome === "failed" ? "bad" : slow || drill.outcome !== "passed" ? "warn" : "good"}
    >
      <Age at={drill.at} />
    </Proof>
  );
}

function Budget({ of: { budgets } }: { of: SourceReport }) {
  const worst = budgets
    .map((budget) => ({
      ...budget,
      share: budget.allowedSeconds > 0 ? budget.spentSeconds / budget.allowedSeconds : 1,
    }))
    .sort((a, b) => b.share - a.share)[0];
  if (!worst) return <Proof name="Error budget" words="not counted yet" tone="unknown" />;
  const left = Math.max(0, 1 - worst.share);
  const tone = worst.state === "ok" ? "good" : worst.state === "slow burn" ? "warn" : "bad";
  return (
    <Proof name="Error budget" words={`${percent(left)} left`} tone={tone}>
      {worst.state === "ok" ? "30 days" : worst.state}
    </Proof>
  );
}

function ThreeTwoOne({ of: { threeTwoOne } }: { of: SourceReport }) {
  const broken = threeTwoOne.parts.filter(({ holds }) => !holds);
  return (
    <Proof
      name="3-2-1-1-0"
      words={threeTwoOne.holds ? "holds" : `fails: ${broken[0]?.part ?? "unknown"}`}
      tone={threeTwoOne.holds ? "good" : "warn"}
    >
      <span class="dots" aria-hidden="true">
        {threeTwoOne.parts.map(({ part, holds }) => (
          <i key={part} class={holds ? "good" : "bad"} />
        ))}
      </span>
    </Proof>
  );
}

function Proof({
  name,
  words,
  tone,
  children,
}: {
  name: string;
  words: string;
  tone: string;
  children?: preact.ComponentChildren;
}) {
  return (
    <p class={`fact ${tone}`}>
      <span class="soft">{name}</span>
      <b>{words}</b>
      {children && <small>{children}</small>}
    </p>
  );
}
