import { type IndexName, indexKey } from "../catalog/keys.ts";
import { otherRegion } from "../core/environment.ts";
import type { Traces } from "../core/watching.ts";
import { logProblem } from "../glue.ts";
import type { WatchWorld } from "../watch-world.ts";
import { withPatience } from "./look.ts";

/** What a pass of each kind leaves behind. */
const traceOf = { reconcile: "reconcile", watch: "status" } as const satisfies Record<string, IndexName>;

/**
 * When the passes of the other region were last there, by its own vault. If that does not answer nothing is known of them,
 * and nothing is said. One look at the listing tells of all of them.
 */
export async function readTraces(world: WatchWorld): Promise<Traces> {
  const { otherCatalog, environment, region } = world;
  const other = otherRegion(environment, region);
  const traces = new Map<keyof typeof traceOf, string | undefined>();
  try {
    const stored = await withPatience(world, other, otherCatalog.indexes());
    for (const [task, name] of Object.entries(traceOf))
      traces.set(task as "watch", stored.get(indexKey(name)));
  } catch (thrown) {
    logProblem(thrown, { traces: other });
  }
  return traces;
}
