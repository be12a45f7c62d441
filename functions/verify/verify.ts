import * as z from "zod/mini";
import { parsePointKey, pointsOf } from "../catalog/keys.ts";
import { domainEvents, eventSource, ObjectEvent } from "../core/event.ts";
import { asProblem } from "../core/problem.ts";
import type { ArchivesSource } from "../core/source.ts";
import { type Call, log } from "../glue.ts";
import type { World } from "../world.ts";
import { reportUnverified, verifyArrival } from "./arrival.ts";
import { copyArchive } from "./copy.ts";
import { archivesNamed, isSidecar, pointOf, sourceOf } from "./point.ts";

const ours = z.literal(eventSource);

/** What the verify queue carries: S3's events of drops, and Holdfast's own requests. */
export const VerifyMessage = z.union([
  ObjectEvent,
  z.object({
    source: ours,
    "detail-type": z.literal("Archives Sweep Requested"),
    detail: domainEvents["Archives Sweep Requested"],
  }),
  z.object({
    source: ours,
    "detail-type": z.literal("Archive Verification Requested"),
    detail: domainEvents["Archive Verification Requested"],
  }),
  z.object({
    source: ours,
    "detail-type": z.literal("Archive Copy Requested"),
    detail: domainEvents["Archive Copy Requested"],
  }),
]);
export type VerifyMessage = z.infer<typeof VerifyMessage>;

/** So much time is left when a sweep leaves the rest of a drop to the next invocation. */
const marginMs = 300_000;

/** Does what one message asks. Throws `Problem`, which sends the message back to the queue. */
export async function verify(message: VerifyMessage, world: World, call: Call): Promise<void> {
  switch (message["detail-type"]) {
    case "Archives Sweep Requested":
      return withSource(world, message.detail.source, (source) =>
        sweepDrop(world, source, message.detail.point, call),
      );
    case "Archive Verification Requested": {
      const { key, checkId } = message.detail;
      return withSource(world, message.detail.source, (source) =>
        tryArrival(world, source, key, call, checkId ?? String(world.now().getTime())),
      );
    }
    case "Archive Copy Requested":
      return withSource(world, message.detail.source, (source) =>
        copyArchive(world, source, message.detail.point),
      );
    case "Object Deleted":
      return;
    case "Object Created": {
      const { bucket, object } = message.detail;
      const source = sourceOf(world, bucket.name, object.key);
      if (!source) return log("ignored: no source has this drop", { bucket: bucket.name, key: object.key });
      if (!isSidecar(object.key)) return tryArrival(world, source, object.key, call);
      // A sidecar that comes after its archive: the archive is read again with it.
      const about = object.key.endsWith(".sha256") ? object.key.slice(0, -".sha256".length) : undefined;
      if (about) return tryArrival(world, source, about, call, String(world.now().getTime()));
    }
  }
}

async function tryArrival(
  world: World,
  source: ArchivesSource,
  key: string,
  call: Call,
  checkId?: string,
): Promise<void> {
  try {
    await verifyArrival(world, source, key, checkId);
  } catch (thrown) {
    if (call.lastTry || !asProblem(thrown).retryable) await reportUnverified(world, source, key, thrown);
    throw thrown;
  }
}

/** Lists a drop and verifies what has no verification: what arrived before Holdfast, or whose event was lost. */
async function sweepDrop(world: World, source: ArchivesSource, point: string, call: Call): Promise<void> {
  const seen = new Set<string>();
  for await (const { key } of world.catalog.list(pointsOf(source.name))) {
    const fact = parsePointKey(key);
    if (fact?.name === `verified-${world.region}` || fact?.name === "available") seen.add(fact.point);
  }
  for await (const { key } of world.objects.list({ bucket: source.bucket, prefix: source.prefix })) {
    if (isSidecar(key)) continue;
    const head = await world.objects.head({ bucket: source.bucket, key });
    if (!head || seen.has(pointOf(key, head))) continue;
    if (call.remainingMs() < marginMs)
      return world.publish("Archives Sweep Requested", { source: source.name, point });
    await tryArrival(world, source, key, call);
  }
}

async function withSource(
  world: World,
  name: string,
  run: (source: ArchivesSource) => Promise<void>,
): Promise<void> {
  const source = archivesNamed(world, name);
  if (source) await run(source);
  else log("ignored: no such archives source", { source: name });
}
