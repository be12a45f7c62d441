import type { PointId } from "./slot.ts";
import type { Source, SourceKind } from "./source.ts";

/** Something that exists in AWS for a point, as AWS describes it. */
export type Artefact = {
  /** The AWS identifier, unique within its kind and region. */
  id: string;
  arn: string;
  /** The identifier of what it is a snapshot of (DB instance or cluster). */
  of: string;
  status: "creating" | "copying" | "available" | "failed" | "other";
  /** ISO-8601 UTC; absent while AWS has not said. */
  createdAt?: string;
  percentProgress?: number;
  sizeGiB?: number;
  encrypted: boolean;
  keyArn?: string;
  /** Where a copy was copied from. */
  copiedFromArn?: string;
  tags: Record<string, string>;
};

/** One quota as it stands: used and allowed. */
export type Quota = { used: number; max: number };

/** What one look at a region found. */
export type Observation = {
  /** The identifiers of the sources that exist (`identifierOf` without an archive's prefix), with their encryption. */
  sources: Map<string, { keyArn?: string; encrypted: boolean; available: boolean }>;
  artefacts: Artefact[];
  /**
   * The automated backups that this region keeps, by the identifier of the database in the primary region; absent where
   * the region keeps none of the kind.
   */
  backups?: Map<string, AutomatedBackups>;
  /** Absent for kinds that have no such quota. */
  manualSnapshots?: Quota;
  copiesInFlight?: Quota;
};

/** The automated backups of one database in one region: the primary region's own, or their replica in the recovery region. */
export type AutomatedBackups = {
  /** For how many days they are kept; 0: they are off. */
  days: number;
  /** Whether they go on; a replica whose replication was stopped stays for its days, and does not. */
  going: boolean;
  /** The latest moment that can be restored, ISO-8601 UTC; absent while there is none. */
  until?: string;
  /** Of a replica: the key that it is encrypted with; absent if with none. */
  keyArn?: string;
};

/** What became of an artefact that was to be deleted: gone, or locked until an instant (ISO-8601 UTC). */
export type Removal = { lockedUntil?: string };

/**
 * One kind of source, in one region: the region of the function that runs it. The same contract suite
 * (test/providers.contract.ts) runs on every provider. Each verb throws only `Problem`: `throttled`,
 * `unavailable`, `quota` and `conflict` may be repeated later; any other is final for this input.
 */
export interface Provider {
  readonly kind: SourceKind;
  /** Looks at the whole region in pages, never at one source at a time. Repeatable. */
  observe(): Promise<Observation>;
  /**
   * Begins the point in the primary region. Repeatable: where the artefact with this name exists and is ours,
   * it does nothing; where it exists and is not ours, it throws `conflict`. Returns once AWS has accepted.
   */
  take(source: Source, point: PointId, attempt: number): Promise<void>;
  /** Begins the copy of the point's artefact into this region, from its ARN. Repeatable like `take`. */
  copy(source: Source, point: PointId, fromArn: string, attempt: number): Promise<void>;
  /** Re-reads one artefact of this region by identifier; `undefined` where there is none. Repeatable. */
  inspect(id: string): Promise<Artefact | undefined>;
  /**
   * Deletes the artefact of an attempt at the point in this region for good; only `expire` calls it. Repeatable: what
   * is not there is as good as deleted. It is read again before, and one that is not ours by name and tags, or is still
   * being made, stays: `conflict`.
   */
  remove(source: Source, point: PointId, attempt: number): Promise<Removal>;
  /** What AWS keeps of every moment; absent for kinds of which it keeps nothing. */
  readonly continuous?: Continuous;
}

/** Automated backups of one kind of database, in the provider's region. Each verb throws as the provider's do. */
export interface Continuous {
  /** Looks at those of the whole region in pages, as `observe` does, and at nothing else. Repeatable. */
  look(): Promise<Map<string, AutomatedBackups>>;
  /**
   * In the primary region: has them kept for at least so many days. It never lowers a number, because that would delete
   * moments. Repeatable; returns once AWS has accepted. It changes a source: only `connect` may call it.
   */
  keep(source: Source, days: number): Promise<void>;
  /**
   * In the recovery region: begins their replication into it, encrypted with its vault's key, to be kept for so many
   * days. Repeatable: where they are replicated already it does nothing.
   */
  replicate(source: Source, days: number): Promise<void>;
}

/** One provider for each kind of source. */
export type Providers = Record<SourceKind, Provider>;

/** The tags that say an artefact is ours; all artefacts of a point carry them in both regions. */
export const tagNames = {
  environment: "holdfast:environment",
  source: "holdfast:source",
  point: "holdfast:point",
} as const;
