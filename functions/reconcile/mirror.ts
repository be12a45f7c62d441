import { findingKey, type PointFactName, pointKey } from "../catalog/keys.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import type { World } from "../world.ts";
import { addEntry, type Listing, readCatalog } from "./observe.ts";
import { inParallel } from "./parallel.ts";

/**
 * Brings every fact that only the other vault has into this region's vault, and into `listing`. Facts are never
 * edited, so the union is the merge. Gives the problem if the other vault could not be read whole: then this
 * region goes on with what it has.
 */
export async function mirrorFacts(world: World, listing: Listing): Promise<Problem | undefined> {
  let theirs: Listing;
  try {
    theirs = await readCatalog(world.otherCatalog);
  } catch (thrown) {
    return asProblem(thrown);
  }
  const missing = missingKeys(listing, theirs);
  let failed: Problem | undefined;
  await inParallel(missing, 16, async (key) => {
    try {
      await world.catalog.mirror(world.otherCatalog, key);
      addEntry(listing, key, world.now().toISOString());
    } catch (thrown) {
      failed = asProblem(thrown);
    }
  });
  return failed;
}

function missingKeys(ours: Listing, theirs: Listing): string[] {
  const points = new Set(ours.points.map(({ source, point, name }) => `${source}/${point}/${name}`));
  const keys = theirs.points
    .filter(({ source, point, name }) => !points.has(`${source}/${point}/${name}`))
    .map(({ source, point, name }) => pointKey(source, point, name as PointFactName));
  for (const [key, { id, since, facts }] of theirs.episodes) {
    for (const name of facts.keys()) {
      if (!ours.episodes.get(key)?.facts.has(name)) keys.push(findingKey(id, since, name));
    }
  }
  for (const key of theirs.sourceKeys) if (!ours.sourceKeys.has(key)) keys.push(key);
  return keys;
}
