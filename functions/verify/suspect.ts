import { parsePointKey, pointKey, pointsOf } from "../catalog/keys.ts";
import type { PointFact } from "../core/fact.ts";
import { type PointId, pointMs, slotOf } from "../core/slot.ts";
import type { World } from "../world.ts";
import { familyOf } from "./point.ts";

type Archive = NonNullable<PointFact["archive"]>;

/** An archive under half the median of its predecessors is suspect: data rarely halves from one day to the next. */
const suspectRatio = 0.5;

/** So many intact predecessors of its family are compared with; fewer than three are no pattern. */
const predecessors = { most: 7, least: 3 };

/** So many facts are read at most to find them, where several jobs share a drop. */
const maxReads = 50;

/**
 * Why an intact archive is still suspect beside its predecessors: far smaller, or of no known format while they had
 * one. `undefined` if it is like them, or if they are too few.
 */
export async function suspicion(
  world: World,
  source: string,
  point: PointId,
  archive: Archive,
): Promise<string | undefined> {
  const before = await predecessorsOf(world, source, point, archive.key);
  if (before.length < predecessors.least) return undefined;
  const known = before.filter(({ formats }) => formats?.length);
  if (known.length === before.length && !archive.formats?.length) {
    return `its format is not known, and those before it were ${before[0]?.formats?.join(" of ")}`;
  }
  const sizes = before.map(sizeOf).sort((a, b) => a - b);
  const median = sizes[Math.floor(sizes.length / 2)] as number;
  if (sizeOf(archive) >= suspectRatio * median) return undefined;
  return `it holds ${sizeOf(archive)} bytes, and the ${sizes.length} before it held ${median} (median)`;
}

/** What is in it, as far as that is known. */
function sizeOf({ contentBytes, sizeBytes }: Archive): number {
  return contentBytes ?? sizeBytes;
}

async function predecessorsOf(world: World, source: string, point: PointId, key: string): Promise<Archive[]> {
  const name = `verified-${world.region}` as const;
  const earlier: PointId[] = [];
  // This month and the last: enough for daily and weekly archives, however many years the catalog reaches back.
  for (const days of [0, 31]) {
    const month = slotOf(new Date(pointMs(point) - days * 86_400_000)).slice(0, 6);
    for await (const entry of world.catalog.list(`${pointsOf(source)}${month}`)) {
      const fact = parsePointKey(entry.key);
      if (fact?.name === name && fact.point < point) earlier.push(fact.point);
    }
  }
  const found: Archive[] = [];
  for (const one of [...new Set(earlier)].sort().slice(-maxReads).reverse()) {
    const { archive } = await world.catalog.readPoint(pointKey(source, one, name));
    if (archive && familyOf(archive.key) === familyOf(key)) found.push(archive);
    if (found.length === predecessors.most) break;
  }
  return found;
}
