import { drillKey } from "../catalog/keys.ts";
import type { DrillFinishedFact } from "../core/drill.ts";
import type { DrillHistory, DrillState } from "../core/drill-history.ts";
import type { Slot } from "../core/slot.ts";
import { logProblem } from "../glue.ts";
import type { World } from "../world.ts";
import type { Listing } from "./observe.ts";

/** So far back a drill that passed is looked for behind some that did not. */
const readBack = 20;

/** The drills of the declared sources: from the listing, and from the facts of the newest ones that ended. */
export async function readDrills(world: World, listing: Listing): Promise<Map<string, DrillHistory>> {
  const histories = await Promise.all(
    world.environment.sources.flatMap(({ name }) => {
      const drills = listing.drills.get(name);
      return drills ? [historyOf(world, name, drills)] : [];
    }),
  );
  return new Map(histories);
}

async function historyOf(
  world: World,
  source: string,
  facts: NonNullable<ReturnType<Listing["drills"]["get"]>>,
): Promise<[string, DrillHistory]> {
  const drills = [...facts]
    .map(([drill, names]): DrillState => {
      const [startedAt, finishedAt] = [names.get("started"), names.get("finished")];
      return { drill, ...(startedAt ? { startedAt } : {}), ...(finishedAt ? { finishedAt } : {}) };
    })
    .sort((a, b) => (a.drill < b.drill ? -1 : 1));
  const history: DrillHistory = { drills };
  const ended = drills.filter(({ finishedAt }) => finishedAt).slice(-readBack);
  for (const { drill } of ended.toReversed()) {
    const fact = await read(world, source, drill);
    if (!fact) continue;
    history.newest ??= fact;
    if (fact.outcome !== "passed") continue;
    history.passed = fact;
    break;
  }
  return [source, history];
}

/** A fact that cannot be read proves nothing: the source then owes a drill, which is told. */
async function read({ catalog }: World, source: string, drill: Slot): Promise<DrillFinishedFact | undefined> {
  try {
    return await catalog.readDrillFinished(drillKey(source, drill, "finished"));
  } catch (thrown) {
    logProblem(thrown, { source, drill });
    return undefined;
  }
}
