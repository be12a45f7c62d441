import { addEntry, isListed, type Listing } from "../catalog/whole.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import { inParallel } from "../passes/parallel.ts";
import type { World } from "../world.ts";

/**
 * Brings every fact that only the other vault has into this region's vault, and into `listing`. Facts are never
 * edited, so the union is the merge. Gives the problem if the other vault could not be read whole: then this
 * region goes on with what it has.
 */
export async function mirrorFacts(world: World, listing: Listing): Promise<Problem | undefined> {
  const missing: string[] = [];
  try {
    // Of their listing nothing is kept but what is missing here: it is as long as ours.
    for await (const page of world.otherCatalog.pages()) {
      for (const { key } of page) if (!isListed(listing, key)) missing.push(key);
    }
  } catch (thrown) {
    return asProblem(thrown);
  }
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
