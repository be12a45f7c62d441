import { hash } from "node:crypto";
import { lockedVersion, noSuchKey, noSuchVersion, preconditionFailed } from "./s3-errors.ts";
import { bucketTellsEventBridge, tellCreated, tellDeleted } from "./s3-events.ts";
import type { About, Bucket, Content, Data, History, Marker, Store } from "./s3-state.ts";

/** The current version of a key, or `undefined` where there is none or it is a delete marker. */
export function current(history: History | undefined): Data | undefined {
  const newest = history?.versions.at(-1);
  return newest?.kind === "data" ? newest : undefined;
}

/** The version that a read names. Throws NoSuchKey, NoSuchVersion; a delete marker is given as it is if named. */
export function versionRead(bucket: Bucket, key: string, versionId: string | undefined): Data | Marker {
  const history = bucket.keys.get(key);
  if (versionId !== undefined) {
    const version = history?.versions.find(({ id }) => id === versionId);
    if (!version) throw noSuchVersion(key, versionId);
    return version;
  }
  const newest = history?.versions.at(-1);
  if (!newest) throw noSuchKey(key);
  if (newest.kind === "marker") throw noSuchKey(key, { DeleteMarker: true, VersionId: newest.id });
  return newest;
}

/** The conditions of a write, as members of its input. */
export type WriteConditions = { IfMatch?: string | undefined; IfNoneMatch?: string | undefined };

/**
 * Holds a write to its conditions (S3 user guide, conditional requests): a delete marker counts as absent.
 * Throws PreconditionFailed; NoSuchKey for If-Match on what is absent.
 */
export function holdTo(bucket: Bucket, key: string, { IfMatch, IfNoneMatch }: WriteConditions): void {
  const now = current(bucket.keys.get(key));
  if (IfNoneMatch !== undefined && now && (IfNoneMatch === "*" || sameEtag(IfNoneMatch, now.etag))) {
    throw preconditionFailed("If-None-Match");
  }
  if (IfMatch === undefined) return;
  if (!now) throw noSuchKey(key);
  if (IfMatch !== "*" && !sameEtag(IfMatch, now.etag)) throw preconditionFailed("If-Match");
}

/** Whether an ETag of a request, quoted or not, is that of an object. */
export function sameEtag(given: string, etag: string): boolean {
  return given.replaceAll('"', "") === etag;
}

/** Makes content the newest version of a key, and tells EventBridge. */
export function commit(
  store: Store,
  bucket: Bucket,
  key: string,
  made: { about: About; content: Content; partSizes?: number[]; reason: string },
): Data {
  const id = newVersionId(store, bucket);
  // With SSE-KMS the ETag is not the MD5 of the data (API reference, common response headers).
  const plain = made.about.encryption.ServerSideEncryption === "AES256" || made.partSizes;
  const etag = plain ? made.content.etag : hash("md5", `${made.content.etag} ${++store.count}`);
  const data: Data = {
    ...made.about,
    ...made.content,
    etag,
    kind: "data",
    id,
    modifiedMs: store.twin.clock.now(),
    ...(made.partSizes ? { partSizes: made.partSizes } : {}),
  };
  store.add(bucket, key, data);
  if (bucketTellsEventBridge(bucket)) tellCreated(store, bucket, key, data, made.reason);
  return data;
}

/** What a deletion did, in the words of its answer. */
export type Deleted = { DeleteMarker?: boolean; VersionId?: string };

/** Deletes a key, or one version of it for good. Throws AccessDenied for a version under Object Lock. */
export function remove(
  store: Store,
  bucket: Bucket,
  key: string,
  wish: { versionId?: string | undefined; bypassGovernance?: boolean | undefined },
): Deleted {
  const history = bucket.keys.get(key);
  if (wish.versionId !== undefined) {
    const version = history?.versions.find(({ id }) => id === wish.versionId);
    if (!history || !version) return { VersionId: wish.versionId };
    if (version.kind === "data" && isLocked(store, version, wish.bypassGovernance)) throw lockedVersion();
    store.remove(bucket, history, version);
    tellDeleted(store, bucket, key, version, "Permanently Deleted");
    return { VersionId: version.id, ...(version.kind === "marker" ? { DeleteMarker: true } : {}) };
  }
  if (bucket.versioning) {
    const marker: Marker = {
      kind: "marker",
      id: newVersionId(store, bucket),
      modifiedMs: store.twin.clock.now(),
    };
    store.add(bucket, key, marker);
    tellDeleted(store, bucket, key, marker, "Delete Marker Created");
    return { DeleteMarker: true, VersionId: marker.id };
  }
  const version = history?.versions.at(-1);
  if (history && version) {
    store.remove(bucket, history, version);
    tellDeleted(store, bucket, key, version, "Permanently Deleted");
  }
  return {};
}

/** Whether Object Lock forbids to delete the version now. */
export function isLocked(store: Store, { lock }: Data, bypassGovernance = false): boolean {
  if (lock.legalHold) return true;
  if (!lock.untilMs || lock.untilMs <= store.twin.clock.now()) return false;
  return lock.mode === "COMPLIANCE" || !bypassGovernance;
}

/** `VersionId` as answers carry it: not at all in a bucket that never kept versions. */
export function versionId(bucket: Bucket, version: Data | Marker): { VersionId?: string } {
  return bucket.versioning ? { VersionId: version.id } : {};
}

function newVersionId(store: Store, bucket: Bucket): string {
  return bucket.versioning === "Enabled" ? hash("md5", `version ${++store.count}`, "base64url") : "null";
}
