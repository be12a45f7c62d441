import type { Reading } from "../core/marks.ts";
import type { Catalog } from "./catalog.ts";
import { drillKey, drillsOf, parseDrillKey } from "./keys.ts";

/** The drills that listings of the vaults tell of. */
export class DrillsSeen {
  readonly #drills = new Map<string, { source: string; slot: string; ended: boolean; begun?: Catalog }>();

  /** Takes a key of a vault's listing in; `false` if it is no fact of a drill. */
  add(key: string, catalog: Catalog): boolean {
    const fact = parseDrillKey(key);
    if (!fact) return false;
    const { source, drill: slot, name } = fact;
    const known = this.#drills.get(`${source}/${slot}`) ?? { source, slot, ended: false };
    if (name === "started") known.begun ??= catalog;
    if (name !== "started") known.ended = true;
    this.#drills.set(`${source}/${slot}`, known);
    return true;
  }

  /** What those read that have begun and not ended. Throws the catalogs' `Problem`s. */
  async reading(): Promise<Reading[]> {
    const reading: Reading[] = [];
    for (const { source, slot, ended, begun } of this.#drills.values()) {
      if (ended || !begun) continue;
      const { point, at } = await begun.readDrillStarted(drillKey(source, slot, "started"));
      reading.push({ source, point, by: `drill ${slot}`, since: at });
    }
    return reading;
  }
}

/** What drills of one source read now, as both vaults say. Throws the catalogs' `Problem`s. */
export async function readingOf(catalogs: readonly Catalog[], source: string): Promise<Reading[]> {
  const drills = new DrillsSeen();
  for (const catalog of catalogs)
    for await (const { key } of catalog.list(drillsOf(source))) drills.add(key, catalog);
  return drills.reading();
}
