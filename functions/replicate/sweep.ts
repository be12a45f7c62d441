import type { DomainEvent } from "../core/event.ts";
import { replicaName } from "../core/names.ts";
import { asProblem } from "../core/problem.ts";
import { pointMs } from "../core/slot.ts";
import type { BucketSource } from "../core/source.ts";
import { type Call, log, logProblem } from "../glue.ts";
import type { World } from "../world.ts";
import { bring, type Seen } from "./bring.ts";
import { digestOf, endFinding, type OpenFinding, openFinding, openFindings, openOthers } from "./findings.ts";
import { type Line, paired } from "./paired.ts";

type Request = DomainEvent<"Bucket Sweep Requested">;
type Counts = NonNullable<Request["after"]>;

/** More make one core no faster and cost memory; the SDK's clients have 50 connections each. */
const copiesAtOnce = 32;

/** So much time is left for the copies under way and the facts, when a sweep stops to go on in another invocation. */
const marginMs = 60_000;

/** Findings of single keys per sweep; what fails beyond is folded into one, and the point stays owed. */
const maxFindings = 20;

/** Keys handed on in messages of their own per sweep: when more fail, S3 is in trouble, and the point stays owed. */
const maxHandedOn = 1_000;

/**
 * Compares a bucket with its replica key by key, copies what differs, and records the slot's point once the
 * replica has everything. Memory is for one page of each listing. Goes on in another invocation when the time
 * runs out. A key of which a finding is open is looked at closely, whatever the listings say of it.
 */
export async function sweep(request: Request, source: BucketSource, world: World, call: Call): Promise<void> {
  const { environment } = world;
  const counts = request.after
    ? { ...request.after }
    : { key: "", objects: 0, bytes: 0, copied: 0, failed: 0 };
  const open = new Map((await openFindings(world, source)).map((finding) => [finding.detail, finding]));
  const after = counts.key ? { after: counts.key } : {};
  const replica = replicaName(environment, source.name, environment.recoveryRegion);
  const pairs = paired(
    world.objects.list({ bucket: source.bucket, ...after }),
    world.otherObjects.list({ bucket: replica, ...after }),
  );
  const underWay = new Set<Promise<void>>();
  let stopped = false;
  let broken: unknown;
  for await (const { key, here, there } of pairs) {
    // Not before the first key: else an invocation with little time from the start would get nowhere.
    stopped = counts.key !== (request.after?.key ?? "") && call.remainingMs() < marginMs;
    if (stopped || broken) break;
    counts.key = key;
    counts.objects += here ? 1 : 0;
    counts.bytes += here?.sizeBytes ?? 0;
    const doubted = open.size > 0 ? open.get(digestOf(key)) : undefined;
    const seen = doubted ? undefined : seenOf(here, there);
    if (!doubted && (here ? there && looksSame(there, here) : source.deletions === "keep")) continue;
    const work = bringOne(key, seen, doubted)
      .catch((thrown: unknown) => {
        broken ??= thrown;
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
    if (underWay.size >= copiesAtOnce) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (broken) throw broken;
  log("swept", { source: source.name, point: request.point, ...counts, stopped });
  if (stopped) {
    await world.publish("Bucket Sweep Requested", {
      source: source.name,
      point: request.point,
      after: counts,
    });
    return;
  }
  if (counts.failed > maxFindings) await openOthers(world, source, counts.failed - maxFindings);
  if (counts.failed > 0) return;
  await record(request, world, counts);
  // What was open before the slot, this sweep has either looked at or not found in the source any more.
  for (const finding of await openFindings(world, source)) {
    if (Date.parse(finding.since) <= pointMs(request.point))
      await endFinding(world, finding, "A sweep found every object of the source in the replica.");
  }

  /** A key that fails is counted; what throws is that nothing can be recorded, which ends the sweep. */
  async function bringOne(key: string, seen?: Seen, doubted?: OpenFinding): Promise<void> {
    try {
      if (await bring(world, source, key, seen)) counts.copied += 1;
    } catch (thrown) {
      counts.failed += 1;
      const problem = asProblem(thrown);
      logProblem(problem, { source: source.name, key });
      const { name } = source;
      // A copy that timed out may still land: the key gets a message of its own, which the queue keeps until it is done.
      if (problem.retryable && counts.failed <= maxHandedOn)
        await world.publish("Bucket Sweep Requested", { source: name, point: request.point, key });
      if (!problem.retryable && counts.failed <= maxFindings) await openFinding(world, source, key, problem);
      return;
    }
    if (doubted) await endFinding(world, doubted, "A sweep looked at it closely: it is there.");
  }
}

/** What is to be done follows from the listings, unless the two objects look alike: then only a close look tells. */
function seenOf(here: Line | undefined, there: Line | undefined): Seen | undefined {
  if (!here) return undefined;
  if (!there) return { source: here };
  const alike = there.sizeBytes === here.sizeBytes && there.lastModified === here.lastModified;
  return alike ? undefined : { source: here, replica: there };
}

/**
 * Whether the listings already show the replica's object to be the source's. ETags differ under SSE-KMS, so it
 * goes by size and by S3's own clock: what was written to the replica in a later second than the source's version
 * is a copy of that version or of a newer one, because every writer looks at the source again after its write. A
 * writer that dies in between leaves its message in a queue, and a dead letter leaves a finding, whose key is
 * looked at closely. What a listing does not show are tags changed in place, and an upload in parts (dated by its
 * beginning) of the same size that was begun before the last copy and completed after it: of those, S3's events
 * tell, which are delivered at least once.
 */
function looksSame(there: Line, here: Line): boolean {
  return there.sizeBytes === here.sizeBytes && there.lastModified > here.lastModified;
}

async function record({ source, point }: Request, world: World, counts: Counts): Promise<void> {
  const { region, environment, catalog } = world;
  const sweep = { objects: counts.objects, bytes: counts.bytes, copied: counts.copied };
  const base = { schema: 1, at: world.now().toISOString(), source, point, sweep } as const;
  await catalog.recordPoint("available", { ...base, fact: "available", region });
  const { recoveryRegion } = environment;
  await catalog.recordPoint(`copied-${recoveryRegion}`, { ...base, fact: "copied", region: recoveryRegion });
}
