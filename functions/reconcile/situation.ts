import type { Listing } from "../catalog/whole.ts";
import type { Situation } from "../core/decision.ts";
import type { Finding } from "../core/finding.ts";
import type { Problem } from "../core/problem.ts";
import type { World } from "../world.ts";

/** Everything that `decide` looks at, put together. */
export function situationOf(
  world: World,
  seen: {
    listing: Listing;
    observed: Situation["observed"];
    drills: Situation["drills"];
    open: readonly Finding[];
    otherVault: Problem | undefined;
  },
): Situation {
  const { environment, region, vaultKeyArn } = world;
  return {
    environment,
    region,
    vaultKeyArn,
    now: world.now(),
    points: seen.listing.points.sorted(),
    drills: seen.drills,
    declaredAt: new Map([...seen.listing.declared].map(([source, { firstAt }]) => [source, firstAt])),
    redeclaredAt: new Map([...seen.listing.declared].map(([source, { newestAt }]) => [source, newestAt])),
    contexts: new Set(seen.listing.contexts.keys()),
    continuity: seen.listing.continuity.sorted,
    pauses: seen.listing.pauses,
    observed: seen.observed,
    open: seen.open,
    ...(seen.otherVault ? { otherVault: seen.otherVault } : {}),
  };
}
