import {
  type DeleteMarkerEntry,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  type S3Client,
} from "@aws-sdk/client-s3";
import { toSecond } from "./about.ts";

/** One version of a key; `marker`: it says that the key was deleted, and has no data. */
export type Version = {
  versionId: string;
  marker: boolean;
  etag: string;
  sizeBytes: number;
  /** ISO-8601 UTC, to the second. Of an object uploaded in parts: when the upload began. */
  lastModified: string;
  storageClass: string;
};

/** A key: its newest version, and the one that was newest at each of the instants that were asked for. */
export type KeyHistory = { key: string; now: Version; was: (Version | undefined)[] };

/**
 * Every key under a prefix in the order of UTF-8, after the key `after` if given, with what it was at some instants (ISO
 * 8601 UTC). Keys that are hidden behind a delete marker come too. 1,000 versions a call. Throws the SDK's errors.
 */
export async function* histories(
  client: S3Client,
  at: { bucket: string; prefix?: string; after?: string },
  instants: readonly string[],
): AsyncGenerator<KeyHistory> {
  const untilMs = instants.map((instant) => Date.parse(instant));
  let history: KeyHistory | undefined;
  for await (const { key, ...version } of versions(client, at)) {
    if (history && history.key !== key) {
      yield history;
      history = undefined;
    }
    history ??= { key, now: version, was: instants.map(() => undefined) };
    for (const [index, ms] of untilMs.entries())
      if (Date.parse(version.lastModified) <= ms) history.was[index] ??= version;
  }
  if (history) yield history;
}

/** Every version of every key, the keys in order, and of each key the newest first. */
async function* versions(
  client: S3Client,
  { bucket, prefix, after }: { bucket: string; prefix?: string; after?: string },
): AsyncGenerator<Version & { key: string }> {
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {
    KeyMarker: after,
  };
  while (next) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...next }),
    );
    yield* inOrder(page.Versions ?? [], page.DeleteMarkers ?? []);
    next = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
  }
}

/** S3 answers both in one order; the SDK puts them into two lists, each still in that order. */
function* inOrder(data: ObjectVersion[], markers: DeleteMarkerEntry[]) {
  let nextMarker = 0;
  for (const one of data) {
    for (let marker = markers[nextMarker]; marker && before(marker, one); marker = markers[nextMarker]) {
      yield lineOf(marker, true);
      nextMarker += 1;
    }
    yield lineOf(one, false);
  }
  for (const marker of markers.slice(nextMarker)) yield lineOf(marker, true);
}

/**
 * Instants are to the second: of a version and a marker of one second, the newest of all is known; else the data counts
 * as newer, since what is restored too much is less of a loss.
 */
function before(marker: DeleteMarkerEntry, one: ObjectVersion): boolean {
  const order = Buffer.compare(Buffer.from(marker.Key ?? ""), Buffer.from(one.Key ?? ""));
  if (order !== 0) return order < 0;
  const newerMs = (marker.LastModified?.getTime() ?? 0) - (one.LastModified?.getTime() ?? 0);
  return newerMs > 0 || (newerMs === 0 && marker.IsLatest === true);
}

function lineOf(one: ObjectVersion & DeleteMarkerEntry, marker: boolean): Version & { key: string } {
  return {
    key: one.Key ?? "",
    versionId: one.VersionId ?? "null",
    marker,
    etag: one.ETag ?? "",
    sizeBytes: one.Size ?? 0,
    lastModified: toSecond(one.LastModified),
    storageClass: one.StorageClass ?? "STANDARD",
  };
}
