import { expect, test } from "vitest";
import { explain } from "./reconciliation.ts";
import { simulateSilence } from "./silence.ts";
import { simulateWatched } from "./watched.ts";

test("of 60 histories in which nothing is wrong neither region's passes page anybody, and the watch finds nothing", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const outcome = await simulateWatched(seed);
    expect(outcome.broken, explain(outcome)).toEqual([]);
  }
}, 240_000);

test("a primary region that is dead, or in which nothing runs, is told of within its bound; one that is slow or stale wakes nobody", async () => {
  for (let seed = 1; seed <= 24; seed++) {
    const outcome = await simulateSilence(seed);
    expect(outcome.broken, explain(outcome)).toEqual([]);
  }
}, 240_000);

test("were copies too slow in the same histories, somebody would be paged", async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const { broken } = await simulateWatched(seed, { copySeconds: [6 * 3_600] });
    expect(broken.join(), `seed ${seed}`).toMatch(/tells rpo-breached/);
  }
}, 60_000);

test("were the recovery region's watch gone too, its part of what is due would be missed", async () => {
  const { broken } = await simulateSilence(1, { watched: false });

  expect(broken).toEqual([
    // Whoever reads it sees that it is hours old.
    "the report says that all is well",
    "never told: control-silent.account.eu-west-1-reconcile",
    "never told: control-silent.account.eu-west-1-watch",
  ]);
}, 60_000);
