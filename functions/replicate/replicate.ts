import * as z from "zod/mini";
import { domainEvents, eventSource, ObjectEvent } from "../core/event.ts";
import { asProblem } from "../core/problem.ts";
import type { BucketSource } from "../core/source.ts";
import { type Call, log, logProblem } from "../glue.ts";
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
  const sources = world.environment.sources.filter((one) => one.kind === "bucket");
  if (message["detail-type"] === "Bucket Sweep Requested") {
    const { detail } = message;
    const source = sources.find(({ name }) => name === detail.source);
    if (!source) log("ignored: no such bucket source", { source: detail.source });
    else if (detail.key) await replicateKey(world, source, detail.key, call);
    else await sweep(detail, source, world, call);
    return;
  }
  const { bucket, object } = message.detail;
  const here = sources.filter((source) => source.bucket === bucket.name);
  if (here.length === 0) log("ignored: no source protects the bucket", { bucket: bucket.name });
  for (const source of here) await replicateKey(world, source, object.key, call);
}

async function replicateKey(world: World, source: BucketSource, key: string, call: Call): Promise<void> {
  try {
    await bringOnce(world, source, key);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (call.lastTry || !problem.retryable) await openFinding(world, source, key, problem);
    // An archived object stays archived however often it is tried; the finding and the next sweep see to it.
    if (problem.code !== "unsupported") throw problem;
    logProblem(problem, { source: source.name, key });
  }
}

const underWay = new WeakMap<World, Map<string, Promise<boolean>>>();

/**
 * Several events of one key in a batch are one piece of work: Lambda has received all of them before the first
 * begins, so what the first finds at the source is what each of them tells of, or newer.
 */
function bringOnce(world: World, source: BucketSource, key: string): Promise<boolean> {
  const works = underWay.get(world) ?? new Map<string, Promise<boolean>>();
  underWay.set(world, works);
  const name = `${source.name}/${key}`;
  const work = works.get(name) ?? bring(world, source, key).finally(() => works.delete(name));
  works.set(name, work);
  return work;
}
