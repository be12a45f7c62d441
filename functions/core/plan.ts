import * as z from "zod/mini";
import { formatDuration } from "./duration.ts";

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

/** How a source is protected, resolved: every duration in seconds. What people write is in infra/environment.ts. */
export const Plan = z.strictObject({
  name: z.string(),
  everySeconds: z.int().check(z.positive()),
  rpoSeconds: z.int().check(z.positive()),
  /** An objective only: nothing measures it before drills exist, and every text about it says so. */
  rtoSeconds: z.optional(z.int().check(z.positive())),
  keep: Retention,
  /** Where copies go besides the primary region. */
  copies: z.array(z.literal("recovery")),
});
export type Plan = z.infer<typeof Plan>;

/** Says a plan in one plain English sentence, and in it what this release does not do yet: measure the RTO. */
export function describe(plan: Plan): string {
  const tiers = (["hourly", "daily", "weekly", "monthly", "yearly"] as const)
    .filter((tier) => plan.keep[tier])
    .map((tier) => `${plan.keep[tier]} ${tier}`);
  if (plan.keep.last) tiers.unshift(`the last ${plan.keep.last}`);
  const copied = plan.copies.includes("recovery")
    ? ", copied to the recovery region"
    : ", with no copy elsewhere";
  const rto = plan.rtoSeconds
    ? ` and to be back within ${formatDuration(plan.rtoSeconds)} (not yet proved: no drill has measured it)`
    : "";
  return (
    `Plan "${plan.name}" takes a recovery point every ${formatDuration(plan.everySeconds)}${copied}, ` +
    `to lose at most ${formatDuration(plan.rpoSeconds)} of data${rto}, and keeps ${list(tiers)} points.`
  );
}

function list(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
