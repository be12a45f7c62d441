import { expect, test } from "vitest";
import { simulateExpiry } from "./expiry.ts";
import { explain } from "./reconciliation.ts";

// Half of the 2,000 histories of `npm test`; the other file has the other half, so that both cores work.
test("1,000 random histories keep every promise of expiry (part 1)", async () => {
  for (let seed = 1; seed <= 2_000; seed += 2) {
    const outcome = await simulateExpiry(seed);
    expect(outcome.broken, explain(outcome)).toEqual([]);
  }
}, 240_000);
