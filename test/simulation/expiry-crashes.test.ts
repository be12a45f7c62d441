import { expect, test } from "vitest";
import { expire } from "../../functions/expire/expire.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { db0, findings, type House, hourMs, putUpHouse } from "../expire/house.ts";
import { Crash } from "./reconciliation.ts";

/** The process that makes the n-th call of the story dies, before or after that happens. */
type CrashAt = { call: number; after: boolean };

/**
 * Three points of which a plan keeps two, and how the third goes: both regions mark it, reconcile, delete it an hour
 * later, reconcile, and find nothing more to do; then the next ones go as well. Gives how many calls that made, and what
 * is left.
 */
async function story(crash?: CrashAt) {
  const house = await putUpHouse(db0);
  await house.pass(2);
  let calls = 0;
  let dead = false;
  house.twin.interceptors.push(async (_call, proceed) => {
    if (dead) throw new Crash();
    calls += 1;
    if (calls !== crash?.call) return proceed();
    if (crash.after) await proceed();
    dead = true;
    throw new Crash();
  });
  const run = async (work: (world: House["primary"]) => Promise<void>) => {
    for (const world of [house.primary, house.recovery]) {
      await work(world).catch((thrown) => {
        if (!dead) throw thrown;
      });
      dead = false;
    }
  };
  const passOf = (world: House["primary"]) => expire(world, { remainingMs: () => 900_000 });
  await run(passOf);
  house.clock.advance(hourMs + 60_000);
  await run(reconcile);
  await run(passOf);
  house.clock.advance(60_000);
  await run(reconcile);
  await run(passOf);
  const total = calls;
  house.twin.interceptors.length = 0;
  await house.pass(3, [house.primary, house.recovery]);
  const facts: string[] = [];
  for (const { catalog } of [house.primary, house.recovery])
    for await (const { key } of catalog.list("catalog/points/db0/")) facts.push(key);
  const left = ["eu-west-1", "eu-central-1"].map((region) => house.snapshots(region));
  // That points come late while nobody reconciles is told, and is not what this is about.
  const told = (await findings(house)).episodes.filter((id) => !id.startsWith("rpo-breached"));
  return { calls: total, left, facts, told };
}

test("a crash before or after any one call of expiry or reconcilers leaves what none leaves, and takes nothing for lost", async () => {
  const calm = await story();
  expect(calm.left.map((ids) => ids.length)).toEqual([3, 3]);

  for (let call = 1; call <= calm.calls; call++) {
    for (const after of [false, true]) {
      const { left, facts, told } = await story({ call, after });
      const what = `crash ${after ? "after" : "before"} call ${call}`;
      expect(left, what).toEqual(calm.left);
      expect(
        facts.filter((key) => /\/(lost|failed)-/.test(key)),
        what,
      ).toEqual([]);
      expect(told, what).toEqual([]);
      // Whatever has gone is recorded as expired, in both vaults.
      const expired = (keys: string[]) => keys.filter((key) => key.includes("/expired-")).sort();
      expect(expired(facts), what).toEqual(expired(calm.facts));
    }
  }
}, 240_000);
