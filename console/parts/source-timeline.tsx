import { useId, useMemo, useState } from "preact/hooks";
import type { DrillView } from "../../functions/core/api/recovery.ts";
import type { PointView } from "../../functions/core/api/sources.ts";
import type { SourceReport } from "../../functions/core/report.ts";
import { useNow } from "../clock.ts";
import { timelineOf } from "../timeline.ts";
import { Empty } from "./answered.tsx";
import { More } from "./more.tsx";
import { Timeline } from "./timeline.tsx";

const hourMs = 3_600_000;
const spans = [
  ["6 h", 6 * hourMs],
  ["24 h", 24 * hourMs],
  ["3 d", 3 * 24 * hourMs],
  ["7 d", 7 * 24 * hourMs],
  ["30 d", 30 * 24 * hourMs],
] as const;

/** The timeline of a source with a choice of how far back. */
export function SourceTimeline({
  source,
  points,
  drills,
  report,
  more,
}: {
  source: string;
  points: readonly PointView[];
  drills: readonly DrillView[];
  report: SourceReport | undefined;
  more: (() => Promise<void>) | undefined;
}) {
  const nowMs = useNow(60);
  const name = useId();
  const oldestMs = Math.min(...points.map(({ at }) => Date.parse(at)));
  const fitting = spans.find(([, span]) => nowMs - oldestMs < span)?.[1] ?? spans[3][1];
  const [chosen, choose] = useState<number>();
  const span = chosen ?? fitting;
  const of = useMemo(
    () =>
      timelineOf({
        points,
        drills,
        owed: report?.owed ?? [],
        rpoSeconds: Object.fromEntries(
          (report?.places ?? []).map(({ region, rpoSeconds }) => [region, rpoSeconds]),
        ),
        span: { fromMs: nowMs - span, toMs: nowMs + span / 60 },
        knownFromMs: oldestMs,
      }),
    [points, drills, report, nowMs, span, oldestMs],
  );
  if (points.length === 0)
    return <Empty>There is no point yet. The first one comes with the next slot of the plan.</Empty>;
  return (
    <>
      <fieldset class="choice">
        <legend class="unseen">How far back</legend>
        {spans.map(([label, ms]) => (
          <label key={label}>
            <input type="radio" name={name} checked={ms === span} onChange={() => choose(ms)} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <Timeline of={of} source={source} />
      {more && nowMs - oldestMs < span && <More more={more} />}
    </>
  );
}
