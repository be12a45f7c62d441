import { asProblem } from "../core/problem.ts";
import type { RestoredObjects } from "../core/restore.ts";
import type { KeyHistory } from "../objects/history.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { bringBack, type ObjectsWish, type Outcome, takeBack } from "./object.ts";

/** What a part came to, and after which key the next one goes on; without it, all is done. */
export type Part = { counts: Counts; next?: string };

type Counts = Omit<RestoredObjects, "bucket">;

/** An invocation has a quarter of an hour; what is under way then must still come to its end. */
const partMs = 8 * 60_000;

/** So that a part that is cut off is soon done again. */
const partKeys = 50_000;

const atOnce = 32;

/** Of so many failures a fact says why. */
const toldFailures = 10;

/** Nothing yet. */
export const noCounts: Counts = {
  ...{ keys: 0, copied: 0, copiedBytes: 0, hidden: 0, same: 0, left: 0, verified: 0, failed: 0 },
  failures: [],
};

/**
 * Brings back, or takes back, the keys after `after`, as many as there is time for. What fails for good is counted and
 * told; trouble that may pass ends the part, which is done again from its beginning. Throws `Problem`.
 */
export async function doPart(
  wish: ObjectsWish,
  { after, back }: { after: string | undefined; back: boolean },
  world: RestoreWorld,
): Promise<Part> {
  const counts: Counts = { ...noCounts, failures: [] };
  const endMs = world.now().getTime() + partMs;
  const underWay = new Set<Promise<void>>();
  let broken: unknown;
  let last: string | undefined;
  let next: string | undefined;
  const instants = back ? [wish.at, wish.begunAt] : [wish.at];
  for await (const history of historiesOf(wish, after, instants, world)) {
    if (broken) break;
    if (last !== undefined && (counts.keys >= partKeys || world.now().getTime() >= endMs)) {
      next = last;
      break;
    }
    last = history.key;
    counts.keys += 1;
    const work = one(history).finally(() => underWay.delete(work));
    underWay.add(work);
    if (underWay.size >= atOnce) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (broken) throw broken;
  return next === undefined ? { counts } : { counts, next };

  async function one(history: KeyHistory): Promise<void> {
    try {
      count(counts, await (back ? takeBack : bringBack)(wish, history, world));
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.retryable) {
        broken ??= problem;
        return;
      }
      counts.failed += 1;
      if (counts.failures.length < toldFailures) counts.failures.push(problem.message.slice(0, 500));
    }
  }
}

/** Counts of two parts together. */
export function together(a: Counts, b: Counts): Counts {
  const sum = (name: Exclude<keyof Counts, "failures">) => a[name] + b[name];
  return {
    ...{ keys: sum("keys"), copied: sum("copied"), copiedBytes: sum("copiedBytes"), hidden: sum("hidden") },
    ...{ same: sum("same"), left: sum("left"), verified: sum("verified"), failed: sum("failed") },
    failures: [...a.failures, ...b.failures].slice(0, toldFailures),
  };
}

async function* historiesOf(
  { from, select }: ObjectsWish,
  after: string | undefined,
  instants: readonly string[],
  { objects }: RestoreWorld,
): AsyncGenerator<KeyHistory> {
  if (!select || "prefix" in select) {
    const at = { bucket: from, ...(select ? { prefix: select.prefix } : {}), ...(after ? { after } : {}) };
    yield* objects.histories(at, instants);
    return;
  }
  for (const key of [...new Set(select.keys)].sort()) {
    if (after !== undefined && key <= after) continue;
    // What begins with a key comes after it, so that the key itself is the first, if it is there.
    for await (const history of objects.histories({ bucket: from, prefix: key }, instants)) {
      if (history.key === key) yield history;
      break;
    }
  }
}

function count(counts: Counts, outcome: Outcome): void {
  counts[outcome.did] += 1;
  if (outcome.did === "copied") counts.copiedBytes += outcome.bytes;
  if ((outcome.did === "copied" || outcome.did === "same") && outcome.proved) counts.verified += 1;
}
