import type { Retention } from "./plan.ts";
import { periodOf, type RetentionPoint, tiers } from "./retention.ts";
import { type PointId, pointMs } from "./slot.ts";

/**
 * Why it would not be safe if of all points at a place only the survivors were left; empty if it is safe. It asks what
 * `applyRetention` promises, in other words and with no use of it, so that an error there deletes nothing.
 */
export function unsafe(
  there: readonly RetentionPoint[],
  survivors: ReadonlySet<PointId>,
  policy: Retention,
  now: Date,
): string[] {
  const why: string[] = [];
  const newest = (points: readonly RetentionPoint[]) =>
    points.reduce<PointId>((max, { point }) => (point > max ? point : max), "");
  const mustStay = (what: string, point: PointId) => {
    if (point && !survivors.has(point)) why.push(`${point} is ${what}`);
  };
  const past = there.flatMap((one) => {
    const ms = pointMs(one.point);
    return ms <= now.getTime() ? [{ ...one, ms }] : [];
  });
  mustStay("the newest", newest(there));
  mustStay("the newest verified", newest(past.filter(({ verified }) => verified)));
  const ordered = past.map(({ point }) => point).sort();
  for (const point of ordered.slice(Math.max(0, ordered.length - (policy.last ?? 0)))) {
    mustStay(`among the ${policy.last} newest`, point);
  }
  for (const tier of tiers) {
    if (!policy[tier]) continue;
    const periods = new Map<number, RetentionPoint[]>();
    for (const one of past) {
      const period = periodOf(tier, one.ms);
      const same = periods.get(period);
      if (same) same.push(one);
      else periods.set(period, [one]);
    }
    const newestPeriods = [...periods.keys()].sort((a, b) => b - a).slice(0, policy[tier]);
    for (const period of newestPeriods) {
      const inIt = periods.get(period) ?? [];
      const left = inIt.filter(({ point }) => survivors.has(point));
      const verified = (points: RetentionPoint[]) => points.some((one) => one.verified);
      if (left.length === 0) why.push(`the ${tier} tier would lose ${newest(inIt)}`);
      else if (verified(inIt) && !verified(left)) why.push(`the ${tier} tier would lose a verified point`);
    }
  }
  return why;
}
