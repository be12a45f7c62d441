import * as z from "zod/mini";
import { Finding } from "./finding.ts";

/** A point with the moment to which it returns, ISO-8601 UTC. */
const Newest = z.strictObject({ point: z.string(), at: z.string() });

/** How well a source stands in one region. Ages are counted by the reader, from the instants. */
export const PlaceReport = z.strictObject({
  region: z.string(),
  role: z.enum(["primary", "recovery"]),
  /** The age from which on it is late: the RPO there, and of archives a period of theirs besides. */
  rpoSeconds: z.int(),
  /** The newest point that is there; that was also re-read and compared; that was also restored and checked. */
  available: z.optional(Newest),
  intact: z.optional(Newest),
  restorable: z.optional(Newest),
  /** Under continuous protection: the latest moment that can be restored. */
  latestMoment: z.optional(z.string()),
  /** `waiting`: nothing is there yet, and nothing is late. `not known`: the region did not answer. */
  state: z.enum(["ok", "waiting", "late", "not known"]),
});
export type PlaceReport = z.infer<typeof PlaceReport>;

/** What of the time out of an objective that a plan allows in 30 days is used, and how fast it is being used. */
export const BudgetReport = z.strictObject({
  objective: z.enum(["rpo", "rto"]),
  region: z.string(),
  allowedSeconds: z.number(),
  spentSeconds: z.number(),
  /** How many times faster than allowed it was used in the last hour and in the last three days. */
  burnHour: z.number(),
  burnThreeDays: z.number(),
  state: z.enum(["ok", "slow burn", "fast burn", "spent"]),
});
export type BudgetReport = z.infer<typeof BudgetReport>;

/** 3-2-1-1-0: each part with whether it holds, and one sentence that says why or why not. */
export const ThreeTwoOneReport = z.strictObject({
  holds: z.boolean(),
  parts: z.array(
    z.strictObject({
      part: z.enum(["three copies", "two stores", "one off-region", "one immutable", "zero errors"]),
      holds: z.boolean(),
      sentence: z.string(),
    }),
  ),
});
export type ThreeTwoOneReport = z.infer<typeof ThreeTwoOneReport>;

/** Everything that a glance at one source needs. */
export const SourceReport = z.strictObject({
  source: z.string(),
  kind: z.enum(["rds-instance", "rds-cluster", "bucket", "archives"]),
  /** The AWS identifier of what is protected. */
  protects: z.string(),
  plan: z.string(),
  rtoSeconds: z.optional(z.int()),
  state: z.enum(["ok", "waiting", "late", "has findings", "not known"]),
  /** One sentence each. */
  late: z.array(z.string()),
  unknown: z.array(z.string()),
  places: z.array(PlaceReport),
  /** The newest drill that ended. */
  drill: z.optional(
    z.strictObject({
      drill: z.string(),
      at: z.string(),
      outcome: z.enum(["passed", "failed", "broken-off"]),
      point: z.string(),
      /** The RTO as measured. */
      rtoSeconds: z.optional(z.number()),
    }),
  ),
  /** Slots that owed a point and have none, oldest first. */
  owed: z.array(z.string()),
  budgets: z.array(BudgetReport),
  threeTwoOne: ThreeTwoOneReport,
  openFindings: z.int(),
  /** Until when its schedule is paused, ISO-8601 UTC. */
  pausedUntil: z.optional(z.string()),
});
export type SourceReport = z.infer<typeof SourceReport>;

/** How protected an environment is, as one region's watch sees it: `index/status.json` of its vault (Catalog.readStatus). */
export const StatusReport = z.strictObject({
  schema: z.literal(1),
  /** ISO-8601 UTC: when the watch looked. One older than `reportValidSeconds` says nothing about now. */
  at: z.string(),
  environment: z.string(),
  primaryRegion: z.string(),
  recoveryRegion: z.string(),
  /** The region whose watch says so. */
  region: z.string(),
  /** Nothing is late, nothing unknown, and no finding that pages is open. */
  ok: z.boolean(),
  /** Whether each region answered, and why not. */
  regions: z.array(
    z.strictObject({ region: z.string(), answered: z.boolean(), reason: z.optional(z.string()) }),
  ),
  /** Worst first. */
  sources: z.array(SourceReport),
  findings: z.array(Finding),
  /** Quotas with what is used of them. */
  quotas: z.array(
    z.strictObject({ quota: z.string(), region: z.string(), used: z.number(), max: z.number() }),
  ),
  /** The buckets that keep backups. `fullOn`: when the budget is reached if it goes on like this, a date. */
  storage: z.array(
    z.strictObject({
      bucket: z.string(),
      region: z.string(),
      bytes: z.number(),
      growthBytesPerDay: z.optional(z.number()),
      budgetBytes: z.optional(z.number()),
      fullOn: z.optional(z.string()),
    }),
  ),
});
export type StatusReport = z.infer<typeof StatusReport>;

/** A report that is older was written by a watch that has stopped since: three of its passes. */
export const reportValidSeconds = 900;
