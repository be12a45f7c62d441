import { parsePointKey } from "../../functions/catalog/keys.ts";
import type { Retention } from "../../functions/core/plan.ts";
import { describe } from "../../functions/core/plan.ts";
import { slotAt } from "../../functions/core/slot.ts";
import type { Source } from "../../functions/core/source.ts";
import { expire } from "../../functions/expire/expire.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { World } from "../../functions/world.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { worldIn } from "../worlds.ts";
import { putUp } from "./fleet.ts";

/*
 * `node test/simulation/year.ts`: a database's points of a whole year, which passes in seconds, and what is left of them
 * in each region in the end.
 */

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** What a year came to. Points are in order of time. */
export type Year = {
  plan: string;
  taken: string[];
  /** By region: the points whose snapshot is there in the end. */
  left: Record<string, string[]>;
  /** By region: the points that a drill has restored. */
  verified: Record<string, string[]>;
  /** The most snapshots that a region had at one time. */
  most: number;
  /** Every finding that was ever opened. */
  findings: string[];
};

/** Minutes of a day at which each function runs. */
const schedule = { reconcile: [1, 6, 16], expire: [6 * 60, 18 * 60] };

/**
 * Lives through a year with a database of which a point is taken each day, under this retention: both regions'
 * reconcilers and expiry run on schedule, and each Sunday's copy passes a drill. All is as it is deployed but the
 * functions' schedules, which are sparser, and AWS, which is the stand-in on a clock of its own.
 */
export async function liveThroughYear(keep: Retention, fromIso = "2027-01-01T00:00:00Z"): Promise<Year> {
  const plan = { ...hourly, name: "daily", everySeconds: 86_400, rpoSeconds: 2 * 86_400, keep };
  const orders: Source = { name: "orders", kind: "rds-instance", instance: "orders", plan };
  const environment = environmentOf(orders);
  const { twin, clock, rds } = await putUp(environment, { manualSnapshotsMax: 100 });
  const regions = [environment.primaryRegion, environment.recoveryRegion];
  const worlds = regions.map((region) => worldIn(twin, environment, region));
  const year: Year = { plan: describe(plan), taken: [], left: {}, verified: {}, most: 0, findings: [] };
  const fromMs = Date.parse(fromIso);
  const toMs = new Date(fromMs).setUTCFullYear(new Date(fromMs).getUTCFullYear() + 1);
  const inRegion = (region: string) =>
    [...rds.state.snapshots.values()].filter((one) => one.region === region).map(({ id }) => id.slice(-14));

  for (let midnightMs = fromMs; midnightMs < toMs; midnightMs += dayMs) {
    for (const minute of schedule.reconcile) {
      clock.advanceTo(midnightMs + minute * minuteMs);
      for (const world of worlds) await reconcile(world);
    }
    const point = slotAt(new Date(midnightMs), 86_400);
    year.taken.push(point);
    if (new Date(midnightMs).getUTCDay() === 0) await passDrill(worlds[1] as World, point);
    for (const minute of schedule.expire) {
      clock.advanceTo(midnightMs + minute * minuteMs);
      for (const world of worlds) await expire(world, { remainingMs: () => 900_000 });
      year.most = Math.max(year.most, ...regions.map((region) => inRegion(region).length));
    }
  }
  for (const region of regions)
    year.left[region] = inRegion(region)
      .map((id) => id.toUpperCase())
      .sort();
  for (const [index, world] of worlds.entries()) {
    const own: string[] = [];
    for await (const { key } of world.catalog.list()) {
      const fact = parsePointKey(key);
      if (fact?.name === `verified-${world.region}`) own.push(fact.point);
      if (index === 0 && key.startsWith("catalog/findings/")) year.findings.push(key);
    }
    year.verified[world.region] = own;
  }
  return year;
}

/** The fact that a drill leaves which has restored the copy and found all as it should be. */
async function passDrill({ catalog, now, region }: World, point: string): Promise<void> {
  await catalog.recordPoint(`verified-${region}`, {
    ...{ schema: 1, at: now().toISOString(), fact: "verified", source: "orders", point, region },
    level: "restorable",
  });
}

if (process.argv[1] === import.meta.filename) {
  console.log = () => {};
  const { plan, taken, left, most } = await liveThroughYear({ daily: 7, weekly: 4, monthly: 12 });
  const days = (points: string[]) => points.map((point) => `${point.slice(4, 6)}-${point.slice(6, 8)}`);
  process.stdout.write(`${plan}\n${taken.length} points were taken, from ${taken[0]} to ${taken.at(-1)}.\n`);
  for (const [region, points] of Object.entries(left))
    process.stdout.write(`${points.length} are left in ${region}: ${days(points).join(" ")}\n`);
  process.stdout.write(`No region ever had more than ${most} snapshots.\n`);
}
