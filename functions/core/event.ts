import * as z from "zod/mini";

/** The `source` of every event that Holdfast puts on its own bus. */
export const eventSource = "holdfast";

/**
 * Holdfast's domain events, by detail type, with what `detail` holds. They are hints that make something run
 * sooner: what they say is always read again from the catalog or from AWS.
 */
export const domainEvents = {
  /** A finding opened or ended and is to be told: -> alert. */
  "Finding Changed": z.strictObject({ findingId: z.string(), since: z.string() }),
  /** A bucket is to be compared with its replica and what differs copied: -> replicate. */
  "Bucket Sweep Requested": z.strictObject({
    source: z.string(),
    /** The slot that the sweep proves. */
    point: z.string(),
    /** Only this key is to be looked at: a copy of it was begun in a sweep, and how it ended is not known. */
    key: z.optional(z.string()),
    /** Where an earlier part of the same sweep stopped: the last key it finished, and its counts so far. */
    after: z.optional(
      z.strictObject({
        key: z.string(),
        objects: z.int(),
        bytes: z.number(),
        copied: z.int(),
        failed: z.int(),
      }),
    ),
  }),
  /** A drop is to be listed and whatever has no verification verified: -> verify. */
  "Archives Sweep Requested": z.strictObject({ source: z.string(), point: z.string() }),
  /**
   * One object of a drop is to be verified, whatever the catalog says: -> verify. With `checkId` (digits) the
   * outcome is recorded as `checked-<region>-<checkId>` besides, for whoever waits for it.
   */
  "Archive Verification Requested": z.strictObject({
    source: z.string(),
    key: z.string(),
    checkId: z.optional(z.string()),
  }),
  /** A verified archive is to be copied into this region's vault and compared there: -> verify. */
  "Archive Copy Requested": z.strictObject({ source: z.string(), point: z.string() }),
  /** A database's automated backups are not kept as its plan asks: -> connect. It looks for itself before it changes anything. */
  "Automated Backups Requested": z.strictObject({ source: z.string() }),
  /**
   * The copy of an archive in this region's vault is to be read again: -> verify. The outcome is recorded as
   * `checked-<region>-<checkId>`, once.
   */
  "Archive Scrub Requested": z.strictObject({ source: z.string(), point: z.string(), checkId: z.string() }),
  /** Somebody wants a pass of expiry now and not within the hour: -> expire. It still deletes in two passes. */
  "Expiry Requested": z.strictObject({ source: z.optional(z.string()) }),
} as const;

/** A detail type of the table above. */
export type DomainEventType = keyof typeof domainEvents;

/** What an event of the type carries. */
export type DomainEvent<T extends DomainEventType> = z.infer<(typeof domainEvents)[T]>;

/** Puts one event on the environment's own bus in this region. */
export type Publish = <T extends DomainEventType>(type: T, detail: DomainEvent<T>) => Promise<void>;

/** S3's events of one object as EventBridge delivers them (S3 user guide, ev-events): what we read of them. */
export const ObjectEvent = z.object({
  source: z.literal("aws.s3"),
  "detail-type": z.enum(["Object Created", "Object Deleted", "Object Tags Added", "Object Tags Deleted"]),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.optional(z.number()),
      "version-id": z.optional(z.string()),
    }),
  }),
});
export type ObjectEvent = z.infer<typeof ObjectEvent>;
