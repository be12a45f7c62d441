import type { ApiWorld } from "../api-world.ts";
import { pointPrefix } from "../catalog/keys.ts";
import { readPoints } from "../catalog/read-points.ts";
import type { Environment } from "../core/environment.ts";
import type { Place, PointState } from "../core/point.ts";
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

/** A point of a source as this region's vault knows it. Throws `Problem` not-found. */
export async function pointOf({ catalog }: ApiWorld, source: string, point: string): Promise<PointState> {
  const points = pointIdPattern.test(point)
    ? (await readPoints(catalog, pointPrefix(source, point))).get(source)
    : undefined;
  const state = points?.[0];
  if (state) return state;
  throw new Problem(
    "not-found",
    `There is no point "${point}" of "${source}"`,
    `Choose one of: holdfast points ${source}.`,
  );
}
