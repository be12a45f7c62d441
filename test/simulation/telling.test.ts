import { expect, test } from "vitest";
import { simulateHealthy } from "./healthy.ts";
import { explain } from "./reconciliation.ts";
import { simulateTelling } from "./telling.ts";

test("300 random histories tell people what is due, once, within its bound, and nothing else", async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const outcome = await simulateTelling(seed);
    expect(outcome.broken, explain(outcome)).toEqual([]);
  }
}, 480_000);

test("100 histories in which nothing is wrong tell nobody anything", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const outcome = await simulateHealthy(seed);
    expect(outcome.broken, explain(outcome)).toEqual([]);
  }
}, 240_000);

test("were copies too slow in the same histories, somebody would be told", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    // Under continuous protection, which one in five has, no copy is needed for the RPO.
    if (seed % 5 === 0) continue;
    const { broken } = await simulateHealthy(seed, { copySeconds: [6 * 3_600] });
    expect(broken, `seed ${seed}`).toContainEqual(expect.stringMatching(/page is told: .*RPO breached/));
  }
});
