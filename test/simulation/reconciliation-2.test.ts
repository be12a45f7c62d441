import { expect, test } from "vitest";
import { fleetOf } from "./fleet.ts";
import { explain, simulate } from "./reconciliation.ts";

// Half of the 5,000 histories of `npm test`; the other file has the other half, so that both cores work.
test("2,500 random histories keep every promise of the reconciler (part 2)", async () => {
  const first = 2;
  for (let seed = first; seed <= 5_000; seed += 2) {
    const outcome = await simulate(seed, fleetOf(seed));
    expect(outcome.broken, explain(outcome)).toEqual([]);
  }
}, 480_000);
