import { coarsen, type KeyRange, type RangeLayout } from "../core/fingerprint.ts";

/** The first and the last value of a key column: decimal positions, or bytes in hex. */
export type Ends = { column: string; unit: RangeLayout["unit"]; first: string; last: string };

/**
 * Ranges that the database sorts rows into, at most. More would be finer where keys are sparse, but the sums of
 * all ranges no longer fit a core's cache: 4096 took 1.5 times as long as 1024 with random keys.
 */
const maxGroups = 1024n;

/** A range holds so many rows or more, on average: what is smaller costs more to keep than it helps to find. */
const rowsPerRange = 64;

/** The finest aligned layout between two ends. It follows from the data alone, so it is the same on every instance. */
export function layoutOf({ column, unit, first, last }: Ends): RangeLayout {
  const inBytes = unit === "text" || unit === "bytes";
  const prefix = inBytes ? commonBytes(first, last) : "";
  const position = (end: string) =>
    inBytes ? BigInt(`0x${end.slice(prefix.length, prefix.length + 4).padEnd(4, "0")}`) : BigInt(end);
  const [a, b] = [position(first), position(last)];
  const [lo, hi] = a <= b ? [a, b] : [b, a];
  let shift = 0n;
  while ((hi >> shift) - (lo >> shift) >= maxGroups) shift += 1n;
  return { column, unit, prefix, lo: lo.toString(), hi: hi.toString(), shift: Number(shift) };
}

/** Coarser ranges until there are few enough for the rows they hold. */
export function fold(layout: RangeLayout, ranges: KeyRange[], maxRanges: number) {
  const rows = ranges.reduce((sum, range) => sum + range.rows, 0);
  const enough = Math.max(1, Math.min(maxRanges, Math.ceil(rows / rowsPerRange)));
  let folded = { layout, ranges };
  // The rows outside the layout are never merged into a range.
  const inside = () => folded.ranges.filter(({ at }) => at !== "").length;
  // Negative and other positions never meet, however coarse the ranges are.
  for (let by = 1; inside() > enough && by <= 64; by++) folded = coarsen(layout, ranges, by);
  const order = (a: KeyRange, b: KeyRange) => {
    if (a.at === "" || b.at === "") return a.at === "" ? 1 : -1;
    return BigInt(a.at) < BigInt(b.at) ? -1 : 1;
  };
  return { layout: folded.layout, ranges: folded.ranges.toSorted(order) };
}

/** A digest of two signed or unsigned sums of any size, each taken modulo 2^64. */
export function digestOf(first: string, second: string): string {
  const lane = (sum: string) => BigInt.asUintN(64, BigInt(sum)).toString(16).padStart(16, "0");
  return lane(first) + lane(second);
}

function commonBytes(a: string, b: string): string {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a.slice(length, length + 2) === b.slice(length, length + 2))
    length += 2;
  // A prefix is compared with every key: a long one costs more than it tells.
  return a.slice(0, Math.min(length, 64));
}
