import { replicaName } from "../core/names.ts";
import { Problem } from "../core/problem.ts";
import type { BucketSource } from "../core/source.ts";
import type { World } from "../world.ts";

/** What a listing already said of the source's object, and whether the replica lacks the key. */
export type Listed = { sizeBytes: number; storageClass: string; absent: boolean };

/** Classes that cannot be read, and so not copied, without a restore first (S3 user guide, archive retrieval). */
const frozen = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** A source that changes faster than it can be copied so many times in a row is left to its next event. */
const maxRounds = 5;

/**
 * Brings the replica of one key to the source's current version, whatever made it run and in whatever order.
 * Every writer looks at the source again after its own write, so the last one to write leaves the newest. Gives
 * whether anything was copied. Throws `Problem`: `unsupported` for a frozen object, `damaged` if the copy's
 * checksum is not the source's, `conflict` if the source will not stand still, or what S3 answered.
 */
export async function bring(
  world: World,
  source: BucketSource,
  key: string,
  listed?: Listed,
): Promise<boolean> {
  const from = { bucket: source.bucket, key };
  const to = { bucket: replicaName(world.environment, source.name, world.environment.recoveryRegion), key };
  let known = listed;
  for (let round = 1; round <= maxRounds; round++) {
    const before = known ? undefined : await world.objects.head(from);
    if (!known && !before) return hideIfAsked(world, source, to);
    const { sizeBytes, storageClass } = known ?? before ?? { sizeBytes: 0, storageClass: "STANDARD" };
    if (frozen.has(storageClass)) {
      throw new Problem(
        "unsupported",
        `"${key}" is in ${storageClass} and cannot be copied as it is`,
        "Restore it in S3 first.",
      );
    }
    // A key that is new needs no look at the replica: the copy itself finds out.
    const ifAbsent = round === 1 && (known?.absent ?? true);
    const copied = await world.otherObjects.copy({ from, to, sizeBytes, storageClass, ifAbsent });
    const after = await world.objects.head(from);
    if (!after) {
      known = undefined;
      continue;
    }
    if (!copied) {
      const there = await world.otherObjects.head(to);
      if (there && sameObject(there, after)) return round > 1;
      known = { sizeBytes: after.sizeBytes, storageClass: after.storageClass, absent: false };
      continue;
    }
    const sameVersion = !copied.sourceVersionId || copied.sourceVersionId === after.versionId;
    if (sameVersion && after.storageClass === storageClass && after.sizeBytes === sizeBytes) {
      if (comparable(copied.checksum, after.checksum) && copied.checksum !== after.checksum) {
        throw new Problem(
          "damaged",
          `the copy of "${key}" has checksum ${copied.checksum}, its source ${after.checksum}`,
          "It is copied again.",
        );
      }
      return true;
    }
    known = { sizeBytes: after.sizeBytes, storageClass: after.storageClass, absent: false };
  }
  throw new Problem(
    "conflict",
    `"${key}" changed ${maxRounds} times while it was copied`,
    "Its next event copies it.",
  );
}

/** Whether the replica's object is the source's: bytes by checksum where S3 keeps one that can be compared, else by size and age. */
function sameObject(replica: Head, source: Head): boolean {
  if (replica.sizeBytes !== source.sizeBytes || replica.about !== source.about) return false;
  if (replica.storageClass !== source.storageClass) return false;
  if (comparable(replica.checksum, source.checksum)) return replica.checksum === source.checksum;
  return replica.lastModified >= source.lastModified;
}

/** Whether two checksums are there and of one algorithm. */
function comparable(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.split(":")[0] === b.split(":")[0];
}

type Head = NonNullable<Awaited<ReturnType<World["objects"]["head"]>>>;

async function hideIfAsked(
  world: World,
  source: BucketSource,
  to: { bucket: string; key: string },
): Promise<boolean> {
  if (source.deletions !== "propagate" || !(await world.otherObjects.head(to))) return false;
  await world.otherObjects.hide(to);
  // It may have been written again meanwhile: then that is the current version.
  if (await world.objects.head({ bucket: source.bucket, key: to.key })) return bring(world, source, to.key);
  return true;
}
