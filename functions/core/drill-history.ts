import type { DrillFinishedFact } from "./drill.ts";
import type { DrillPlan } from "./plan.ts";
import { type Slot, slotMs, slotOf } from "./slot.ts";

/** One drill as a listing tells of it: when its facts were stored, ISO-8601 UTC. */
export type DrillState = { drill: Slot; startedAt?: string; finishedAt?: string; cutOffAt?: string };

/** A fact about a drill, as a listing shows it. */
export type DrillEntry = { drill: Slot; name: "started" | "finished" | "cut-off"; storedAt: string };

/** What a drill came to, as far as anything is decided from it. */
export type DrillSummary = Pick<
  DrillFinishedFact,
  "drill" | "point" | "outcome" | "reason" | "at" | "startedAt" | "secondsToChecked"
>;

/** What is decided from. How long it took to read a bucket's sample is shown, and decides nothing: nobody waits for it. */
export function summaryOf(fact: DrillFinishedFact): DrillSummary {
  const { drill, point, outcome, reason, at, startedAt, secondsToChecked, kind } = fact;
  return {
    ...{ drill, point, outcome, at, startedAt },
    ...(reason === undefined ? {} : { reason }),
    ...(secondsToChecked === undefined || kind === "bucket" ? {} : { secondsToChecked }),
  };
}

/** A source's drills in the order in which they began, and what the newest that ended, and the newest that passed, came to. */
export type DrillHistory = {
  drills: readonly DrillState[];
  newest?: DrillSummary;
  passed?: DrillSummary;
};

/** Whatever of a drill still exists after so long is the reaper's, and the drill counts as cut off. */
export const drillLapsesSeconds = 36 * 3_600;

/** A drill that did not pass is repeated after so long, or sooner if its plan rehearses more often. */
export const repeatSeconds = 86_400;

/** At most one drill of a source is started by schedule in each of these: what names it. */
export const drillSlotSeconds = 3_600;

const moments = { started: "startedAt", finished: "finishedAt", "cut-off": "cutOffAt" } as const;

/**
 * A source's drills out of a listing, in the order in which they began. Their names do not tell it: one by schedule has
 * the name of its hour, though one by hand may have begun and ended in that hour before it.
 */
export function gatherDrills(entries: Iterable<DrillEntry>): DrillState[] {
  const states = new Map<Slot, DrillState>();
  for (const { drill, name, storedAt } of entries)
    states.set(drill, { ...(states.get(drill) ?? { drill }), [moments[name]]: storedAt });
  const began = ({ drill, startedAt, finishedAt }: DrillState) =>
    Date.parse(startedAt ?? finishedAt ?? "") || slotMs(drill);
  return [...states.values()].sort((a, b) => began(a) - began(b) || (a.drill < b.drill ? -1 : 1));
}

/** Sorts what is told of drills by when they began, the newest first. */
export function newestFirst<T extends { startedAt: string }>(drills: readonly T[]): T[] {
  return drills.toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
}

/**
 * What names a drill that somebody wants at that instant: the first minute from then on that none of these drills has. One
 * that ended in the same minute would pass for the one that is wanted.
 */
export function freeSlot(drills: readonly DrillState[], wanted: Date): Slot {
  const taken = new Set(drills.map(({ drill }) => drill));
  for (let ms = wanted.getTime(); ; ms += 60_000) {
    const slot = slotOf(new Date(ms));
    if (!taken.has(slot)) return slot;
  }
}

/** The source's drill that has begun and neither ended nor lapsed; undefined if there is none. */
export function underWay({ drills }: Pick<DrillHistory, "drills">, now: Date): DrillState | undefined {
  return drills.findLast(
    ({ startedAt, finishedAt, cutOffAt }) =>
      startedAt &&
      !finishedAt &&
      !cutOffAt &&
      now.getTime() - Date.parse(startedAt) < drillLapsesSeconds * 1_000,
  );
}

/** The newest drill, if it began and was cut off, or must have been by now: nothing is left that could end it. */
export function cutOff({ drills }: Pick<DrillHistory, "drills">, now: Date): DrillState | undefined {
  const newest = drills.findLast(({ startedAt }) => startedAt);
  if (!newest?.startedAt || newest.finishedAt) return undefined;
  const lapsed = now.getTime() - Date.parse(newest.startedAt) >= drillLapsesSeconds * 1_000;
  return newest.cutOffAt || lapsed ? newest : undefined;
}

/**
 * When the next drill is due, in ms since 1970: so long after the beginning of the last as the plan says, or sooner if
 * that one did not pass. Without any it is due at once (0). Undefined while one is under way.
 */
export function nextDueMs(history: DrillHistory, plan: DrillPlan, now: Date): number | undefined {
  if (underWay(history, now)) return undefined;
  const last = history.drills.findLast(({ startedAt }) => startedAt);
  if (!last) return 0;
  const passed = history.passed?.drill === last.drill;
  const seconds = passed ? plan.everySeconds : Math.min(plan.everySeconds, repeatSeconds);
  return slotMs(last.drill) + seconds * 1_000;
}

/** The RTO that the newest passed drill measured, if it measured one. */
export function measuredRtoSeconds({ passed }: Pick<DrillHistory, "passed">): number | undefined {
  return passed?.secondsToChecked;
}
