import { expect, test } from "vitest";
import type { Plan } from "../../functions/core/plan.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { World } from "../../functions/world.ts";
import { AwsError } from "../../local/twin.ts";
import { worldIn } from "../worlds.ts";
import { checkContinuity, connectAsTheBusCalls } from "./continuity.ts";
import { fleet, putUp } from "./fleet.ts";
import { Crash, checkInTheEnd, checkWhileRunning, explain, type Outcome } from "./reconciliation.ts";

const limits = { manualMax: 100, copiesMax: { instance: 20, cluster: 5 } };

/** A crash before or after the n-th AWS call of the story. */
type CrashAt = { call: number; after: boolean };

/**
 * One database through one slot: its snapshot is taken, becomes available, is copied, the copy becomes available.
 * Each region makes a pass every five minutes for forty minutes. Gives the number of calls that the story made.
 */
async function story(
  crashes: readonly CrashAt[],
  plan: Partial<Plan> = {},
): Promise<{ calls: number; outcome: Outcome }> {
  const environment = fleet(1, 0, plan);
  const { clock, twin, rds } = await putUp(environment, {});
  const outcome: Outcome = { seed: 0, broken: [], history: crashes.map((at) => JSON.stringify(at)) };
  const regions = [environment.primaryRegion, environment.recoveryRegion];
  const worlds = regions.map((region) => worldIn(twin, environment, region));
  if (plan.pointInTime) connectAsTheBusCalls(twin, worlds[0] as World, { chance: () => false });
  let calls = 0;
  twin.interceptors.push(async (_call, proceed) => {
    calls += 1;
    const crash = crashes.find(({ call }) => call === calls);
    if (crash && !crash.after) throw new Crash();
    const answer = await proceed();
    if (crash) throw new Crash();
    return answer;
  });
  for (let passed = 0; passed < 40; passed += 5) {
    clock.advance(5 * 60_000);
    for (const world of worlds) {
      await reconcile(world).catch((thrown: unknown) => {
        if (
          !(thrown instanceof Crash) &&
          !(thrown instanceof AwsError) &&
          !String(thrown).includes("AWS answered")
        )
          throw thrown;
      });
      checkWhileRunning(environment, [...rds.state.snapshots.values()], limits, outcome);
    }
  }
  const total = calls;
  twin.interceptors.length = 0;
  await checkInTheEnd(twin, environment, worlds, limits, outcome);
  await checkContinuity(environment, worlds, outcome);
  return { calls: total, outcome };
}

test("a crash before or after any one call leaves nothing lost, doubled or undone", async () => {
  const { calls, outcome } = await story([]);
  expect(outcome.broken).toEqual([]);

  for (let call = 1; call <= calls; call++) {
    for (const after of [false, true]) {
      const crashed = await story([{ call, after }]);
      expect(crashed.outcome.broken, explain(crashed.outcome)).toEqual([]);
    }
  }
});

test("nor does one while every moment begins to be kept in both regions", async () => {
  const plan = { pointInTime: { reach: "recovery" as const, days: 2 } };
  const { calls, outcome } = await story([], plan);
  expect(outcome.broken).toEqual([]);

  for (let call = 1; call <= calls; call++) {
    for (const after of [false, true]) {
      const crashed = await story([{ call, after }], plan);
      expect(crashed.outcome.broken, explain(crashed.outcome)).toEqual([]);
    }
  }
});

test("nor do two crashes, the second soon after the first", async () => {
  const { calls } = await story([]);
  for (let call = 1; call <= calls; call++) {
    for (let second = call + 1; second <= call + 3; second++) {
      for (const [after, then] of [
        [false, false],
        [false, true],
        [true, false],
        [true, true],
      ] as const) {
        const crashed = await story([
          { call, after },
          { call: second, after: then },
        ]);
        expect(crashed.outcome.broken, explain(crashed.outcome)).toEqual([]);
      }
    }
  }
});
