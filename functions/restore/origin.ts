import { isPresent, type Place, type PointState } from "../core/point.ts";
import { Problem } from "../core/problem.ts";
import type { Wanted } from "../core/restore.ts";
import { type PointId, pointMs } from "../core/slot.ts";

/** What a point whose newest drill failed has in the place of what spoke for it. */
export const drillFailed = "drill-failed";

/** The point that was chosen, and what somebody must know about the choice. */
export type Chosen = { point: PointId; verified: boolean; notes: string[] };

/**
 * The point that is meant, of those whose artefact is at the place. `latest` is the newest that has been verified in
 * either region; where none has, the newest there is: in need, what is not proved is better than nothing, and it says so.
 * Throws `Problem` not-found with the points nearest to what was asked.
 */
export function choosePoint(
  source: string,
  points: readonly PointState[],
  place: Place,
  wanted: Extract<Wanted, { which: "latest" | "point" }>,
): Chosen {
  const there = points.filter((state) => isPresent(state, place));
  const newest = there.at(-1);
  if (!newest) {
    const fix = "See: holdfast points; another region may have some (--region).";
    throw new Problem("not-found", `"${source}" has no point in ${place.region}`, fix);
  }
  if (wanted.which === "point") {
    const found = there.find(({ point }) => point === wanted.point);
    if (found) return { point: found.point, verified: isVerified(found), notes: notesOn(found) };
    const why = points.some(({ point }) => point === wanted.point) ? "is not in" : "is no point in";
    throw new Problem(
      "not-found",
      `"${wanted.point}" of "${source}" ${why} ${place.region}`,
      `The nearest there: ${nearest(there, wanted.point)}.`,
    );
  }
  const verified = there.findLast(isVerified);
  if (!verified) {
    const best = there.findLast(({ facts }) => !facts.has(drillFailed)) ?? newest;
    return { point: best.point, verified: false, notes: notesOn(best) };
  }
  const newer = there.length - 1 - there.indexOf(verified);
  const note = `${newer} newer point(s), up to ${newest.point}, are not verified yet; --point takes one of them.`;
  return { point: verified.point, verified: true, notes: newer > 0 ? [note] : [] };
}

/** Whether anything has proved the point, wherever: the artefacts of a point are copies of one another. */
export function isVerified({ facts }: PointState): boolean {
  return [...facts.keys()].some((name) => name.startsWith("verified-"));
}

function notesOn(state: PointState): string[] {
  if (state.facts.has(drillFailed))
    return [`A drill of the point ${state.point} failed: what comes back may not be what it should be.`];
  return isVerified(state) ? [] : [`The point ${state.point} has not been verified.`];
}

function nearest(there: readonly PointState[], wanted: string): string {
  let ms = Number.NaN;
  try {
    ms = pointMs(wanted);
  } catch {
    // Not a point's name at all: the newest are the best guess.
  }
  const near = Number.isNaN(ms)
    ? there.toReversed()
    : there.toSorted((a, b) => Math.abs(pointMs(a.point) - ms) - Math.abs(pointMs(b.point) - ms));
  return near
    .slice(0, 3)
    .map(({ point }) => point)
    .join(", ");
}
