import { expect, test } from "vitest";
import { explain } from "./reconciliation.ts";
import { simulateReplication } from "./replication.ts";

test("after 1,500 random histories, each replica is its source", async () => {
  for (let seed = 1; seed <= 1_500; seed++) {
    const outcome = await simulateReplication(seed);
    expect(outcome.broken, explain(outcome)).toEqual([]);
  }
}, 240_000);
