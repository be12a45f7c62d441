import type { DomainEvent } from "../core/event.ts";
import { replicaName } from "../core/names.ts";
import { asProblem } from "../core/problem.ts";
import type { BucketSource } from "../core/source.ts";
import { type Call, log, logProblem } from "../glue.ts";
import type { Listed as Line } from "../objects/objects.ts";
import type { World } from "../world.ts";
import { bring } from "./bring.ts";
import { endFindings, openFinding } from "./findings.ts";

const copiesAtOnce = 64;

/** So much time is left for the copies under way and the facts, when a sweep stops to go on in another invocation. */
const marginMs = 60_000;

/** Findings of single keys per sweep; what fails beyond is counted in the log, and the point stays owed. */
const maxFindings = 20;

/**
 * Compares a bucket with its replica key by key, copies what differs, and records the slot's point once the
 * replica has everything. Both listings come in the order of their keys' UTF-8 bytes, so one walk over both at
 * once needs memory for one page of each. Goes on in another invocation when the time runs out.
 */
export async function sweep(
  request: DomainEvent<"Bucket Sweep Requested">,
  source: BucketSource,
  world: World,
  call: Call,
): Promise<void> {
  const { environment, region, catalog } = world;
  const replica = replicaName(environment, source.name, environment.recoveryRegion);
  const counts = request.after ?? { key: "", objects: 0, bytes: 0, copied: 0, failed: 0 };
  const after = counts.key ? { after: counts.key } : {};
  const theirs = world.otherObjects.list({ bucket: replica, ...after });
  const underWay = new Set<Promise<void>>();
  let there = await theirs.next();
  let stopped = false;
  for await (const line of world.objects.list({ bucket: source.bucket, ...after })) {
    if (call.remainingMs() < marginMs) {
      stopped = true;
      break;
    }
    while (!there.done && compareKeys(there.value.key, line.key) < 0) there = await theirs.next();
    const twin = !there.done && there.value.key === line.key ? there.value : undefined;
    counts.objects += 1;
    counts.bytes += line.sizeBytes;
    counts.key = line.key;
    if (twin && looksSame(twin, line)) continue;
    const copy = bringOne(line, twin).finally(() => underWay.delete(copy));
    underWay.add(copy);
    if (underWay.size >= copiesAtOnce) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  log("swept", { source: source.name, point: request.point, ...counts, stopped });
  if (stopped) {
    await world.publish("Bucket Sweep Requested", {
      source: source.name,
      point: request.point,
      after: counts,
    });
    return;
  }
  if (counts.failed > 0) return;
  const at = world.now().toISOString();
  const base = { schema: 1, at, source: source.name, point: request.point } as const;
  const proved = { objects: counts.objects, bytes: counts.bytes, copied: counts.copied };
  await catalog.recordPoint("available", { ...base, fact: "available", region, sweep: proved });
  const { recoveryRegion } = environment;
  await catalog.recordPoint(`copied-${recoveryRegion}`, {
    ...base,
    fact: "copied",
    region: recoveryRegion,
    sweep: proved,
  });
  await endFindings(world, source, "A sweep found every object in the replica.");

  async function bringOne(line: Line, twin: Line | undefined): Promise<void> {
    try {
      // Equal in size and second: only what S3 says of both tells whether they are the same.
      const unsure = twin?.sizeBytes === line.sizeBytes && twin.lastModified === line.lastModified;
      const listed = {
        sizeBytes: line.sizeBytes,
        storageClass: line.storageClass,
        absent: twin === undefined,
      };
      if (await bring(world, source, line.key, unsure ? undefined : listed)) counts.copied += 1;
    } catch (thrown) {
      logProblem(thrown, { source: source.name, key: line.key });
      counts.failed += 1;
      const problem = asProblem(thrown);
      if (!problem.retryable && counts.failed <= maxFindings)
        await openFinding(world, source, line.key, problem);
    }
  }
}

/**
 * Whether a listing already shows the replica's object to be the source's. ETags differ under SSE-KMS, so it goes
 * by size and by S3's own clock, which a listing gives to the second: what was written to the replica in a later second than the
 * source's version is a copy of that version or of a newer one, because every writer looks again after its write.
 */
function looksSame(replica: Line, source: Line): boolean {
  return replica.sizeBytes === source.sizeBytes && replica.lastModified > source.lastModified;
}

/** Orders keys as S3 lists them, by UTF-8 bytes; JavaScript's own order differs above U+FFFF. */
function compareKeys(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
