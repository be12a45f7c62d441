import { gatherPoints, type PointFactEntry, type Points } from "../core/point.ts";
import type { Catalog } from "./catalog.ts";
import { parsePointKey, pointsPrefix } from "./keys.ts";

/** The points of every source, or of one prefix, as a vault lists them. */
export async function readPoints(catalog: Catalog, prefix = pointsPrefix): Promise<Points> {
  const entries: PointFactEntry[] = [];
  for await (const { key, storedAt } of catalog.list(prefix)) {
    const point = parsePointKey(key);
    if (point) entries.push({ ...point, storedAt });
  }
  return gatherPoints(entries);
}
