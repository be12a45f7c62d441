import { drillKey } from "../catalog/keys.ts";
import type { Listing } from "../catalog/whole.ts";
import {
  type DrillHistory,
  type DrillSummary,
  gatherDrills,
  newestFirst,
  summaryOf,
} from "../core/drill-history.ts";
import type { Slot } from "../core/slot.ts";
import { logProblem } from "../glue.ts";
import type { World } from "../world.ts";
import { inParallel } from "./parallel.ts";

/** So far back a drill that passed is looked for behind some that did not. */
const readBack = 20;

/** So many facts are read at one time. */
const readsAtOnce = 16;

/**
 * What warm invocations have read before: a fact never changes. Without it, each pass would read one of each source. What
 * a listing no longer shows as the newest is forgotten.
 */
const known = new WeakMap<World["catalog"], Map<string, DrillSummary>>();

/** The drills of the declared sources: from the listing, and from the facts of the newest ones that ended. */
export async function readDrills(world: World, listing: Listing): Promise<Map<string, DrillHistory>> {
  const before = known.get(world.catalog) ?? new Map<string, DrillSummary>();
  const now = new Map<string, DrillSummary>();
  const histories = new Map<string, DrillHistory>();
  const drilled = world.environment.sources.flatMap(({ name }) => {
    const drills = listing.drills.get(name);
    return drills ? [{ name, drills }] : [];
  });
  await inParallel(drilled, readsAtOnce, async ({ name, drills }) => {
    const summaryOfDrill = async (drill: Slot) => {
      const key = drillKey(name, drill, "finished");
      const summary = before.get(key) ?? (await read(world, key));
      if (summary) now.set(key, summary);
      return summary;
    };
    histories.set(name, await historyOf(drills, summaryOfDrill));
  });
  known.set(world.catalog, now);
  return histories;
}

async function historyOf(
  facts: NonNullable<ReturnType<Listing["drills"]["get"]>>,
  read: (drill: Slot) => Promise<DrillSummary | undefined>,
): Promise<DrillHistory> {
  const entries = [...facts].flatMap(([drill, names]) =>
    [...names].map(([name, storedAt]) => ({ drill, name, storedAt })),
  );
  const drills = gatherDrills(entries);
  const ended = drills.filter(({ finishedAt }) => finishedAt).slice(-readBack);
  const known: DrillSummary[] = [];
  for (const { drill } of ended.toReversed()) {
    const summary = await read(drill);
    if (summary) known.push(summary);
    if (summary?.outcome === "passed") break;
  }
  // Of mirrored facts the listing tells only when they came here, of several at once nothing: they say it themselves.
  const [newest] = newestFirst(known);
  const passed = known.find(({ outcome }) => outcome === "passed");
  return { drills, ...(newest ? { newest } : {}), ...(passed ? { passed } : {}) };
}

/** A fact that cannot be read proves nothing: the source then owes a drill, which is told. */
async function read({ catalog }: World, key: string): Promise<DrillSummary | undefined> {
  try {
    return summaryOf(await catalog.readDrillFinished(key));
  } catch (thrown) {
    logProblem(thrown, { key });
    return undefined;
  }
}
