import type { Retention } from "./plan.ts";
import { type PointId, pointMs } from "./slot.ts";

/** A point as retention sees it; `verified`: it has been proved at the place that is looked at. */
export type RetentionPoint = { point: PointId; verified?: boolean };

/** What retention says of one point: every reason for which it is kept, or why no tier keeps it. */
export type RetentionVerdict = { point: PointId; keep: boolean; reasons: string[] };

/** The tiers that keep one point for each of so many periods, shortest period first. */
export const tiers = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type Tier = (typeof tiers)[number];

/**
 * Which points a policy keeps (grandfather-father-son, UTC, ISO weeks), and which none of its tiers asks for. A tier
 * counts periods that have points, not the calendar, so a source that pauses loses nothing. Within a period its newest
 * verified point stands for it, or its newest if none is verified. Whatever the policy, the newest point and the newest
 * verified one are kept, and so is what lies in the future, which only says that clocks differ. Pure; the verdicts come
 * newest first, whatever the order of the points. What is kept stays kept when the rest is gone.
 */
export function applyRetention(
  points: readonly RetentionPoint[],
  policy: Retention,
  now: Date,
): RetentionVerdict[] {
  const newestFirst = points
    .map(({ point, verified = false }): Dated => ({ point, verified, ms: pointMs(point), reasons: [] }))
    .sort((a, b) => (a.point < b.point ? 1 : -1));
  const nowMs = now.getTime();
  const firstPast = newestFirst.findIndex(({ ms }) => ms <= nowMs);
  const past = firstPast < 0 ? [] : newestFirst.slice(firstPast);
  const future = firstPast < 0 ? newestFirst : newestFirst.slice(0, firstPast);
  for (const one of future) one.reasons.push("it lies in the future");

  past[0]?.reasons.push("the newest");
  past.find(({ verified }) => verified)?.reasons.push("the newest verified");
  const last = policy.last ?? 0;
  for (const [index, one] of past.slice(0, last).entries()) one.reasons.push(`last ${index + 1} of ${last}`);
  const windows = tiers.flatMap((tier) => {
    const count = policy[tier] ?? 0;
    return count > 0 ? [keepPeriods(past, tier, count)] : [];
  });

  const judged = (one: Dated, reasons: string[]) => ({
    point: one.point,
    keep: reasons === one.reasons,
    reasons,
  });
  return [
    ...future.map((one) => judged(one, one.reasons)),
    ...past.map((one, index) =>
      judged(one, one.reasons.length > 0 ? one.reasons : whyRemoved(one, index, last, windows)),
    ),
  ];
}

/** The period of a tier that an instant lies in: a number that grows with time. */
export function periodOf(tier: Tier, ms: number): number {
  const day = Math.floor(ms / dayMs);
  switch (tier) {
    case "hourly":
      return Math.floor(ms / 3_600_000);
    case "daily":
      return day;
    case "weekly":
      // 1970-01-01 was a Thursday; ISO weeks begin on Monday.
      return Math.floor((day + 3) / 7);
    case "monthly": {
      const date = new Date(ms);
      return date.getUTCFullYear() * 12 + date.getUTCMonth();
    }
    case "yearly":
      return new Date(ms).getUTCFullYear();
  }
}

type Dated = { point: PointId; verified: boolean; ms: number; reasons: string[] };

/** What a tier keeps: `ends`: how many of the newest points lie in its periods; `standing`: who stands for each. */
type Window = { tier: Tier; count: number; ends: number; standing: Dated[] };

function keepPeriods(past: readonly Dated[], tier: Tier, count: number): Window {
  const standing: Dated[] = [];
  let rank = 0;
  let ends = 0;
  for (let from = 0; from < past.length && rank < count; from = ends) {
    const period = periodOf(tier, (past[from] as Dated).ms);
    let chosen = past[from] as Dated;
    for (ends = from; ends < past.length; ends++) {
      const one = past[ends] as Dated;
      if (periodOf(tier, one.ms) !== period) break;
      if (one.verified && !chosen.verified) chosen = one;
    }
    rank += 1;
    const best = chosen.verified ? "newest verified" : "newest";
    chosen.reasons.push(`${tier} ${rank} of ${count}: the ${best} of ${periodName(tier, chosen)}`);
    for (let index = from; index < ends; index++) standing.push(chosen);
  }
  return { tier, count, ends, standing };
}

function whyRemoved(one: Dated, index: number, last: number, windows: readonly Window[]): string[] {
  const reasons = windows.map(({ tier, count, ends, standing }) => {
    const name = periodName(tier, one);
    if (index >= ends) return `${tier}: ${name} is older than the ${count} kept`;
    return `${tier}: ${standing[index]?.point} stands for ${name}`;
  });
  return last > 0
    ? [`last: it is not among the ${last} newest`, ...reasons]
    : reasons.length > 0
      ? reasons
      : [nothing];
}

const nothing = "the policy keeps only the newest";
const dayMs = 86_400_000;

/** The period of a tier that a point lies in, for people; read from the point's name, which is fast. */
function periodName(tier: Tier, { point, ms }: Dated): string {
  const year = point.slice(0, 4);
  const month = `${year}-${point.slice(4, 6)}`;
  const day = `${month}-${point.slice(6, 8)}`;
  switch (tier) {
    case "hourly":
      return `${day} ${point.slice(9, 11)}h`;
    case "daily":
      return day;
    case "weekly":
      return isoWeek(ms);
    case "monthly":
      return month;
    case "yearly":
      return year;
  }
}

/** 2026-W47: the week's year is that of its Thursday (ISO 8601). */
function isoWeek(ms: number): string {
  // A week begins on the day 7n - 3 since 1970.
  const thursday = new Date(periodOf("weekly", ms) * 7 * dayMs);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / dayMs / 7) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}
