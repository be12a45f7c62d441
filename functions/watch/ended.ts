import type { Catalog } from "../catalog/catalog.ts";
import { drillKey } from "../catalog/keys.ts";
import type { Listing } from "../catalog/whole.ts";
import { type DrillSummary, summaryOf } from "../core/drill-history.ts";
import { lookBackSeconds } from "../core/objectives.ts";
import { logProblem } from "../glue.ts";
import { inParallel } from "../passes/parallel.ts";
import type { WatchWorld } from "../watch-world.ts";

/** So many facts are read at one time. */
const readsAtOnce = 32;

/** What warm invocations have read before: a fact never changes. */
const known = new WeakMap<Catalog, Map<string, DrillSummary>>();

/** What the drills of the last 30 days came to, and the one before them, where an RTO is measured by them; oldest first. */
export async function readEnded(world: WatchWorld, listing: Listing): Promise<Map<string, DrillSummary[]>> {
  const { catalog, environment } = world;
  const before = known.get(catalog) ?? new Map<string, DrillSummary>();
  const now = new Map<string, DrillSummary>();
  const sinceIso = new Date(world.now().getTime() - lookBackSeconds * 1_000).toISOString();
  const wanted = environment.sources
    .filter(({ plan, kind }) => plan.rtoSeconds !== undefined && plan.drill && kind !== "archives")
    .flatMap(({ name }) => endedSince(listing, name, sinceIso));
  await inParallel(wanted, readsAtOnce, async (key) => {
    const summary = before.get(key) ?? (await read(catalog, key));
    if (summary) now.set(key, summary);
  });
  known.set(catalog, now);
  const ended = new Map<string, DrillSummary[]>();
  for (const [key, summary] of now) {
    const source = key.split("/")[2] as string;
    ended.set(source, [...(ended.get(source) ?? []), summary]);
  }
  for (const summaries of ended.values()) summaries.sort((a, b) => (a.at < b.at ? -1 : 1));
  return ended;
}

function endedSince(listing: Listing, source: string, sinceIso: string): string[] {
  const finished = [...(listing.drills.get(source) ?? [])]
    .flatMap(([drill, facts]) => {
      const at = facts.get("finished");
      return at ? [{ drill, at }] : [];
    })
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const first = finished.findIndex(({ at }) => at >= sinceIso);
  const from = first < 0 ? finished.length - 1 : first - 1;
  return finished.slice(Math.max(0, from)).map(({ drill }) => drillKey(source, drill, "finished"));
}

/** One that cannot be read says nothing. */
async function read(catalog: Catalog, key: string): Promise<DrillSummary | undefined> {
  try {
    return summaryOf(await catalog.readDrillFinished(key));
  } catch (thrown) {
    logProblem(thrown, { key });
    return undefined;
  }
}
