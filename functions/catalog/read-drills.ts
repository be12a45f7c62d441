import { type DrillEntry, type DrillState, gatherDrills } from "../core/drill-history.ts";
import type { Catalog } from "./catalog.ts";
import { drillsOf, parseDrillKey } from "./keys.ts";

/** A source's drills as a vault lists them, in the order in which they began. */
export async function readDrillStates(catalog: Catalog, source: string): Promise<DrillState[]> {
  const entries: DrillEntry[] = [];
  for await (const { key, storedAt } of catalog.list(drillsOf(source))) {
    const fact = parseDrillKey(key);
    if (fact) entries.push({ ...fact, storedAt });
  }
  return gatherDrills(entries);
}
