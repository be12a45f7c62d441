import { createHash } from "node:crypto";
import type { Listing } from "../catalog/whole.ts";
import { DatabaseContext } from "../core/context.ts";
import type { Source } from "../core/source.ts";
import { logProblem } from "../glue.ts";
import type { World } from "../world.ts";

/**
 * Keeps what a snapshot does not carry, just before one is taken, unless it is what was kept last. One look at the
 * region serves a whole pass. A point is better taken without its context than not at all: that it could not be read is
 * logged here, and found when a source has points and no context.
 */
export function contextKeeper(world: World, listing: Pick<Listing, "contexts">) {
  const read = world.databases.contexts();
  return async (source: Source): Promise<void> => {
    if (source.kind !== "rds-instance" && source.kind !== "rds-cluster") return;
    try {
      const context = DatabaseContext.parse(await read(source));
      const digest = createHash("sha256").update(JSON.stringify(context)).digest("hex").slice(0, 12);
      if (listing.contexts.get(source.name)?.digest === digest) return;
      const at = world.now().toISOString();
      const about = { source: source.name, region: world.region };
      await world.catalog.recordContext(digest, { schema: 1, at, fact: "context", ...about, context });
      listing.contexts.set(source.name, { newestAt: at, digest });
    } catch (thrown) {
      logProblem(thrown, { context: source.name });
    }
  };
}
