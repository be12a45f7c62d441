import * as z from "zod/mini";
import { formatDuration } from "./duration.ts";
import { SqlCheck } from "./fingerprint.ts";

/** How many points each retention tier keeps (grandfather-father-son), and how many newest are kept anyway. */
export const Retention = z.strictObject({
  last: z.optional(z.int().check(z.minimum(0))),
  hourly: z.optional(z.int().check(z.minimum(0))),
  daily: z.optional(z.int().check(z.minimum(0))),
  weekly: z.optional(z.int().check(z.minimum(0))),
  monthly: z.optional(z.int().check(z.minimum(0))),
  yearly: z.optional(z.int().check(z.minimum(0))),
});
export type Retention = z.infer<typeof Retention>;

/** How sure a random sample of a bucket's objects must be to meet damage of this share of them; both from 0 to 1. */
export const Sample = z.strictObject({
  confidence: z.number().check(z.gt(0), z.lt(1)),
  damage: z.number().check(z.gt(0), z.lt(1)),
});
export type Sample = z.infer<typeof Sample>;

/** How often a source's newest copy is restored and checked, and with what. */
export const DrillPlan = z.strictObject({
  everySeconds: z.int().check(z.positive()),
  /** Of the clone. Absent: the smallest that the engine has. */
  instanceClass: z.optional(z.string()),
  /** Asked of every database of the plan, before the source's own. */
  sql: z.array(SqlCheck),
  sample: Sample,
});
export type DrillPlan = z.infer<typeof DrillPlan>;

/** How a source is protected, resolved: every duration in seconds. What people write is in infra/environment.ts. */
export const Plan = z.strictObject({
  name: z.string(),
  everySeconds: z.int().check(z.positive()),
  rpoSeconds: z.int().check(z.positive()),
  /** The RPO in the recovery region, where it is another. */
  recoveryRpoSeconds: z.optional(z.int().check(z.positive())),
  /** An objective; what proves it is a drill, which measures it. */
  rtoSeconds: z.optional(z.int().check(z.positive())),
  keep: Retention,
  /** Where copies go besides the primary region. */
  copies: z.array(z.literal("recovery")),
  /** Continuous protection: every moment of a database's last so many days can be restored, in one region or in both. */
  pointInTime: z.optional(
    z.strictObject({
      reach: z.enum(["primary", "recovery"]),
      days: z.int().check(z.minimum(1), z.maximum(35)),
    }),
  ),
  /** Absent: nothing is rehearsed, and every text about the RTO says so. */
  drill: z.optional(DrillPlan),
  /** What may be out of an objective in 30 days, where it is not 0.5 % of them. */
  budget: z.optional(
    z.strictObject({
      rpoSeconds: z.optional(z.int().check(z.positive())),
      rtoSeconds: z.optional(z.int().check(z.positive())),
    }),
  ),
  /** Each archive's copy is read again at least once in so long. */
  scrubSeconds: z.optional(z.int().check(z.positive())),
});
export type Plan = z.infer<typeof Plan>;

/** Says a plan in one plain English sentence. `measured`: the RTO that the newest drill of a source came to. */
export function describe(plan: Plan, measured?: { rtoSeconds: number }): string {
  const copied = plan.copies.includes("recovery")
    ? ", copied to the recovery region"
    : ", with no copy elsewhere";
  const elsewhere = plan.recoveryRpoSeconds
    ? ` (${formatDuration(plan.recoveryRpoSeconds)} if the primary region is lost)`
    : "";
  const rto = plan.rtoSeconds
    ? ` and to be back within ${formatDuration(plan.rtoSeconds)} (${proofOf(plan, measured)})`
    : "";
  const rehearsed = plan.drill
    ? `, rehearses a restore of the newest copy every ${formatDuration(plan.drill.everySeconds)}`
    : "";
  const scrubbed = plan.scrubSeconds
    ? `, reads each archive again within ${formatDuration(plan.scrubSeconds)}`
    : "";
  return (
    `Plan "${plan.name}" takes a recovery point every ${formatDuration(plan.everySeconds)}${copied}${sayContinuous(plan)}, ` +
    `to lose at most ${formatDuration(plan.rpoSeconds)} of data${elsewhere}${rto}${rehearsed}${scrubbed}, ` +
    `and keeps ${sayRetention(plan.keep)}.`
  );
}

/** What a retention keeps, for people: "the last 3, 24 hourly and 7 daily points". */
export function sayRetention(keep: Retention): string {
  const tiers = (["hourly", "daily", "weekly", "monthly", "yearly"] as const)
    .filter((tier) => keep[tier])
    .map((tier) => `${keep[tier]} ${tier}`);
  if (keep.last) tiers.unshift(`the last ${keep.last}`);
  return `${list(tiers)} points`;
}

function sayContinuous({ pointInTime }: Plan): string {
  if (!pointInTime) return "";
  const days = `${pointInTime.days} day${pointInTime.days === 1 ? "" : "s"}`;
  const where = pointInTime.reach === "recovery" ? "in both regions" : "in the primary region";
  return `, keeps every moment of a database's last ${days} restorable ${where}`;
}

function proofOf({ drill }: Plan, measured: { rtoSeconds: number } | undefined): string {
  if (measured) return `the newest drill took ${formatDuration(measured.rtoSeconds)}`;
  return drill ? "measured by each drill" : "not proved: no drill measures it";
}

function list(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
