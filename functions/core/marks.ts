import type { PointState } from "./point.ts";
import { compactInstant, isoInstant, type PointId } from "./slot.ts";

/*
 * Nothing is deleted that was not marked an hour before: a mark is the fact `expiring-<region>-<instant>` of a point.
 * Facts are written once, so a mark is named by its instant, and one that is no longer right is taken back by
 * `kept-<region>-<instant>`.
 */

/** A mark must stand for so long before what it names may be deleted. */
export const markSeconds = 3_600;

/** After so long a mark has lapsed and the point is marked anew. */
export const markLapsesSeconds = 24 * 3_600;

/** No pass takes so long: what one pass knew is known to every pass that begins after this. */
export const passSeconds = 3_600;

/** For so long a mark explains why an artefact is gone, though the fact that it expired was never recorded. */
export const markExplainsSeconds = 7 * 24 * 3_600;

/** The hold of a restore or a drill lapses after so long: it ended without releasing what it read. */
export const readingLapsesSeconds = 7 * 24 * 3_600;

/** A point that a restore or a drill reads: who reads it, and since when (ISO-8601 UTC). It has begun and not finished. */
export type Reading = { source: string; point: PointId; by: string; since: string };

/** The name of a fact about a point's expiry. */
export type ExpiryFactName =
  | `expiring-${string}`
  | `kept-${string}`
  | `locked-${string}`
  | `expired-${string}`
  | `held-${string}`
  | `released-${string}`
  | `unwanted-${string}`;

/** What the facts of a point say about its expiry in one region. Instants in ms since 1970. */
export type Marks = {
  /** Each time that it was marked. */
  markedMs: number[];
  /** When a mark was last taken back; 0 if never. */
  takenBackMs: number;
  /** Each time that one was, and that what had been was seen to be still there. */
  keptMs: number[];
  /** Until when Object Lock keeps it, as far as anyone has looked; 0 if it does not. */
  lockedUntilMs: number;
  /** Holds that nobody has released, by id. Those of restores and drills begin with `restore-` and `drill-`. */
  holds: { id: string; sinceMs: number }[];
};

/** The name of a fact that names a region and an instant. */
export function expiryFactName(kind: "expiring" | "kept" | "locked", region: string, at: Date) {
  return `${kind}-${region}-${compactInstant(at)}` as const;
}

/** Reads the marks from a point's facts. */
export function marksOf({ facts }: PointState, region: string): Marks {
  const marks: Marks = { markedMs: [], takenBackMs: 0, keptMs: [], lockedUntilMs: 0, holds: [] };
  for (const [name, storedAt] of facts) {
    const kind = name.slice(0, Math.max(0, name.indexOf("-")));
    if (kind === "held") {
      const id = name.slice(kind.length + 1);
      if (!facts.has(`released-${id}`)) marks.holds.push({ id, sinceMs: Date.parse(storedAt) });
    }
    if (!(kind in dated) || !name.startsWith(`${kind}-${region}-`)) continue;
    const namedMs = Date.parse(isoInstant(name.slice(kind.length + region.length + 2)));
    if (Number.isNaN(namedMs)) continue;
    // The later of our clock and of S3's: a mark is never taken for older than either says.
    const ms = Math.max(namedMs, Date.parse(storedAt) || 0);
    if (kind === "expiring") marks.markedMs.push(ms);
    if (kind === "kept") {
      marks.takenBackMs = Math.max(marks.takenBackMs, ms);
      marks.keptMs.push(ms);
    }
    if (kind === "locked") marks.lockedUntilMs = Math.max(marks.lockedUntilMs, namedMs);
  }
  return marks;
}

const dated = { expiring: true, kept: true, locked: true };

/** How far the point's mark is: `ripe` may be acted upon, `young` not yet; `since` is when it was marked. */
export function markStage(
  { markedMs, takenBackMs }: Marks,
  nowMs: number,
): { stage: "none" | "young" | "ripe"; sinceMs: number } {
  const standing = markedMs.filter((ms) => ms > takenBackMs);
  const ripe = standing.find((ms) => within(nowMs - ms, markSeconds, markLapsesSeconds));
  if (ripe !== undefined) return { stage: "ripe", sinceMs: ripe };
  // One that lies far in the future is of a clock that was wrong: it would keep the point from being marked for long.
  const young = standing.find((ms) => within(nowMs - ms, -markSeconds, markSeconds));
  return young === undefined ? { stage: "none", sinceMs: 0 } : { stage: "young", sinceMs: young };
}

/** Whether another pass, which may know a little less than this one, could still act upon a mark of the point. */
export function maybeActedUpon(marks: Marks, nowMs: number): boolean {
  return marks.markedMs.some(
    (ms) => nowMs - ms <= (markLapsesSeconds + passSeconds) * 1_000 && !isSettled(marks, ms, nowMs),
  );
}

/** Whether a mark was taken back so long before an instant that no pass can act upon it any more. */
function isSettled({ keptMs }: Marks, markedMs: number, nowMs: number): boolean {
  return keptMs.some((ms) => ms >= markedMs && nowMs - ms >= passSeconds * 1_000);
}

/**
 * Whether somebody has to look that a point is there, whose mark was taken back: a pass that knew nothing of that may
 * have deleted it in the same moment and been cut off, and until somebody has seen it afterwards the mark explains that
 * it is gone.
 */
export function toBeSeen(marks: Marks, nowMs: number): boolean {
  return marks.markedMs.some(
    (ms) =>
      within(nowMs - ms, markSeconds, markExplainsSeconds) &&
      isSettled(marks, ms, nowMs) &&
      !wasSeen(marks, ms),
  );
}

/** Whether a point was seen to be there when no pass could act upon its mark any more. */
function wasSeen(marks: Marks, markedMs: number): boolean {
  return marks.keptMs.some((ms) => isSettled(marks, markedMs, ms));
}

/** Whether a mark explains that the point's artefact is gone from the region: `expire` deleted it, and was cut off. */
export function explainsLoss(state: PointState, region: string, now: Date): boolean {
  const marks = marksOf(state, region);
  const nowMs = now.getTime();
  return marks.markedMs.some(
    (ms) => within(nowMs - ms, markSeconds, markExplainsSeconds) && !wasSeen(marks, ms),
  );
}

/** Who holds the point now: people until they release it, restores and drills for a week at most. */
export function holders({ holds }: Marks, nowMs: number): string[] {
  return holds
    .filter(({ id, sinceMs }) => !isReading(id) || nowMs - sinceMs < readingLapsesSeconds * 1_000)
    .map(({ id }) => id);
}

/** Who reads a point of the source now; what began a week ago and never finished was cut off. */
export function readers(
  reading: readonly Reading[],
  source: string,
  point: PointId,
  nowMs: number,
): string[] {
  return reading
    .filter((one) => one.source === source && one.point === point)
    .filter(({ since }) => nowMs - Date.parse(since) < readingLapsesSeconds * 1_000)
    .map(({ by }) => by);
}

/** Whether a hold is that of a restore or drill which reads the point. */
export function isReading(id: string): boolean {
  return id.startsWith("restore-") || id.startsWith("drill-");
}

function within(ms: number, fromSeconds: number, toSeconds: number): boolean {
  return ms >= fromSeconds * 1_000 && ms <= toSeconds * 1_000;
}
