import { createHash } from "node:crypto";
import { asProblem } from "../core/problem.ts";
import { drawShare, sampleSize } from "../core/sample.ts";
import type { DrillWorld } from "../drill-world.ts";
import type { Begun } from "./begin.ts";
import { bucketOf, type Size } from "./bucket.ts";
import { type Reread, readObject } from "./object.ts";

/** What has been read of a replica so far, from its first key on. */
export type Counts = {
  objects: number;
  sampled: number;
  changed: number;
  readBytes: number;
  /** Held to a checksum; read whole without one; not readable, because archived. */
  compared: number;
  onlyRead: number;
  unread: number;
  differences: { name: string; sentence: string }[];
  /** The last key that is done, where time ran out. */
  after?: string | undefined;
  /** ISO-8601 UTC: when this part was read. */
  at: string;
};

/** An invocation has a quarter of an hour; what is begun must end in it. */
const partSeconds = 600;

/** So many objects are read at one time, each in pieces. */
const readsAtOnce = 8;

/** A fact and a checkpoint hold so many; one is enough to fail. */
const maxDifferences = 100;

/**
 * Lists the replica from where the part before ended, and reads whatever is drawn or has changed. Which objects are drawn
 * follows from the drill's name and their keys, so that a part that is done twice draws the same.
 */
export async function readReplica(
  begun: Begun,
  size: Size,
  before: Counts | undefined,
  world: DrillWorld,
): Promise<Counts> {
  const { objects, now } = world;
  const bucket = bucketOf(begun, world);
  const sample = begun.source.plan.drill?.sample ?? { confidence: 0.99, damage: 0.01 };
  const share = drawShare(size.objects, sampleSize(size.objects, sample));
  const counts = { ...none, ...before, differences: [...(before?.differences ?? [])] };
  const { after, ...rest } = counts;
  // Listings date an object to the second: one of the very second in which the last drill began may be newer than it.
  const changedFromMs = begun.since
    ? Math.floor(Date.parse(begun.since) / 1_000) * 1_000
    : Number.POSITIVE_INFINITY;
  const end = now().getTime() + partSeconds * 1_000;
  const underWay = new Set<Promise<void>>();
  let last: string | undefined;
  let broken: unknown;
  for await (const { key, lastModified } of objects.list({
    bucket,
    ...(after === undefined ? {} : { after }),
  })) {
    // Not before the first key, or no part would get on.
    if (broken || (last !== undefined && now().getTime() >= end)) break;
    last = key;
    rest.objects += 1;
    const drawn = isDrawn(begun.drill, key, share);
    const isChanged = Date.parse(lastModified) >= changedFromMs;
    if (!drawn && !isChanged) continue;
    if (drawn) rest.sampled += 1;
    else rest.changed += 1;
    const work = readObject(world, { bucket, key })
      .then((read) => add(rest, key, read))
      .catch((thrown: unknown) => {
        broken ??= thrown;
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
    if (underWay.size >= readsAtOnce) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (broken) throw asProblem(broken);
  const stopped = last !== undefined && now().getTime() >= end;
  return { ...rest, at: now().toISOString(), ...(stopped ? { after: last } : {}) };
}

const none: Counts = {
  ...{ objects: 0, sampled: 0, changed: 0, readBytes: 0, compared: 0, onlyRead: 0, unread: 0 },
  differences: [],
  at: "",
};

/** Each object is drawn by itself with this share, by the digest of the drill and its key. */
function isDrawn(drill: string, key: string, share: number): boolean {
  const digest = createHash("sha256").update(`${drill}\n${key}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48 < share;
}

function add(counts: Omit<Counts, "after">, key: string, read: Reread): void {
  counts.readBytes += read.bytes;
  if (read.what === "gone") return;
  if (read.what === "damaged") {
    if (counts.differences.length < maxDifferences)
      counts.differences.push({ name: key.slice(0, 300), sentence: read.sentence });
    return;
  }
  counts[read.what] += 1;
}
