import type { ApiWorld } from "../api-world.ts";
import { pointPrefix } from "../catalog/keys.ts";
import { readPoints } from "../catalog/read-points.ts";
import type { Environment } from "../core/environment.ts";
import { type Place, type PointState, presenceFact } from "../core/point.ts";
import { Problem } from "../core/problem.ts";
import { pointIdPattern } from "../core/slot.ts";
import type { Source } from "../core/source.ts";

/** The source of that name. Throws `Problem` not-found with the names that exist. */
export function sourceOf({ environment }: { environment: Environment }, name: string): Source {
  const source = environment.sources.find((one) => one.name === name);
  if (source) return source;
  const names = environment.sources
    .map((one) => one.name)
    .sort()
    .join(", ");
  throw new Problem(
    "not-found",
    `There is no source "${name}" in "${environment.name}"`,
    `There are: ${names}.`,
  );
}

/** The two places where a point can be. */
export function placesOf({ primaryRegion, recoveryRegion }: Environment): Place[] {
  return [
    { region: primaryRegion, role: "primary" },
    { region: recoveryRegion, role: "recovery" },
  ];
}

/** The place of a region, or both without one. Throws `Problem` invalid for a region that the environment has not. */
export function placesAsked({ environment }: Pick<ApiWorld, "environment">, region?: string): Place[] {
  const all = placesOf(environment);
  const asked = region === undefined ? all : all.filter((place) => place.region === region);
  if (asked.length > 0) return asked;
  const fix = `Write ${all.map((place) => place.region).join(" or ")}.`;
  throw new Problem("invalid", `"${region}" is no region of the environment`, fix);
}

/**
 * A point of a source as both vaults know it: what has just happened in the other region is in that one's first. Throws
 * `Problem` not-found.
 */
export async function pointOf(world: ApiWorld, source: string, point: string): Promise<PointState> {
  if (pointIdPattern.test(point)) {
    const prefix = pointPrefix(source, point);
    const read = async ({ catalog }: Pick<ApiWorld, "catalog">) =>
      (await readPoints(catalog, prefix)).get(source)?.[0]?.facts;
    const here = await read(world);
    const complete = here && placesOf(world.environment).every((place) => here.has(presenceFact(place)));
    // The other vault only tells it sooner: facts are mirrored into this one.
    const there = complete ? undefined : await read({ catalog: world.otherCatalog }).catch(() => undefined);
    if (here || there) return { point, facts: new Map([...(there ?? []), ...(here ?? [])]) };
  }
  throw new Problem(
    "not-found",
    `There is no point "${point}" of "${source}"`,
    `Choose one of: holdfast points ${source}.`,
  );
}
