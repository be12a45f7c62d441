import * as z from "zod/mini";
import { ExecutionEnd } from "./execution.ts";
import { Hydration } from "./hydrate.ts";
import { type ProblemCode, problemCodes } from "./problem.ts";
import { Proof } from "./proof.ts";
import { compactInstant } from "./slot.ts";

/**
 * What names a restore: its source and the second at which it was asked for, `orders-20261121t030512z`. It is part of
 * keys, of the durable execution's name and of the names of what the restore makes.
 */
export type RestoreId = string;

/** Matches the id of a restore and nothing else. */
export const restoreIdPattern = /^[a-z][a-z0-9-]*-\d{8}t\d{6}z$/;

/** So often an undo can be asked for; after that something is wrong that no repetition mends. */
export const maxUndoAttempts = 99;

/**
 * What names one try of undoing a restore: its durable execution, whose name is used up once it has ended, and the
 * finding that it waits for an approval.
 */
export function undoName(id: RestoreId, attempt: number): string {
  return `undo${attempt > 1 ? attempt : ""}-${id}`;
}

/** The id of a restore. A durable execution's name has at most 64 characters, and that of an undo is longer by 5 to 7. */
export function restoreId(source: string, at: Date): RestoreId {
  return `${source.slice(0, 40).replace(/-$/, "")}-${compactInstant(at).toLowerCase()}`;
}

/** The part of the id that goes into the names of databases. */
export function restoreStamp(id: RestoreId): string {
  return id.slice(-16);
}

/** An RDS identifier with something appended to it, cut to the 63 characters that RDS allows. */
export function appended(identifier: string, suffix: string): string {
  return `${identifier.slice(0, 62 - suffix.length).replace(/-+$/, "")}-${suffix}`;
}

/** What is wanted back: a point, the newest verified one, or the state at an instant (ISO-8601 UTC) or as late as can be. */
export const Wanted = z.discriminatedUnion("which", [
  z.strictObject({ which: z.literal("latest") }),
  z.strictObject({ which: z.literal("point"), point: z.string() }),
  z.strictObject({ which: z.literal("time"), at: z.union([z.iso.datetime(), z.literal("latest")]) }),
]);
export type Wanted = z.infer<typeof Wanted>;

/** Which keys of a bucket; without it, all. */
export const Selection = z.union([
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ keys: z.array(z.string()).check(z.minLength(1), z.maxLength(1_000)) }),
]);
export type Selection = z.infer<typeof Selection>;

/** A restore as somebody asks for it. */
export const RestoreRequest = z.strictObject({
  id: z.string().check(z.regex(restoreIdPattern)),
  source: z.string(),
  wanted: Wanted,
  /** The database or bucket to restore into, where it is not the source's own. */
  as: z.optional(z.string()),
  /** That a database of the target's name is to give way. `prebackup`: a fresh point of it is taken first. */
  replace: z.optional(z.strictObject({ prebackup: z.boolean() })),
  /** Where a database is to be, in place of where the source was. */
  subnetGroup: z.optional(z.string()),
  securityGroupIds: z.optional(z.array(z.string())),
  instanceClass: z.optional(z.string()),
  /** Of a DB instance: that it is read whole before it gets its name, so that users do not wait for blocks of S3. */
  hydrate: z.optional(z.boolean()),
  select: z.optional(Selection),
  /** Of a bucket restored into itself: keys that did not exist then get a delete marker. */
  deletions: z.optional(z.boolean()),
  /** Of objects restored into another bucket: what has their keys there gets new versions, or is overwritten. */
  overwrite: z.optional(z.boolean()),
});
export type RestoreRequest = z.infer<typeof RestoreRequest>;

/** One step of a restore, as people are told of it. */
export const PlannedStep = z.strictObject({
  name: z.string(),
  /** One sentence: what it does, with the names. */
  does: z.string(),
  /** The AWS calls that it makes: "rds:ModifyDBInstance". */
  calls: z.array(z.string()),
  /** The median of past restores and drills of the source; absent where there was none. */
  expectedSeconds: z.optional(z.number()),
});
export type PlannedStep = z.infer<typeof PlannedStep>;

/** What a restore will do, decided from what is known before it does anything. */
export const PlanFact = z.strictObject({
  /** The point it comes from; absent where automated backups or object versions give the instant. */
  point: z.optional(z.string()),
  /** ISO-8601 UTC: the moment whose data comes back. */
  dataAt: z.string(),
  verified: z.boolean(),
  /** What is read: a snapshot, automated backups, a bucket. */
  from: z.string(),
  /** What is written. */
  into: z.string(),
  /** Of objects: the bucket whose versions are read, the one that is written, and to which instant. */
  objects: z.optional(
    z.strictObject({
      from: z.string(),
      into: z.string(),
      at: z.string(),
      /** When the restore began: what was written before is not of it. */
      begunAt: z.string(),
      select: z.optional(Selection),
      deletions: z.boolean(),
      overwrite: z.boolean(),
    }),
  ),
  /** Of an archive: the object that is copied, and where to. */
  archive: z.optional(
    z.strictObject({
      from: z.strictObject({ bucket: z.string(), key: z.string(), versionId: z.optional(z.string()) }),
      into: z.strictObject({ bucket: z.string(), key: z.string() }),
      sizeBytes: z.number(),
      sha256: z.string(),
    }),
  ),
  steps: z.array(PlannedStep),
  /** What somebody must know: what cannot be as it was, and why. One sentence each. */
  notes: z.array(z.string()),
});
export type PlanFact = z.infer<typeof PlanFact>;

