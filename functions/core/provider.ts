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
  /** Absent for kinds that have no such quota. */
  manualSnapshots?: Quota;
  copiesInFlight?: Quota;
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
}

/** One provider for each kind of source. */
export type Providers = Record<SourceKind, Provider>;

/** The tags that say an artefact is ours; all artefacts of a point carry them in both regions. */
export const tagNames = {
  environment: "holdfast:environment",
  source: "holdfast:source",
  point: "holdfast:point",
} as const;
