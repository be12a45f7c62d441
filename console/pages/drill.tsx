import { useRoute } from "preact-iso/router";
import type { DrillView } from "../../functions/core/api/recovery.ts";
import { useAsk } from "../asking.ts";
import { useNow } from "../clock.ts";
import { Answered } from "../parts/answered.tsx";
import { Certificate } from "../parts/certificate.tsx";
import { Heading, Pairs, Panel } from "../parts/panel.tsx";
import { State } from "../parts/state.tsx";
import { When } from "../parts/when.tsx";
import { useTitle } from "../title.ts";
import { duration, secondsSince } from "../words.ts";

/** One drill: followed while it runs, and then its signed document. */
export function DrillPage() {
  const params = useRoute().params as { source: string; drill: string };
  useTitle(`Drill of ${params.source}`);
  const first = useAsk("getDrill", { params }, (answer) => (answer?.drill.outcome ? undefined : 3));
  const ended = first.answer?.drill.outcome;
  return (
    <>
      <Heading title={`Drill of ${params.source}`} aside={<State is={ended ?? "running"} />}>
        <p class="lead">
          <a href={`/sources/${params.source}`}>{params.source}</a>, drill{" "}
          <span class="id">{params.drill}</span>
        </p>
      </Heading>
      <Answered asked={waiting(first)} lines={8}>
        {({ drill, certificate, document }) => (
          <>
            {!drill.outcome && <Running of={drill} />}
            {certificate && <Certificate of={certificate} checked={document} />}
          </>
        )}
      </Answered>
    </>
  );
}

/** Just after it was asked for it has recorded nothing yet: that is no failure. */
function waiting<T extends { refusal?: { status: number }; answer?: unknown }>(asked: T): T {
  return asked.refusal?.status === 404 && asked.answer === undefined
    ? { ...asked, refusal: undefined }
    : asked;
}

function Running({ of }: { of: DrillView }) {
  const nowMs = useNow(1);
  const seconds = secondsSince(of.startedAt, nowMs);
  const { rtoSeconds } = of;
  return (
    <Panel title="It runs" class="running">
      <p class="lead" role="status">
        The point is restored in {of.region}, in isolation, read whole and checked. This page follows it.
      </p>
      <progress
        max={rtoSeconds ?? 1}
        {...(rtoSeconds && { value: Math.min(seconds, rtoSeconds) })}
        aria-label="Time taken of the RTO"
      />
      <Pairs
        of={[
          ["Running for", `${duration(seconds)}${rtoSeconds ? ` of an RTO of ${duration(rtoSeconds)}` : ""}`],
          ["Started", <When key="s" at={of.startedAt} />],
          [
            "Point",
            <a key="p" href={`/sources/${of.source}/points/${of.point}`}>
              {of.point}
            </a>,
          ],
          ["Asked for by", of.by === "person" ? "a person" : "the schedule"],
        ]}
      />
    </Panel>
  );
}
