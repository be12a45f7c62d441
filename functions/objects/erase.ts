import {
  DeleteObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";

/** What became of objects that were to be deleted: gone, or kept by Object Lock until an instant (ISO-8601 UTC). */
export type Erased = { lockedUntil?: string };

/** A legal hold has no end of its own: whether it is still there is looked up once a day. */
const legalHoldMs = 24 * 3_600_000;

/** See `Objects.erase`. Throws the SDK's errors. */
export async function eraseVersions(
  client: S3Client,
  { bucket: Bucket, prefix: Prefix }: { bucket: string; prefix: string },
  now: Date,
): Promise<Erased> {
  const versions = await versionsUnder(client, Bucket, Prefix);
  let lockedUntilMs = 0;
  for (const { isData, ...version } of versions) {
    if (!isData) continue;
    const head = await headOf(client, { Bucket, ...version });
    const untilMs = head.ObjectLockRetainUntilDate?.getTime() ?? 0;
    const held = head.ObjectLockLegalHoldStatus === "ON" ? now.getTime() + legalHoldMs : 0;
    if (untilMs > now.getTime()) lockedUntilMs = Math.max(lockedUntilMs, untilMs);
    lockedUntilMs = Math.max(lockedUntilMs, held);
  }
  if (lockedUntilMs > 0) return { lockedUntil: new Date(lockedUntilMs).toISOString() };
  for (const { isData: _, ...version } of versions) {
    await client.send(new DeleteObjectCommand({ Bucket, ...version }));
  }
  return {};
}

/** Empty for a version that another pass has deleted meanwhile. */
async function headOf(
  client: S3Client,
  version: HeadObjectCommandInput,
): Promise<Partial<HeadObjectCommandOutput>> {
  try {
    // The two headers come only to who has the rights to read retention and legal hold (S3 user guide, Object Lock).
    return await client.send(new HeadObjectCommand(version));
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "NotFound") return {};
    throw thrown;
  }
}

type Version = { Key: string; VersionId: string; isData: boolean };

/** Every version and delete marker under a prefix. */
async function versionsUnder(client: S3Client, Bucket: string, Prefix: string): Promise<Version[]> {
  const versions: Version[] = [];
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (next) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix, ...next }),
    );
    for (const { Key = "", VersionId = "" } of page.Versions ?? [])
      versions.push({ Key, VersionId, isData: true });
    for (const { Key = "", VersionId = "" } of page.DeleteMarkers ?? [])
      versions.push({ Key, VersionId, isData: false });
    next = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
  }
  return versions;
}
