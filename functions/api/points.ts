import type { ApiWorld } from "../api-world.ts";
import { pointsOf } from "../catalog/keys.ts";
import { readPoints } from "../catalog/read-points.ts";
import type { PointView } from "../core/api/sources.ts";
import type { Environment } from "../core/environment.ts";
import { holders, isReading, marksOf } from "../core/marks.ts";
import { snapshotId } from "../core/names.ts";
import { isPresent, lastFailure, type Place, type PointState, presenceFact } from "../core/point.ts";
import { pointMs } from "../core/slot.ts";
import type { Source } from "../core/source.ts";
import { drillsOfPoint } from "./drills.ts";
import { placesOf, pointOf, sourceOf } from "./find.ts";
import type { Look } from "./operation.ts";
import { byNameDown, pageFrom } from "./paging.ts";

/** The points of a source, newest first. */
export const listPoints: Look<"listPoints"> = async ({ params, query }, { world }) => {
  const source = sourceOf(world, params.source);
  const { name } = source;
  const points = (await readPoints(world.catalog, pointsOf(name))).get(name) ?? [];
  const { items, ...more } = pageFrom(
    points.toReversed(),
    query,
    byNameDown(({ point }) => point),
  );
  return { items: items.map((state) => viewOf(source, state, world.environment, world.now())), ...more };
};

/** One point, with its facts and the drills that rehearsed it. */
export const getPoint: Look<"getPoint"> = async ({ params }, { world }) => {
  const source = sourceOf(world, params.source);
  const state = await pointOf(world, source.name, params.point);
  return {
    ...viewOf(source, state, world.environment, world.now()),
    facts: [...state.facts]
      .map(([fact, at]) => ({ name: fact, at }))
      .sort((a, b) => (a.at === b.at ? (a.name < b.name ? -1 : 1) : a.at < b.at ? -1 : 1)),
    drills: await drillsOfPoint(world, source.name, state.point),
    holds: holdsOfPeople(state),
    ...(await progressOf(world, source, state)),
  };
};

/** The holds that people put on a point. Those of restores and drills end with them. */
export function holdsOfPeople(state: PointState): string[] {
  return marksOf(state, "").holds.flatMap(({ id }) => (isReading(id) ? [] : [id]));
}

/** What RDS says of the snapshot under way; nothing where it says nothing, or not now. */
async function progressOf(world: ApiWorld, source: Source, state: PointState) {
  if (source.kind === "bucket" || source.kind === "archives") return {};
  const under = placesOf(world.environment).find((place) => standing(state, place).state !== "present");
  const wanted = under?.role === "primary" || source.plan.copies.length > 0;
  if (!under || !wanted || standing(state, under).state === "expired") return {};
  const id = snapshotId(world.environment, source.name, state.point);
  const { region } = under;
  const artefact = await world
    .at(region)
    .providers[source.kind].inspect(id)
    .catch(() => undefined);
  const percent = artefact?.percentProgress;
  if (!artefact || artefact.status === "available" || percent === undefined) return {};
  return { progress: { region, percent } };
}

/** A point as lists show it. */
export function viewOf(source: Source, state: PointState, environment: Environment, now: Date): PointView {
  const places = placesOf(environment);
  const { point, facts } = state;
  // Of a database a drill alone is evidence, and it restores; of the others what is there was read and compared.
  const verified = places.map(({ region }) => region).filter((region) => facts.has(`verified-${region}`));
  return {
    source: source.name,
    point,
    at: new Date(pointMs(point)).toISOString(),
    places: places.map((place) => ({ region: place.region, role: place.role, ...standing(state, place) })),
    intactIn: verified,
    restorableIn: source.kind.startsWith("rds-") ? verified : [],
    held: holders(marksOf(state, ""), now.getTime()).length > 0,
  };
}

function standing(
  state: PointState,
  place: Place,
): { state: PointView["places"][0]["state"]; since?: string } {
  const { facts } = state;
  const { region } = place;
  const since = facts.get(presenceFact(place));
  if (isPresent(state, place)) return { state: "present", ...(since ? { since } : {}) };
  for (const what of ["expired", "lost"] as const) {
    const at = facts.get(`${what}-${region}`);
    if (at) return { state: what, since: at };
  }
  const failure = lastFailure(state, region);
  if (failure.attempt > 0) return { state: "failed", since: failure.storedAt };
  const begun =
    facts.get(`requested-${region}`) ?? (place.role === "primary" ? facts.get("requested") : undefined);
  return begun ? { state: "in progress", since: begun } : { state: "absent" };
}
