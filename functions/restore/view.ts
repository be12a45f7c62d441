import {
  contextsOf,
  drillKey,
  drillsOf,
  parseContextKey,
  parseDrillKey,
  parsePointKey,
  parseRestoreKey,
  pointKey,
  pointsOf,
  restoresPrefix,
} from "../catalog/keys.ts";
import type { DatabaseContext } from "../core/context.ts";
import type { DrillFinishedFact } from "../core/drill.ts";
import { type DrillEntry, gatherDrills, newestFirst } from "../core/drill-history.ts";
import { partitionOf } from "../core/names.ts";
import {
  gatherPoints,
  type Place,
  type PointFactEntry,
  type PointState,
  presenceFact,
} from "../core/point.ts";
import { Problem } from "../core/problem.ts";
import { type PointId, pointMs } from "../core/slot.ts";
import type { RdsClusterSource, RdsInstanceSource, Source } from "../core/source.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { drillFailed } from "./origin.ts";

/** A source that is a database. */
export type DatabaseSource = RdsInstanceSource | RdsClusterSource;

/** What a context said, when it was read and where. */
export type KnownContext = { context: DatabaseContext; at: string; region: string };

/** How long steps of past restores and drills of a source took, newest first, by the name of the step. */
export type Past = ReadonlyMap<string, readonly number[]>;

/** How many past restores and drills an expectation is made from. */
const pastCounted = 5;

/** How many drills are looked through for points that they have passed on. */
const drillsCounted = 20;

/** The source of that name, as the environment declares it. Throws `Problem` not-found. */
export function sourceNamed(world: RestoreWorld, name: string): Source {
  const source = world.environment.sources.find((one) => one.name === name);
  if (source) return source;
  const fix = "Look for its name in: holdfast status.";
  throw new Problem("not-found", `there is no source "${name}" in this environment`, fix);
}

/** This region, as a place where points are. */
export function placeOf({ environment, region }: RestoreWorld): Place {
  return { region, role: region === environment.primaryRegion ? "primary" : "recovery" };
}

/**
 * The points of a source, oldest first, as this region's vault lists them. One that a drill has passed on counts as
 * verified: nothing says more of a point than that it was restored and checked.
 */
export async function pointsKnown(world: RestoreWorld, source: string): Promise<readonly PointState[]> {
  const entries: PointFactEntry[] = [];
  for await (const { key, storedAt } of world.catalog.list(pointsOf(source))) {
    const fact = parsePointKey(key);
    if (fact) entries.push({ ...fact, storedAt });
  }
  const points = gatherPoints(entries).get(source) ?? [];
  const newest = new Map((await drillsKnown(world, source)).toReversed().map((one) => [one.point, one]));
  return points.map((state) => afterDrill(state, newest.get(state.point)));
}

/** A point with what its newest drill came to: one that failed takes back whatever spoke for the point before. */
function afterDrill(state: PointState, drill: DrillFinishedFact | undefined): PointState {
  if (drill?.outcome === "passed")
    return { ...state, facts: new Map(state.facts).set(`verified-${drill.region}`, drill.at) };
  if (drill?.outcome !== "failed") return state;
  const facts = [...state.facts].filter(([name]) => !name.startsWith("verified-"));
  return { ...state, facts: new Map(facts).set(drillFailed, drill.at) };
}

/**
 * The artefact of a point in this region, as it was recorded, and when the point itself was taken (ISO-8601 UTC), which
 * a copy does not say. Throws `Problem` not-found.
 */
export async function artefactOf(world: RestoreWorld, source: string, point: PointId) {
  const { artefact } = await world.catalog.readPoint(pointKey(source, point, presenceFact(placeOf(world))));
  const origin = await world.catalog.readPoint(pointKey(source, point, "available")).catch(() => undefined);
  const takenAt = origin?.artefact?.createdAt ?? new Date(pointMs(point)).toISOString();
  if (artefact) return { id: artefact.id, takenAt };
  const fix = "Look at the fact in the vault; it should have one.";
  throw new Problem("invalid", `the fact of ${point} in ${world.region} names no artefact`, fix);
}

/**
 * What a source was besides its data at an instant: the newest context that was kept not after it, else the oldest. A
 * vault that has none is asked for nothing else: in the recovery region there is nothing else to ask.
 */
export async function contextAt(
  { catalog }: RestoreWorld,
  source: string,
  at: string,
): Promise<KnownContext | undefined> {
  let best: string | undefined;
  let bestAt = "";
  for await (const { key } of catalog.list(contextsOf(source))) {
    const parsed = parseContextKey(key);
    // They come in order of time; the first one serves what is older than all of them.
    if (!parsed || (best && Date.parse(parsed.at) > Date.parse(at))) continue;
    [best, bestAt] = [key, parsed.at];
  }
  if (!best) return undefined;
  const { context, region } = await catalog.readContext(best);
  return { context, at: bestAt, region };
}

/** How long the steps of past restores of a source took, and drills' restores of it. */
export async function pastOf(world: RestoreWorld, source: string): Promise<Past> {
  const { catalog } = world;
  const past = new Map<string, number[]>();
  const add = (step: string, seconds: number) => past.set(step, [...(past.get(step) ?? []), seconds]);
  for (const id of (await restoresOf(catalog, source)).slice(0, pastCounted)) {
    const fact = await catalog.readRestore(id, "finished");
    if (fact?.source !== source) continue;
    for (const { step, seconds } of fact.took ?? []) add(step, seconds);
  }
  for (const { secondsToAvailable } of (await drillsKnown(world, source)).slice(0, pastCounted))
    if (secondsToAvailable !== undefined) add("restore", secondsToAvailable);
  return past;
}

/** The newest finished drills of a source, those that began last first. */
async function drillsKnown({ catalog }: RestoreWorld, source: string): Promise<DrillFinishedFact[]> {
  const entries: DrillEntry[] = [];
  for await (const { key, storedAt } of catalog.list(drillsOf(source))) {
    const fact = parseDrillKey(key);
    if (fact) entries.push({ ...fact, storedAt });
  }
  const ended = gatherDrills(entries).filter(({ finishedAt }) => finishedAt);
  const facts = ended
    .slice(-drillsCounted)
    .map(({ drill }) => catalog.readDrillFinished(drillKey(source, drill, "finished")));
  return newestFirst(await Promise.all(facts));
}

/** The finished restores of a source, newest first. */
async function restoresOf(catalog: RestoreWorld["catalog"], source: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { key } of catalog.list(`${restoresPrefix}${source.slice(0, 40)}`)) {
    const fact = parseRestoreKey(key);
    if (fact?.name === "finished") ids.push(fact.id);
  }
  return ids.sort((a, b) => (a.slice(-16) < b.slice(-16) ? 1 : -1));
}

/** The ARN under which a source's database is, or was, in the primary region. */
export function arnOf({ environment }: RestoreWorld, source: DatabaseSource): string {
  const { primaryRegion, account } = environment;
  const what = source.kind === "rds-instance" ? `db:${source.instance}` : `cluster:${source.cluster}`;
  return `arn:${partitionOf(primaryRegion)}:rds:${primaryRegion}:${account}:${what}`;
}
