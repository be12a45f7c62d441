import { replicaName } from "../core/names.ts";
import { asProblem, Problem } from "../core/problem.ts";
import type { BucketSource } from "../core/source.ts";
import type { World } from "../world.ts";

/** What a pair of listings already said of a key: the source's object, and the replica's where there is one. */
export type Seen = { source: SourceState; replica?: { etag: string } };

type SourceState = Pick<
  Head,
  "sizeBytes" | "etag" | "lastModified" | "storageClass" | "versionId" | "redirect"
>;
type Head = NonNullable<Awaited<ReturnType<World["objects"]["head"]>>>;
type Copied = NonNullable<Awaited<ReturnType<World["objects"]["copy"]>>>;

/** Only of a small object does a copy cost less than a look at what is there. */
const lookFirstBytes = 2 ** 30;

/** A source that changes faster than it can be copied so many times in a row is left to its next event. */
const maxRounds = 5;

/**
 * Brings the replica of one key to the source's current version, whatever made it run and in whatever order. Two
 * things keep it right without any order among writers: every copy replaces only what was seen at the replica
 * (nothing, or one ETag), so a copy that is late covers nothing newer; and every writer looks at the source again
 * after its own write, so that the last to write leaves the newest. A new object costs three calls, two if a
 * listing showed it. Gives whether anything was written. Throws `Problem`: `unsupported` for an archived object,
 * `damaged` if the copy's checksum is not the source's, `conflict` if the source will not stand still, or what S3
 * answered.
 */
export async function bring(world: World, source: BucketSource, key: string, seen?: Seen): Promise<boolean> {
  const from = { bucket: source.bucket, key };
  const to = { bucket: replicaName(world.environment, source.name, world.environment.recoveryRegion), key };
  let now: SourceState | undefined = seen?.source ?? (await world.objects.head(from));
  let there: { etag: string } | undefined = seen?.replica;
  let written = false;
  for (let round = 1; round <= maxRounds; round++) {
    if (!now) return (await hideIfAsked(world, source, to)) || written;
    let refusal: Problem | undefined;
    const look = round === 1 && !seen && now.sizeBytes > lookFirstBytes;
    const copied: Copied | undefined = look ? undefined : await copy(now).catch(archived);
    const after = await world.objects.head(from);
    if (copied) {
      written = true;
      there = copied;
      if (after && isWhatWasCopied(copied, now, after)) {
        holdToChecksum(key, copied, after);
        return true;
      }
    } else if (after) {
      const replica = await world.otherObjects.head(to);
      if (replica && (await isCopy(world, { to, replica, from, source: after, archived: !!refusal })))
        return written;
      if (refusal) throw refusal;
      there = replica;
    }
    now = after;

    function archived(thrown: unknown): undefined {
      refusal = asProblem(thrown);
      if (refusal.code !== "unsupported") throw refusal;
    }
  }
  throw new Problem(
    "conflict",
    `"${key}" changed ${maxRounds} times while it was copied`,
    "Its next event copies it.",
  );

  function copy(state: SourceState): Promise<Copied | undefined> {
    const { sizeBytes, storageClass, etag: sourceEtag, redirect } = state;
    return world.otherObjects.copy({
      from,
      to,
      sizeBytes,
      storageClass,
      sourceEtag,
      replaces: there ? { etag: there.etag } : "nothing",
      ...(redirect ? { redirect } : {}),
    });
  }
}

/** Whether the source is, after the copy, still the version that was copied, in the class that the copy was given. */
function isWhatWasCopied(copied: Copied, before: SourceState, after: Head): boolean {
  const sameVersion = copied.sourceVersionId
    ? copied.sourceVersionId === after.versionId
    : before.lastModified === after.lastModified;
  const sameWish = before.storageClass === after.storageClass && before.redirect === after.redirect;
  return sameVersion && sameWish && before.etag === after.etag && before.sizeBytes === after.sizeBytes;
}

/**
 * Holds the copy to the source's checksum where S3 keeps one of the whole object for both: always since 2025, but
 * for uploads in parts with a checksum of the parts. For those S3's own word stands: it copied the version with
 * this ETag, and the sizes are equal.
 */
function holdToChecksum(key: string, copied: Copied, source: Head): void {
  if (!comparable(copied, source) || copied.checksum === source.checksum) return;
  throw new Problem(
    "damaged",
    `the copy of "${key}" has the checksum ${copied.checksum}, its source ${source.checksum}`,
    "It is copied again.",
  );
}

function comparable(a: { checksum?: string }, b: { checksum?: string }): boolean {
  return !!a.checksum && !!b.checksum && a.checksum.split(":")[0] === b.checksum.split(":")[0];
}

type Pair = { to: Ref; replica: Head; from: Ref; source: Head; archived: boolean };
type Ref = { bucket: string; key: string };

/** Whether what is at the replica is a copy of what is at the source: bytes, metadata, storage class, and tags. */
async function isCopy(world: World, { to, replica, from, source, archived }: Pair): Promise<boolean> {
  if (replica.sizeBytes !== source.sizeBytes || replica.about !== source.about) return false;
  if (replica.redirect !== source.redirect) return false;
  // An object may be archived after it was copied: that changes none of its bytes, and cannot be followed.
  if (replica.storageClass !== source.storageClass && !archived) return false;
  if (comparable(replica, source)) {
    if (replica.checksum !== source.checksum) return false;
  } else if (!archived) {
    // S3 dates an upload in parts by its beginning, so of those no date tells which version a replica is of.
    if (/-\d+"?$/.test(source.etag) || replica.lastModified <= source.lastModified) return false;
  }
  const [there, here] = await Promise.all([world.otherObjects.tags(to), world.objects.tags(from)]);
  return there === here;
}

async function hideIfAsked(world: World, source: BucketSource, to: Ref): Promise<boolean> {
  if (source.deletions !== "propagate" || !(await world.otherObjects.head(to))) return false;
  // HEAD answers 404 for a bucket that is gone, too. A listing tells the two apart: a lost bucket throws here.
  await world.objects.list({ bucket: source.bucket, prefix: to.key }).next();
  await world.otherObjects.hide(to);
  // It may have been written again meanwhile: then that is the current version.
  if (await world.objects.head({ bucket: source.bucket, key: to.key })) await bring(world, source, to.key);
  return true;
}
