import * as z from "zod/mini";
import { ArchiveFact } from "../fact.ts";
import { Retention } from "../plan.ts";
import { pageQuery, route, sourceParam } from "./route.ts";

/** One thing compared: what the catalog says, and what AWS says now. */
const Check = z.strictObject({
  what: z.string(),
  recorded: z.string(),
  found: z.string(),
  ok: z.boolean(),
});

/** What became of comparing a point in one region. */
export const CheckedPlace = z.strictObject({
  region: z.string(),
  artefact: z.optional(z.string()),
  checks: z.array(Check),
  /** Why it could not be compared. */
  problem: z.optional(z.strictObject({ code: z.string(), message: z.string() })),
});
export type CheckedPlace = z.infer<typeof CheckedPlace>;

/** What expiry would do with one point in one region, and why. Instants are ISO-8601 UTC. */
export const ExpiryVerdict = z.strictObject({
  point: z.string(),
  reasons: z.array(z.string()),
  markedAt: z.optional(z.string()),
  deletableFrom: z.optional(z.string()),
  keep: z.boolean(),
  step: z.enum(["keep", "protect", "mark", "wait", "delete", "record"]),
});
export type ExpiryVerdict = z.infer<typeof ExpiryVerdict>;

/** The points of one source that are in one region. */
export const ExpiryView = z.strictObject({
  source: z.string(),
  kind: z.enum(["rds-instance", "rds-cluster", "bucket", "archives"]),
  /** It is declared no longer: its points expire all the same. */
  withdrawn: z.boolean(),
  plan: z.string(),
  keep: Retention,
  region: z.string(),
  role: z.enum(["primary", "recovery"]),
  points: z.array(ExpiryVerdict),
});
export type ExpiryView = z.infer<typeof ExpiryView>;

const sourceAndRegion = {
  source: z.optional(sourceParam.source),
  region: z.optional(z.string().check(z.maxLength(30))),
};
const pointParams = z.strictObject({ ...sourceParam, point: z.string().check(z.maxLength(64)) });

/** Routes of what is done to points that are there: comparing, reading again, expiring. */
export const upkeepRoutes = {
  checkPoint: route({
    method: "GET",
    path: "/sources/{source}/points/{point}/check",
    role: "viewer",
    summary:
      "Compares a database's snapshots with what was recorded; of a bucket, says what its sweep compared.",
    params: pointParams,
    query: z.strictObject({ region: sourceAndRegion.region }),
    answer: z.strictObject({
      source: z.string(),
      point: z.string(),
      regions: z.array(CheckedPlace),
      sweep: z.optional(
        z.strictObject({
          at: z.string(),
          bucket: z.string(),
          replica: z.string(),
          objects: z.int(),
          bytes: z.number(),
          copied: z.int(),
        }),
      ),
    }),
  }),
  verifyArchive: route({
    method: "POST",
    path: "/sources/{source}/archives/verify",
    role: "operator",
    summary: "Has an archive of the drop, by its key or its point, read again where it arrived.",
    params: z.strictObject(sourceParam),
    body: z.strictObject({ what: z.string().check(z.minLength(1), z.maxLength(1_024)) }),
    answer: z.strictObject({ source: z.string(), key: z.string(), check: z.string() }),
    status: 202,
  }),
  getCheck: route({
    method: "GET",
    path: "/sources/{source}/checks/{check}",
    role: "viewer",
    summary: "What reading an archive again came to; without an outcome while it goes on.",
    params: z.strictObject({ ...sourceParam, check: z.string().check(z.regex(/^\d{1,16}$/)) }),
    answer: z.strictObject({
      outcome: z.optional(
        z.strictObject({
          point: z.string(),
          intact: z.boolean(),
          /** The evidence, or what is wrong, one sentence each. */
          because: z.array(z.string()),
          archive: z.optional(ArchiveFact),
        }),
      ),
    }),
  }),
  listExpiry: route({
    method: "GET",
    path: "/expiry",
    role: "viewer",
    summary:
      "What retention keeps and lets go of each source, point by point and region by region, with the reasons.",
    query: z.strictObject({ ...pageQuery, ...sourceAndRegion }),
    answer: z.strictObject({
      items: z.array(ExpiryView),
      next: z.optional(z.string()),
      /** Why the other region's vault could not be read: nothing is deleted meanwhile. */
      otherVault: z.optional(z.string()),
    }),
  }),
  runExpiry: route({
    method: "POST",
    path: "/expiry/run",
    role: "operator",
    summary: "Asks expiry for a pass now, in one region or in both; it decides anew, and for itself.",
    body: z.strictObject(sourceAndRegion),
    answer: z.strictObject({
      asked: z.array(z.strictObject({ region: z.string(), problem: z.optional(z.string()) })),
    }),
    status: 202,
  }),
} as const;
