import * as z from "zod/mini";
import { domainEvents, eventSource, ObjectEvent } from "../core/event.ts";
import { asProblem } from "../core/problem.ts";
import type { BucketSource } from "../core/source.ts";
import { type Call, log } from "../glue.ts";
import type { World } from "../world.ts";
import { bring } from "./bring.ts";
import { openFinding } from "./findings.ts";
import { sweep } from "./sweep.ts";

/** What the replicate queue carries: S3's events of protected buckets, and requests for sweeps. */
export const ReplicateMessage = z.union([
  ObjectEvent,
  z.object({
    source: z.literal(eventSource),
    "detail-type": z.literal("Bucket Sweep Requested"),
    detail: domainEvents["Bucket Sweep Requested"],
  }),
]);
export type ReplicateMessage = z.infer<typeof ReplicateMessage>;

/**
 * Does what one message asks. An event only names a key: what is done follows from what source and replica are
 * now. Throws `Problem`, which sends the message back to the queue; on its last try a finding says why.
 */
export async function replicate(message: ReplicateMessage, world: World, call: Call): Promise<void> {
  if (message["detail-type"] === "Bucket Sweep Requested") {
    const source = world.environment.sources.find(({ name }) => name === message.detail.source);
    if (source?.kind === "bucket") await sweep(message.detail, source, world, call);
    else log("ignored: no such bucket source", { source: message.detail.source });
    return;
  }
  const { bucket, object } = message.detail;
  const sources = world.environment.sources.filter(
    (one): one is BucketSource => one.kind === "bucket" && one.bucket === bucket.name,
  );
  if (sources.length === 0) log("ignored: no source protects the bucket", { bucket: bucket.name });
  for (const source of sources) {
    try {
      await bring(world, source, object.key);
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (call.lastTry || !problem.retryable) await openFinding(world, source, object.key, problem);
      throw problem;
    }
  }
}
