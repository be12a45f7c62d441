import { Problem } from "../core/problem.ts";
import type { PlanFact } from "../core/restore.ts";
import type { ObjectHead, ObjectRef } from "../objects/about.ts";
import type { KeyHistory, Version } from "../objects/history.ts";
import type { RestoreWorld } from "../restore-world.ts";

/** Which objects come back from where into where, and to which instant. */
export type ObjectsWish = NonNullable<PlanFact["objects"]>;

/** What became of one key. `proved`: what is there is held to what it is to be. */
export type Outcome =
  | { did: "copied"; bytes: number; proved: boolean }
  | { did: "hidden" | "left" }
  | { did: "same"; proved: boolean };

type Heads = { wanted: ObjectHead; there: ObjectHead | undefined };

/**
 * Brings one key to what it was at the instant. In the bucket itself that makes a new version and never deletes one; what
 * somebody else writes meanwhile is never covered. Repeatable: what is right already is left. Throws `Problem`.
 */
export async function bringBack(
  wish: ObjectsWish,
  history: KeyHistory,
  world: RestoreWorld,
): Promise<Outcome> {
  const { key, now } = history;
  const [wanted] = history.was;
  if (wish.into !== wish.from) {
    if (!wanted || wanted.marker) return { did: "left" };
    return bring(wish, key, wanted, undefined, world);
  }
  if (!wanted || wanted.marker) {
    if (now.marker) return { did: "same", proved: true };
    if (!wish.deletions) return { did: "left" };
    await world.objects.hide({ bucket: wish.into, key });
    return { did: "hidden" };
  }
  if (now.versionId === wanted.versionId) return { did: "same", proved: true };
  return bring(wish, key, wanted, now, world);
}

/**
 * Takes back what the restore did to one key, if that is still what is there. `history` has the key at the instant and
 * when the restore began. Repeatable. Throws `Problem`.
 */
export async function takeBack(
  wish: ObjectsWish,
  history: KeyHistory,
  world: RestoreWorld,
): Promise<Outcome> {
  const { key, now } = history;
  const [wanted, before] = history.was;
  if (wish.into !== wish.from) return takeBackThere(wish, key, wanted, world);
  // Nothing of this key is newer than the restore: it did nothing to it.
  if (before?.versionId === now.versionId) return { did: "same", proved: true };
  if (now.marker) {
    const ours = wish.deletions && (!wanted || wanted.marker) && before && !before.marker;
    return ours ? bring(wish, key, before, now, world) : { did: "left" };
  }
  if (!wanted || wanted.marker || !(await isCopy(wish, key, wanted, world))) return { did: "left" };
  if (before && !before.marker) return bring({ ...wish, begunAt: now.lastModified }, key, before, now, world);
  await world.objects.hide({ bucket: wish.into, key });
  return { did: "hidden" };
}

/** Copies a version over what is there, unless that is such a copy already. */
async function bring(
  wish: ObjectsWish,
  key: string,
  wanted: Version,
  now: Version | undefined,
  world: RestoreWorld,
): Promise<Outcome> {
  const from: ObjectRef = { bucket: wish.from, key, versionId: wanted.versionId };
  const to = { bucket: wish.into, key };
  const heads = await headsOf(from, to, world);
  // What was there before the restore began is no copy of ours, even if it has the same bytes: its tags may differ.
  const recent = heads.there && (!now || heads.there.lastModified > toSecond(wish.begunAt));
  if (recent && sameObject(heads)) return { did: "same", proved: true };
  if (!now && heads.there && !wish.overwrite) return { did: "left" };
  const { sizeBytes, storageClass, redirect } = heads.wanted;
  const covered = now && !now.marker ? now.etag : now ? undefined : heads.there?.etag;
  const replaces = covered === undefined ? ("nothing" as const) : { etag: covered };
  const copied = await world.objects.copyHere({
    ...{ from, to, sizeBytes, storageClass, replaces },
    ...(redirect ? { redirect } : {}),
  });
  if (!copied) return { did: "left" };
  const sums = [copied.checksum, heads.wanted.checksum];
  if (comparable(sums) && sums[0] !== sums[1]) {
    throw new Problem(
      "damaged",
      `the copy of "${key}" has the checksum ${sums[0]}, and ${sums[1]} is kept`,
      "Restore this key again; the version itself is untouched.",
    );
  }
  return { did: "copied", bytes: sizeBytes, proved: comparable(sums) || copied.etag === heads.wanted.etag };
}

/** In another bucket only what is exactly the object that was brought, and came since, can be ours. */
async function takeBackThere(
  wish: ObjectsWish,
  key: string,
  wanted: Version | undefined,
  world: RestoreWorld,
) {
  // What was overwritten there is not known here: it could not be put back.
  if (wish.overwrite || !wanted || wanted.marker) return { did: "left" } as const;
  if (!(await isCopy(wish, key, wanted, world))) return { did: "left" } as const;
  await world.objects.hide({ bucket: wish.into, key });
  return { did: "hidden" } as const;
}

async function isCopy(
  wish: ObjectsWish,
  key: string,
  wanted: Version,
  world: RestoreWorld,
): Promise<boolean> {
  const from = { bucket: wish.from, key, versionId: wanted.versionId };
  const heads = await headsOf(from, { bucket: wish.into, key }, world);
  const recent = heads.there && heads.there.lastModified > toSecond(wish.begunAt);
  return recent === true && sameObject(heads);
}

async function headsOf(from: ObjectRef, to: ObjectRef, { objects }: RestoreWorld): Promise<Heads> {
  const [wanted, there] = await Promise.all([objects.head(from), objects.head(to)]);
  if (wanted) return { wanted, there };
  const what = `version ${from.versionId} of "${from.key}" is gone from ${from.bucket}`;
  throw new Problem("not-found", what, "Look for a lifecycle rule that removes old versions.");
}

/** ETags differ under SSE-KMS and after uploads in parts; the checksum of the whole then tells. */
function sameObject({ wanted, there }: Heads): boolean {
  if (there?.sizeBytes !== wanted.sizeBytes || there.about !== wanted.about) return false;
  const sums = [there.checksum, wanted.checksum];
  return there.etag === wanted.etag || (comparable(sums) && sums[0] === sums[1]);
}

function comparable([a, b]: (string | undefined)[]): boolean {
  return a !== undefined && b !== undefined && a.split(":")[0] === b.split(":")[0];
}

function toSecond(at: string): string {
  return `${at.slice(0, 19)}Z`;
}
