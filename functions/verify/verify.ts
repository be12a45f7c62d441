import * as z from "zod/mini";
import { domainEvents, eventSource, ObjectEvent } from "../core/event.ts";
import type { ArchivesSource } from "../core/source.ts";
import { type Call, log } from "../glue.ts";
import type { World } from "../world.ts";
import { compareAgain, verifyArrival } from "./arrival.ts";
import { copyArchive } from "./copy.ts";
import { archivesNamed, isSidecar, sourceOf } from "./point.ts";
import { scrubCopy } from "./scrub.ts";
import { archivesOf } from "./sidecar.ts";
import { sweepDrop } from "./sweep.ts";

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
  z.object({
    source: ours,
    "detail-type": z.literal("Archive Scrub Requested"),
    detail: domainEvents["Archive Scrub Requested"],
  }),
]);
export type VerifyMessage = z.infer<typeof VerifyMessage>;

/** Does what one message asks. Throws `Problem`, which sends the message back to the queue. */
export async function verify(message: VerifyMessage, world: World, call: Call): Promise<void> {
  switch (message["detail-type"]) {
    case "Archives Sweep Requested": {
      const { source, point } = message.detail;
      return withSource(world, source, (drop) => sweepDrop(world, drop, point, call));
    }
    case "Archive Verification Requested": {
      const { source, key, checkId = String(world.now().getTime()) } = message.detail;
      return withSource(world, source, (drop) => verifyArrival(world, drop, key, call, checkId));
    }
    case "Archive Copy Requested": {
      const { source, point } = message.detail;
      return withSource(world, source, (drop) => copyArchive(world, drop, point));
    }
    case "Archive Scrub Requested": {
      const { source, point, checkId } = message.detail;
      return withSource(world, source, (drop) => scrubCopy(world, drop, point, checkId));
    }
    case "Object Deleted":
      return;
    case "Object Created": {
      const { bucket, object } = message.detail;
      const source = sourceOf(world, bucket.name, object.key);
      if (!source) return log("ignored: no source has this drop", { bucket: bucket.name, key: object.key });
      if (!isSidecar(object.key)) return verifyArrival(world, source, object.key, call);
      for (const key of await archivesOf(world, bucket.name, object.key))
        await compareAgain(world, source, key, call);
    }
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
