import * as z from "zod/mini";
import { ExecutionEnd } from "./execution.ts";
import { CheckResult } from "./fingerprint.ts";

/** What a drill is started with. */
export const DrillRequest = z.strictObject({
  source: z.string(),
  /** The slot that names it: the same name with the same request is the same drill. */
  drill: z.string(),
  by: z.enum(["schedule", "person"]),
  /** Absent: the newest that is in the region. */
  point: z.optional(z.string()),
});
export type DrillRequest = z.infer<typeof DrillRequest>;

const common = {
  schema: z.literal(1),
  /** ISO-8601 UTC: when the fact was recorded. */
  at: z.string(),
  source: z.string(),
  /** The slot that names the drill. */
  drill: z.string(),
  /** The point that is rehearsed. */
  point: z.string(),
  /** Where the point was restored, from its artefact there. */
  region: z.string(),
};

/** That a drill has begun: from now on something may exist that it has to take away again. */
export const DrillStartedFact = z.strictObject({
  ...common,
  fact: z.literal("started"),
  by: z.enum(["schedule", "person"]),
  /** What is restored, by its identifier; absent where nothing is (buckets). */
  clone: z.optional(z.string()),
  /** ISO-8601 UTC: whatever of the drill still exists then, the reaper takes away. */
  until: z.string(),
  /** The ARN of its durable execution. */
  execution: z.optional(z.string()),
});
export type DrillStartedFact = z.infer<typeof DrillStartedFact>;

/**
 * How a drill ended. `passed`: every check passed; this is a certificate. `failed`: what was restored is not what it
 * should be. `broken-off`: the drill could not be carried out, and proves nothing about the point.
 */
export const DrillOutcome = z.enum(["passed", "failed", "broken-off"]);
export type DrillOutcome = z.infer<typeof DrillOutcome>;

/**
 * That a drill's execution has ended and left no result: it was stopped from outside, or its time was over. It proves
 * nothing, so it is not signed.
 */
export const DrillCutOffFact = z.strictObject({
  ...common,
  fact: z.literal("cut-off"),
  /** How the execution ended, and in one sentence what AWS says of it. */
  endedAs: ExecutionEnd,
  reason: z.string(),
  /** What was made for the drill and is still there, until when. */
  leftBehind: z.array(z.string()),
});
export type DrillCutOffFact = z.infer<typeof DrillCutOffFact>;

/** One thing in which the restored data differs from what it should be. */
const DifferenceFact = z.strictObject({
  /** The table, sequence, database or key. */
  name: z.string(),
  /** The range of the table's key, where that is known. */
  from: z.optional(z.string()),
  to: z.optional(z.string()),
  sentence: z.string(),
});

/** A fingerprint as it lies in the vault: too long for a fact, so that the fact has its digest. */
const FingerprintRef = z.strictObject({
  key: z.string(),
  /** Of the object's bytes. */
  sha256: z.string(),
  databases: z.int(),
  tables: z.int(),
  rows: z.number(),
  /** The drills of the same point whose fingerprints it was compared with; without any it is the first. */
  comparedWith: z.array(z.strictObject({ drill: z.string(), region: z.string(), sha256: z.string() })),
});
export type FingerprintRef = z.infer<typeof FingerprintRef>;

/** What a drill of a bucket re-read of its replica. */
const ObjectsDrilled = z.strictObject({
  bucket: z.string(),
  /** All there are, and what they weigh. */
  objects: z.int(),
  bytes: z.number(),
  /** How many of them were drawn at random, and how sure that makes us to have met damage of this share. */
  sampled: z.int(),
  confidence: z.number(),
  damage: z.number(),
  /** How many had changed since the drill before; each of them was read. */
  changed: z.int(),
  since: z.optional(z.string()),
  readBytes: z.number(),
  /** Of all that were read: held to the checksum that S3 keeps since they were copied; of which it keeps none; archived. */
  compared: z.int(),
  onlyRead: z.int(),
  unread: z.int(),
});

/** With what a document is signed, and the signature. */
export const Signature = z.strictObject({
  /** As KMS calls it. */
  algorithm: z.literal("ECDSA_SHA_256"),
  keyArn: z.string(),
  /** SubjectPublicKeyInfo as PEM. */
  publicKey: z.string(),
  /** DER in base64, of the canonical JSON (RFC 8785) of the whole document without this member. */
  value: z.string(),
});
export type Signature = z.infer<typeof Signature>;

/** How a drill went: the certificate, if it passed. Signed whatever it says, so that a failure cannot be edited away. */
export const DrillFinishedFact = z.strictObject({
  ...common,
  fact: z.literal("finished"),
  environment: z.string(),
  account: z.string(),
  kind: z.enum(["rds-instance", "rds-cluster", "bucket"]),
  /** The AWS identifier of the source. */
  identifier: z.string(),
  outcome: DrillOutcome,
  /** Of one that did not pass: why, in one sentence. */
  reason: z.optional(z.string()),
  /** ISO-8601 UTC. Every time is counted from here. */
  startedAt: z.string(),
  /** Until the restored database answered that it is available. */
  secondsToAvailable: z.optional(z.number()),
  /**
   * Until it was read whole and checked: of a database the RTO as measured, with the loading of its storage in it. Of a
   * bucket it is the reading alone: its replica need not be restored, so no RTO is measured.
   */
  secondsToChecked: z.optional(z.number()),
  /** The plan's objectives at that time. Of a bucket no RTO, which its drill does not measure. */
  rtoSeconds: z.optional(z.int()),
  rpoSeconds: z.int(),
  database: z.optional(
    z.strictObject({
      clone: z.string(),
      restoredFrom: z.string(),
      engine: z.string(),
      instanceClass: z.string(),
    }),
  ),
  objects: z.optional(ObjectsDrilled),
  checks: z.array(CheckResult),
  differences: z.array(DifferenceFact),
  fingerprint: z.optional(FingerprintRef),
  /** The newest heartbeat in the restored data, and how much older than the point it is: the RPO as measured. */
  newestHeartbeatAt: z.optional(z.string()),
  dataLossSeconds: z.optional(z.number()),
  /** What was made for the drill and is gone again, and what is still there. */
  tornDown: z.array(z.string()),
  leftBehind: z.array(z.string()),
  signature: Signature,
});
export type DrillFinishedFact = z.infer<typeof DrillFinishedFact>;

/** The same before it is signed. */
export type UnsignedDrill = Omit<DrillFinishedFact, "signature">;

/** A key that drills are signed with, kept so that signatures can be checked when the key or its account is gone. */
export const SigningKeyFact = z.strictObject({
  schema: z.literal(1),
  at: z.string(),
  fact: z.literal("signing-key"),
  environment: z.string(),
  region: z.string(),
  algorithm: z.literal("ECDSA_SHA_256"),
  keyArn: z.string(),
  publicKey: z.string(),
  /** Of the public key's DER form, lower-case hex. */
  sha256: z.string(),
});
export type SigningKeyFact = z.infer<typeof SigningKeyFact>;
