import type { Listed } from "../objects/objects.ts";

/** One line of a listing. */
export type Line = Listed;

/** One key of two listings, with what either says of it. */
export type Pair = { key: string; here?: Line; there?: Line };

/**
 * Walks two listings at once and gives each key once, in order. Listings come in the order of their keys' UTF-8
 * bytes (API reference, ListObjectsV2), so that a page of each is all that is held.
 */
export async function* paired(
  here: AsyncIterator<Line, void>,
  there: AsyncIterator<Line, void>,
): AsyncGenerator<Pair> {
  let [a, b] = await Promise.all([here.next(), there.next()]);
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : compareKeys(a.value.key, b.value.key);
    const left = !a.done && order <= 0 ? a.value : undefined;
    const right = !b.done && order >= 0 ? b.value : undefined;
    const key = (left ?? right)?.key ?? "";
    yield { key, ...(left ? { here: left } : {}), ...(right ? { there: right } : {}) };
    if (left) a = await here.next();
    if (right) b = await there.next();
  }
}

/** By UTF-8 bytes; JavaScript's own order differs above U+FFFF. */
function compareKeys(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
