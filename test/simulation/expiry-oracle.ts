import type { Retention } from "../../functions/core/plan.ts";
import type { PointId } from "../../functions/core/slot.ts";

/** A point as retention sees it; `unwanted`: somebody asked for its deletion. */
export type Seen = { point: PointId; verified: boolean; unwanted?: boolean };

const dayMs = 86_400_000;

/** The names of the periods that a point lies in, by calendar and text: nothing here is taken from the code. */
const periodNames = {
  hourly: (iso: string) => iso.slice(0, 13),
  daily: (iso: string) => iso.slice(0, 10),
  weekly(iso: string) {
    const day = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
    return new Date(day.getTime() - ((day.getUTCDay() + 6) % 7) * dayMs).toISOString().slice(0, 10);
  },
  monthly: (iso: string) => iso.slice(0, 7),
  yearly: (iso: string) => iso.slice(0, 4),
};
const tiers = Object.keys(periodNames) as (keyof typeof periodNames)[];

/** The instant of a point as ISO-8601 text. */
export function isoOf(point: PointId): string {
  const [, y, m, d, h, min] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z/.exec(point) ?? [];
  return `${y}-${m}-${d}T${h}:${min}:00.000Z`;
}

/** For each tier its newest periods that have points, as many as the policy keeps, each with its points, newest first. */
function periodsOf(points: readonly Seen[], keep: Retention): Seen[][] {
  const newestFirst = points.toSorted((a, b) => (a.point < b.point ? 1 : -1));
  return tiers.flatMap((tier) => {
    const periods = new Map<string, Seen[]>();
    for (const one of newestFirst) {
      const name = periodNames[tier](isoOf(one.point));
      periods.set(name, [...(periods.get(name) ?? []), one]);
    }
    return [...periods.values()].slice(0, keep[tier] ?? 0);
  });
}

const newest = (of: readonly Seen[]) => of.reduce((max, { point }) => (point > max ? point : max), "");
const verified = (of: readonly Seen[]) => of.filter((one) => one.verified);

/** The points that count: without those that people want deleted, but for the newest and the newest verified one. */
function wanted(all: readonly Seen[]): Seen[] {
  const last = [newest(all), newest(verified(all))];
  return all.filter(({ point, unwanted }) => !unwanted || last.includes(point));
}

/** What a policy demands of the points at a place, as the issue says it. */
export function demanded(all: readonly Seen[], keep: Retention, nowMs: number): Set<PointId> {
  const points = wanted(all);
  const now = new Date(nowMs).toISOString();
  const past = points.filter(({ point }) => isoOf(point) <= now).sort((a, b) => (a.point < b.point ? 1 : -1));
  const kept = [
    ...points.filter(({ point }) => isoOf(point) > now),
    ...past.slice(0, Math.max(1, keep.last ?? 0)),
    ...past.filter(({ verified }) => verified).slice(0, 1),
    ...periodsOf(past, keep).map((period) => period.find(({ verified }) => verified) ?? (period[0] as Seen)),
  ];
  return new Set(kept.map(({ point }) => point));
}

/** What is lost of what the policy promises if one point goes; empty if nothing is. */
export function losses(all: readonly Seen[], keep: Retention, gone: PointId): string[] {
  const points = wanted(all);
  const left = points.filter(({ point }) => point !== gone);
  const why: string[] = [];
  if (newest(all) === gone) why.push("the newest");
  if (newest(verified(all)) === gone) why.push("the newest verified");
  for (const period of periodsOf(points, keep)) {
    const rest = period.filter(({ point }) => left.some((one) => one.point === point));
    if (rest.length === 0) why.push("the only one of a period that a tier keeps");
    else if (verified(period).length > 0 && verified(rest).length === 0)
      why.push("the only verified one of a period that a tier keeps");
  }
  return why;
}
