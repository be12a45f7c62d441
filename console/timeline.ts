import type { DrillView } from "../functions/core/api/recovery.ts";
import type { PointView } from "../functions/core/api/sources.ts";
import { slotInstant } from "./words.ts";

/** What a point is in one region, by the strongest that is proved of it. */
export type Mark = {
  point: string;
  atMs: number;
  proof: "restorable" | "intact" | "present" | "in progress" | "failed" | "lost" | "expired";
  held: boolean;
};

/** A span of time, in ms since 1970 UTC. */
export type Span = { fromMs: number; toMs: number };

/** One region's points over time, and when its newest was older than the objective allows. */
export type Lane = { region: string; marks: Mark[]; late: Span[] };

/** What a source's timeline shows. */
export type Timeline = Span & {
  lanes: Lane[];
  drills: { drill: string; atMs: number; outcome: NonNullable<DrillView["outcome"]> | "running" }[];
  /** Slots that owed a point and have none. */
  owed: { slot: string; atMs: number }[];
};

/** What is asked of a timeline. `rpoSeconds`: by region. */
export type TimelineOf = {
  points: readonly PointView[];
  drills: readonly DrillView[];
  owed: readonly string[];
  rpoSeconds: Record<string, number>;
  span: Span;
  /** Before this nothing was read, so that nothing can be said. */
  knownFromMs: number;
};

/** Puts a source's points, drills and gaps on a line of time. Pure. */
export function timelineOf({ points, drills, owed, rpoSeconds, span, knownFromMs }: TimelineOf): Timeline {
  const within = ({ atMs }: { atMs: number }) => atMs >= span.fromMs && atMs <= span.toMs;
  const lanes = Object.entries(rpoSeconds).map(([region, seconds]) => ({
    region,
    marks: points.flatMap((point) => markOf(point, region)).filter(within),
    late: lateSpans(points, region, seconds * 1_000, { ...span, fromMs: Math.max(span.fromMs, knownFromMs) }),
  }));
  return {
    ...span,
    lanes,
    drills: drills
      .map(({ drill, outcome }) => ({
        drill,
        atMs: Date.parse(slotInstant(drill)),
        outcome: outcome ?? ("running" as const),
      }))
      .filter(within),
    owed: owed.map((slot) => ({ slot, atMs: Date.parse(slotInstant(slot)) })).filter(within),
  };
}

function markOf(view: PointView, region: string): Mark[] {
  const place = view.places.find((one) => one.region === region);
  if (!place || place.state === "absent") return [];
  const proof =
    place.state !== "present"
      ? place.state
      : view.restorableIn.includes(region)
        ? "restorable"
        : view.intactIn.includes(region)
          ? "intact"
          : "present";
  return [{ point: view.point, atMs: Date.parse(view.at), proof, held: view.held }];
}

/**
 * When the newest point that was there was older than allowed: the age at any moment is the time since the moment to
 * which the newest point that was there returns. What has expired since was there then.
 */
function lateSpans(
  points: readonly PointView[],
  region: string,
  rpoMs: number,
  { fromMs, toMs }: Span,
): Span[] {
  const arrivals = points
    .flatMap((point) => {
      const place = point.places.find((one) => one.region === region);
      const since = place && ["present", "expired"].includes(place.state) ? place.since : undefined;
      return since ? [{ atMs: Date.parse(point.at), sinceMs: Date.parse(since) }] : [];
    })
    .sort((a, b) => a.sinceMs - b.sinceMs);
  const spans: Span[] = [];
  let newestMs: number | undefined;
  const close = (untilMs: number) => {
    if (newestMs === undefined) return;
    const late = { fromMs: Math.max(fromMs, newestMs + rpoMs), toMs: Math.min(toMs, untilMs) };
    if (late.fromMs < late.toMs) spans.push(late);
  };
  for (const { atMs, sinceMs } of arrivals) {
    if (newestMs !== undefined && atMs <= newestMs) continue;
    close(sinceMs);
    newestMs = atMs;
  }
  close(toMs);
  return spans;
}

/** Where the axis has its lines: at whole steps that people count in, at most `most`. */
export function ticksOf({ fromMs, toMs }: Span, most = 7): number[] {
  const hour = 3_600_000;
  const steps = [hour / 4, hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour, 48 * hour, 7 * 24 * hour];
  const step = steps.find((one) => (toMs - fromMs) / one <= most) ?? 30 * 24 * hour;
  const first = Math.ceil(fromMs / step) * step;
  return Array.from({ length: Math.floor((toMs - first) / step) + 1 }, (_, index) => first + index * step);
}
