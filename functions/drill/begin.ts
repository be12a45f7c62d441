import { drillKey, drillsOf, parseDrillKey, parsePointKey, pointKey, pointsOf } from "../catalog/keys.ts";
import type { DrillRequest, DrillStartedFact } from "../core/drill.ts";
import {
  type DrillEntry,
  type DrillState,
  drillLapsesSeconds,
  gatherDrills,
  underWay,
} from "../core/drill-history.ts";
import { drillCloneId } from "../core/names.ts";
import {
  gatherPoints,
  isPresent,
  newestPresent,
  type Place,
  type PointFactEntry,
  presenceFact,
} from "../core/point.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { type PointId, pointMs, type Slot } from "../core/slot.ts";
import type { Source } from "../core/source.ts";
import type { DrillWorld } from "../drill-world.ts";

/** A drill that has begun: what all its steps need to know, and may not look up anew. */
export type Begun = {
  /** As it was declared when the drill began. */
  source: Source;
  drill: Slot;
  point: PointId;
  /** The instant that the point's data is of, ISO-8601 UTC. */
  pointAt: string;
  region: string;
  startedAt: string;
  /** ISO-8601 UTC, to the second: then the reaper takes away whatever is left. */
  until: string;
  /** Of a database: what it is restored into, and the snapshot that it is restored from. */
  clone?: string;
  snapshot?: string;
  /** Of a bucket: what the sweep counted that made the point, and since when what has changed is read besides. */
  sweep?: { objects: number; bytes: number };
  since?: string;
};

/**
 * Chooses the point and records that the drill has begun, so that nothing expires under it and that it can be told when
 * it is cut off. Repeatable: what was recorded stands. Throws `Problem` not-found if there is nothing to rehearse,
 * invalid if another drill of the source is under way or this one is over.
 */
export async function begin(
  { source: name, drill, by, point: wanted }: DrillRequest,
  execution: string,
  world: DrillWorld,
): Promise<Begun> {
  const { catalog, environment, region, now } = world;
  const source = environment.sources.find((one) => one.name === name);
  if (!source) throw new Problem("not-found", `there is no source "${name}"`, "See: holdfast status.");
  if (source.kind === "archives")
    throw new Problem("unsupported", `"${name}" is archives`, "They are scrubbed instead.");
  const drills = await refuseOthers(world, name, drill);
  const known = await started(world, name, drill);
  const point = known?.point ?? (await choose(world, source, wanted));
  const at = now().toISOString();
  const isDatabase = source.kind === "rds-instance" || source.kind === "rds-cluster";
  const fact: DrillStartedFact = known ?? {
    ...{ schema: 1, at, fact: "started", source: name, drill, point, region, by },
    ...(isDatabase ? { clone: drillCloneId(environment, name, drill) } : {}),
    until: `${new Date(now().getTime() + drillLapsesSeconds * 1_000).toISOString().slice(0, 19)}Z`,
    execution,
  };
  if (!known) await catalog.recordDrillStarted(fact);
  const { snapshot, sweep, pointAt } = await artefactOf(world, name, point);
  const since = source.kind === "bucket" ? await lastPassed(world, name, drills) : undefined;
  return {
    ...{ source, drill, point, pointAt, region, startedAt: fact.at, until: fact.until },
    ...(fact.clone ? { clone: fact.clone } : {}),
    ...(snapshot ? { snapshot } : {}),
    ...(sweep ? { sweep } : {}),
    ...(since ? { since } : {}),
  };
}

/** The place whose artefacts a region restores from. */
export function placeOf({ environment, region }: Pick<DrillWorld, "environment" | "region">): Place {
  return { region, role: region === environment.primaryRegion ? "primary" : "recovery" };
}

/** Gives the other drills of the source, in the order in which they began. */
async function refuseOthers(
  { catalog, now }: DrillWorld,
  source: string,
  drill: Slot,
): Promise<DrillState[]> {
  const entries: DrillEntry[] = [];
  for await (const { key, storedAt } of catalog.list(drillsOf(source))) {
    const fact = parseDrillKey(key);
    if (fact) entries.push({ ...fact, storedAt });
  }
  const drills = gatherDrills(entries);
  const own = drills.find((one) => one.drill === drill);
  if (own?.finishedAt || own?.cutOffAt)
    throw new Problem("invalid", `the drill ${drill} of "${source}" is over`, "Start another.");
  const others = drills.filter((one) => one !== own);
  const other = underWay({ drills: others }, now());
  if (!other) return others;
  const what = `the drill ${other.drill} of "${source}" is under way since ${other.startedAt}`;
  throw new Problem("invalid", what, "Wait until it has ended.");
}

/** When the last drill began that passed. */
async function lastPassed(
  { catalog }: DrillWorld,
  source: string,
  drills: DrillState[],
): Promise<string | undefined> {
  for (const { drill, finishedAt } of drills.toReversed()) {
    if (!finishedAt) continue;
    const fact = await catalog.readDrillFinished(drillKey(source, drill, "finished"));
    if (fact.outcome === "passed") return fact.startedAt;
  }
  return undefined;
}

async function started(
  { catalog }: DrillWorld,
  source: string,
  drill: Slot,
): Promise<DrillStartedFact | undefined> {
  try {
    return await catalog.readDrillStarted(drillKey(source, drill, "started"));
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return undefined;
    throw thrown;
  }
}

async function choose(world: DrillWorld, source: Source, wanted: PointId | undefined): Promise<PointId> {
  const entries: PointFactEntry[] = [];
  for await (const { key, storedAt } of world.catalog.list(pointsOf(source.name))) {
    const fact = parsePointKey(key);
    if (fact) entries.push({ ...fact, storedAt });
  }
  const points = gatherPoints(entries).get(source.name) ?? [];
  const place = placeOf(world);
  const state = wanted
    ? points.find((one) => one.point === wanted && isPresent(one, place))
    : newestPresent(points, place);
  if (state) return state.point;
  throw new Problem(
    "not-found",
    wanted
      ? `the point ${wanted} of "${source.name}" is not in ${place.region}`
      : `no point of "${source.name}" is in ${place.region} yet`,
    `See: holdfast points ${source.name}.`,
  );
}

/** The snapshot here, and when its data is of: of a copy that is told by the point in the other region, if at all. */
async function artefactOf(world: DrillWorld, source: string, point: PointId) {
  const key = pointKey(source, point, presenceFact(placeOf(world)));
  const { artefact, sweep } = await world.catalog.readPoint(key);
  const taken = await world.catalog.readPoint(pointKey(source, point, "available")).catch(() => undefined);
  return {
    snapshot: artefact?.id,
    sweep: sweep && { objects: sweep.objects, bytes: sweep.bytes },
    pointAt: taken?.artefact?.createdAt ?? new Date(pointMs(point)).toISOString(),
  };
}
