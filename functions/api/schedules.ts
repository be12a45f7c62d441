import { parsePauseKey, pauseKey, pausesPrefix } from "../catalog/action-keys.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { readDrillStates } from "../catalog/read-drills.ts";
import { PauseFact } from "../core/action.ts";
import { nextDueMs } from "../core/drill-history.ts";
import { addPause, type PauseChange, type Pauses, pauseNow } from "../core/pause.ts";
import { slotAt, slotMs } from "../core/slot.ts";
import { ifThere } from "./drills.ts";
import type { Look } from "./operation.ts";
import { byNameUp, pageFrom } from "./paging.ts";

/** When each source owes its next point and drill, and what is paused. */
export const listSchedules: Look<"listSchedules"> = async ({ query }, { world }) => {
  const { catalog, environment } = world;
  const now = world.now();
  const sources = environment.sources.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { items, ...more } = pageFrom(
    sources,
    query,
    byNameUp(({ name }) => name),
  );
  const pauses = await readPauses(catalog);
  const schedules = await Promise.all(
    items.map(async ({ name, plan, kind }) => {
      const { everySeconds, drill } = plan;
      const nextPointAt = new Date(slotMs(slotAt(now, everySeconds)) + everySeconds * 1_000).toISOString();
      const pause = pauseNow(pauses.get(name), now);
      const by = pause
        ? (await ifThere(catalog.read(pauseKey({ source: name, ...pause }), PauseFact)))?.by
        : undefined;
      const dueMs =
        drill && kind !== "archives"
          ? nextDueMs({ drills: await readDrillStates(catalog, name) }, drill, now)
          : undefined;
      return {
        source: name,
        everySeconds,
        nextPointAt,
        ...(dueMs === undefined
          ? {}
          : { nextDrillAt: new Date(Math.max(dueMs, now.getTime())).toISOString() }),
        ...(pause ? { pausedUntil: pause.until } : {}),
        ...(by ? { pausedBy: by } : {}),
      };
    }),
  );
  return { items: schedules, ...more };
};

/** All pauses that a vault knows. */
export async function readPauses(catalog: Catalog, prefix = pausesPrefix): Promise<Pauses> {
  const pauses = new Map<string, PauseChange[]>();
  for await (const { key } of catalog.list(prefix)) {
    const pause = parsePauseKey(key);
    if (!pause) continue;
    const { source, ...change } = pause;
    addPause(pauses, source, change);
  }
  return pauses;
}
