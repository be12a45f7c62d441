import { parsePointKey, pointsOf } from "../catalog/keys.ts";
import type { PointId } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import type { Call } from "../glue.ts";
import { detailsOf } from "../passes/findings.ts";
import type { World } from "../world.ts";
import { verifyArrival } from "./arrival.ts";
import { isSidecar, pointOf } from "./point.ts";

/** With less time than this left, a sweep leaves the rest of the drop to another invocation. */
const marginMs = 300_000;

/**
 * Lists a drop and verifies what has no outcome yet: what arrived before Holdfast, whose event was lost, or what could
 * not be read. One archive that fails does not keep the others waiting. Throws `Problem` of the first that failed.
 */
export async function sweepDrop(
  world: World,
  source: ArchivesSource,
  slot: PointId,
  call: Call,
): Promise<void> {
  const judged = await judgedOf(world, source);
  const failures: unknown[] = [];
  let read = 0;
  for await (const object of world.objects.list({ bucket: source.bucket, prefix: source.prefix })) {
    if (isSidecar(object.key) || judged.has(pointOf(object.key, object).slice(-8))) continue;
    if (read > 0 && call.remainingMs() < marginMs) {
      return world.publish("Archives Sweep Requested", { source: source.name, point: slot });
    }
    read++;
    await verifyArrival(world, source, object.key, call).catch((thrown: unknown) => failures.push(thrown));
  }
  if (failures.length > 0) throw failures[0];
}

/** The digests of the points that were verified here, or found damaged or in doubt. */
async function judgedOf(world: World, source: ArchivesSource): Promise<Set<string>> {
  const judged = new Set<string>();
  for await (const { key } of world.catalog.list(pointsOf(source.name))) {
    const fact = parsePointKey(key);
    if (fact?.name === `verified-${world.region}`) judged.add(fact.point.slice(-8));
  }
  for (const kind of ["archive-damaged", "archive-suspect"] as const) {
    for (const detail of await detailsOf(world, kind, source.name)) judged.add(detail.slice(0, 8));
  }
  return judged;
}