const member = { id: z.string(), resourceId: z.string() };

/** A database that came back, and what it took the place of. */
export const RestoredDatabase = z.strictObject({
  ...member,
  kind: z.enum(["instance", "cluster"]),
  arn: z.string(),
  endpoint: z.optional(z.strictObject({ host: z.string(), port: z.int() })),
  keyArn: z.optional(z.string()),
  masterSecretArn: z.optional(z.string()),
  instances: z.array(z.strictObject(member)),
  /** What had the names before, under the names that it has now; `undo` gives them back. */
  replaced: z.optional(
    z.strictObject({ ...member, instances: z.array(z.strictObject({ ...member, was: z.string() })) }),
  ),
});
export type RestoredDatabase = z.infer<typeof RestoredDatabase>;

/** What came back into a bucket. */
export const RestoredObjects = z.strictObject({
  bucket: z.string(),
  /** Keys that were looked at, and of these: copied, hidden behind a delete marker, right already, left as they are. */
  keys: z.int(),
  copied: z.int(),
  copiedBytes: z.number(),
  hidden: z.int(),
  same: z.int(),
  left: z.int(),
  /** Held to the checksum, or the ETag, of what they are to be, and equal. */
  verified: z.int(),
  /** Keys that could not be brought back, and the first of them with why. */
  failed: z.int(),
  failures: z.array(z.string()),
});
export type RestoredObjects = z.infer<typeof RestoredObjects>;

/** Facts about one restore. */
export const RestoreFact = z.strictObject({
  schema: z.literal(1),
  at: z.string(),
  fact: z.enum([
    ...["requested", "planned", "awaiting-approval", "approved", "refused", "began", "read"],
    ...["cancel-requested", "finished", "failed", "cancelled"],
    ...["undo-requested", "undo-approved", "undone", "undo-failed"],
  ] as const),
  restore: z.string(),
  source: z.string(),
  region: z.string(),
  /** Of `requested`. */
  request: z.optional(RestoreRequest),
  /** Who asked, approved, refused, cancelled or undid it: the ARN of a principal. */
  by: z.optional(z.string()),
  /** Of `planned`. */
  plan: z.optional(PlanFact),
  /** Of `awaiting-approval`: who answers this is heard, until then (ISO-8601 UTC). */
  callbackId: z.optional(z.string()),
  until: z.optional(z.string()),
  /** Of `began`: the name of the step. */
  step: z.optional(z.string()),
  /** Of `read` and `finished`: how far the database has been read whole. */
  hydration: z.optional(Hydration),
  /** Of `failed` and `undo-failed`: the code of the problem. */
  code: z.optional(z.enum(Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]])),
  /** Of `requested` and `undo-requested`: the ARN of the durable execution. */
  execution: z.optional(z.string()),
  /** Of `failed` and `undo-failed` that the execution could not tell itself: how it ended. */
  endedAs: z.optional(ExecutionEnd),
  /** Of `refused`, `failed` and `cancelled`: one sentence. Of `failed` and `cancelled` also what is left, if anything. */
  reason: z.optional(z.string()),
  leftBehind: z.optional(z.array(z.string())),
  /** Of `finished`. */
  database: z.optional(RestoredDatabase),
  objects: z.optional(RestoredObjects),
  /** Of `finished`: from the first step after any approval until what came back could be used. */
  secondsToAvailable: z.optional(z.number()),
  /** Of `finished`: how long each step took. */
  took: z.optional(z.array(z.strictObject({ step: z.string(), seconds: z.number() }))),
});
export type RestoreFact = z.infer<typeof RestoreFact>;

/** What the durable function is started with: a restore or the undoing of one, and who wants it. */
export const RestoreOrder = z.discriminatedUnion("do", [
  z.strictObject({
    do: z.literal("restore"),
    request: RestoreRequest,
    proof: Proof,
    onBehalfOf: z.optional(z.string()),
  }),
  z.strictObject({
    do: z.literal("undo"),
    id: z.string().check(z.regex(restoreIdPattern)),
    /** From 2 on, where it was tried before and failed. */
    attempt: z.optional(z.int().check(z.minimum(2), z.maximum(maxUndoAttempts))),
    proof: Proof,
    onBehalfOf: z.optional(z.string()),
  }),
]);
export type RestoreOrder = z.infer<typeof RestoreOrder>;

/** What who waits for an approval is answered. */
export const Approval = z.strictObject({
  proof: Proof,
  /** For whom the API says it, which proves itself. */
  onBehalfOf: z.optional(z.string()),
  /** Why not, where it is not approved. */
  refuse: z.optional(z.string()),
});
export type Approval = z.infer<typeof Approval>;

/**
 * What an approval, a restore or an undo is proved for: a proof of one serves for no other. Nor does one that the API made
 * for one person serve for another.
 */
export const purposes = {
  restore: (id: RestoreId, onBehalfOf?: string) => `restore ${id}${forWhom(onBehalfOf)}`,
  undo: (id: RestoreId, onBehalfOf?: string) => `undo ${id}${forWhom(onBehalfOf)}`,
  approve: (id: RestoreId, onBehalfOf?: string) => `approve ${id}${forWhom(onBehalfOf)}`,
};

/** It goes into a header, and an issuer may give any subject. */
function forWhom(onBehalfOf: string | undefined): string {
  return onBehalfOf === undefined ? "" : ` for ${encodeURIComponent(onBehalfOf)}`;
}

/** What a fact adds to what all facts of a restore have. */
export type RestoreNews = Omit<RestoreFact, "schema" | "at" | "fact" | "restore" | "source" | "region">;
