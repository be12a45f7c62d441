import * as z from "zod/mini";
import { DatabaseContext } from "./context.ts";
import { continuityNames } from "./continuity.ts";
import { Restores } from "./environment.ts";
import { Finding } from "./finding.ts";
import { Retention } from "./plan.ts";
import { Source } from "./source.ts";

const common = {
  schema: z.literal(1),
  /** ISO-8601 UTC: when the fact was recorded. */
  at: z.string(),
};

/** What an artefact is, as AWS described it when the fact was recorded. */
export const ArtefactFact = z.strictObject({
  id: z.string(),
  arn: z.string(),
  createdAt: z.optional(z.string()),
  sizeGiB: z.optional(z.number()),
  encrypted: z.boolean(),
  keyArn: z.optional(z.string()),
  tags: z.record(z.string(), z.string()),
});

/** What a bucket's replica, as a whole, was when a sweep compared it. */
export const SweepFact = z.strictObject({ objects: z.int(), bytes: z.number(), copied: z.int() });

/** What an archive is: the object it arrived as (or was copied to), and what reading it found. */
export const ArchiveFact = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  versionId: z.optional(z.string()),
  sizeBytes: z.number(),
  /** Of the whole object, lower-case hex; present once it has been read. */
  sha256: z.optional(z.string()),
  /** The format that was recognised, outermost first: "zstd", "tar". */
  formats: z.optional(z.array(z.string())),
  /** Bytes after decompression, where there is any. */
  contentBytes: z.optional(z.number()),
  /** What speaks for it: one sentence each. */
  evidence: z.optional(z.array(z.string())),
});

/** Facts about one point. `subject` holds exactly one of the three shapes, by the kind of source. */
export const PointFact = z.strictObject({
  ...common,
  fact: z.enum([
    ...["requested", "available", "copied", "verified", "lost", "failed"],
    ...["expiring", "kept", "locked", "expired", "held", "released", "unwanted"],
  ] as const),
  source: z.string(),
  point: z.string(),
  region: z.string(),
  artefact: z.optional(ArtefactFact),
  sweep: z.optional(SweepFact),
  archive: z.optional(ArchiveFact),
  /** Of `requested`: who asked. */
  by: z.optional(z.enum(["schedule", "person"])),
  /** Of `verified`: `intact` = re-read and compared; `restorable` = restored and checked, by `drill`. */
  level: z.optional(z.enum(["intact", "restorable"])),
  drill: z.optional(z.string()),
  /** Of `failed`, `lost`, `held`, `released` and `unwanted`: one sentence. */
  reason: z.optional(z.string()),
  /** Of `expiring`, `kept` and `expired`: one sentence each. */
  reasons: z.optional(z.array(z.string())),
  /** Of `expiring`: the retention that no longer asks for the point. */
  keep: z.optional(Retention),
  /** Of `locked`: until when nobody can delete it, ISO-8601 UTC. */
  until: z.optional(z.string()),
});
export type PointFact = z.infer<typeof PointFact>;

/**
 * A source as it was declared, with all that a stranger needs to read its points; or, `withdrawn`, that it is
 * declared no longer, with its last declaration. Its points stay.
 */
export const SourceFact = z.strictObject({
  ...common,
  fact: z.enum(["declared", "withdrawn"]),
  environment: z.string(),
  account: z.string(),
  primaryRegion: z.string(),
  recoveryRegion: z.string(),
  source: Source,
  /** What the environment says of restores, of which whoever wants to restore must know. */
  restores: z.optional(Restores),
});
export type SourceFact = z.infer<typeof SourceFact>;

/**
 * What a database was besides its data when a point was about to be taken; recorded each time that it has changed. The
 * context of an instant is the newest that was recorded not after it.
 */
export const ContextFact = z.strictObject({
  ...common,
  fact: z.literal("context"),
  source: z.string(),
  region: z.string(),
  context: DatabaseContext,
});
export type ContextFact = z.infer<typeof ContextFact>;

/** That the continuous protection of a source in a region changed; what can be restored now only AWS can tell. */
export const ContinuityFact = z.strictObject({
  ...common,
  fact: z.enum(continuityNames),
  source: z.string(),
  region: z.string(),
  /** The plan's, of `asked` and `began`. */
  days: z.optional(z.int()),
  /** Of `began`: the latest moment that could be restored then, ISO-8601 UTC. */
  until: z.optional(z.string()),
  /** Of `broke`: one sentence. */
  reason: z.optional(z.string()),
});
export type ContinuityFact = z.infer<typeof ContinuityFact>;

/** What came of handing one message to its channels. */
const handed = {
  /** The ids that SNS and the queues gave it. */
  messageIds: z.optional(z.array(z.string())),
  /**
   * Channels that could not be handed it, like "page/sns". Of `untold`: they alone are tried again, and all of them if there
   * are none here. Of what was told: it was given up for them.
   */
  missed: z.optional(z.array(z.string())),
};

/** Facts about a finding: it opened, it was told, acknowledged, told again because nobody acknowledged it, it ended. */
export const FindingFact = z.strictObject({
  ...common,
  fact: z.enum([
    ...["opened", "told", "acknowledged", "escalated", "ended", "told-ended"],
    ...["telling", "untold"],
  ] as const),
  finding: Finding,
  ...handed,
  /** Of `ended`: the evidence, one sentence. Of `untold`: why. */
  reason: z.optional(z.string()),
  /** Of `acknowledged`: who, as far as it is known. Of `telling`: a word of its own, by which its maker knows it again. */
  by: z.optional(z.string()),
});
export type FindingFact = z.infer<typeof FindingFact>;

/** Facts about a message that is about no finding. */
export const MessageFact = z.strictObject({
  ...common,
  fact: z.enum(["telling", "untold", "told", "acknowledged"]),
  message: z.enum(["digest", "canary"]),
  slot: z.string(),
  region: z.string(),
  ...handed,
  /** Of `untold`: why, one sentence. */
  reason: z.optional(z.string()),
  /** Of `acknowledged`: who, as far as it is known. */
  by: z.optional(z.string()),
});
export type MessageFact = z.infer<typeof MessageFact>;

/** What the code of one message acknowledges. Recorded before the message is sent; the code is kept nowhere. */
export const AcknowledgementFact = z.strictObject({
  ...common,
  fact: z.literal("acknowledgement"),
  /** The region that told it. */
  region: z.string(),
  episodes: z.array(z.strictObject({ id: z.string(), since: z.string() })),
  messages: z.array(z.strictObject({ message: z.enum(["digest", "canary"]), slot: z.string() })),
});
export type AcknowledgementFact = z.infer<typeof AcknowledgementFact>;

/** A fact exactly as the vault keeps it. Parsing puts its members into the schema's order. */
export function factText<T>(schema: z.ZodMiniType<T>, fact: T): string {
  return `${JSON.stringify(schema.parse(fact), null, 2)}\n`;
}
