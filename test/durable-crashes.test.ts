import { expect, test } from "vitest";
import type { Steps } from "../functions/core/workflow.ts";
import { VirtualClock } from "../local/clock.ts";
import { crashAt, Durable } from "./durable.ts";
import { idOf } from "./durable-invocation.ts";

/** A workflow with one of everything; `effects` are idempotent, as effects must be. */
function small(effects: Map<string, number>) {
  const effect = (name: string) => async () => {
    effects.set(name, (effects.get(name) ?? 0) + 1);
    return name;
  };
  return async (steps: Steps) => {
    try {
      const made = await steps.step("make", effect("make"));
      await steps.waitFor("a while", 60);
      const polled = await steps.until(
        "made",
        async () => (effects.get("poll") ?? 0) > 2 || void (await effect("poll")()),
        { timeoutSeconds: 3_600 },
      );
      return [made, polled];
    } finally {
      await steps.always.step("remove", effect("remove"));
    }
  };
}

test("whatever moment it is cut off at, it comes to the same end and tidies up", async () => {
  const calm = new Durable(small(new Map()), { clock: new VirtualClock() });
  const result = await calm.finish();
  expect(calm.moments).toBeGreaterThan(10);

  for (let count = 0; count < calm.moments; count++) {
    const effects = new Map<string, number>();
    const execution = new Durable(small(effects), { clock: new VirtualClock(), crash: crashAt(count) });

    expect(await execution.finish()).toEqual(result);
    expect(execution.history().map(withoutAttempts)).toEqual(calm.history().map(withoutAttempts));
    expect(effects.get("make")).toBeLessThanOrEqual(2);
    expect(effects.get("remove")).toBeGreaterThanOrEqual(1);
  }
});

test("an effect that threw a crash is done again, and is no failed attempt", async () => {
  let tries = 0;
  const execution = new Durable(
    (steps) =>
      steps.step("call", async () => {
        tries += 1;
        if (tries === 1) throw new Error("killed");
        return "done";
      }),
    {
      clock: new VirtualClock(),
      isCrash: (thrown) => thrown instanceof Error && thrown.message === "killed",
    },
  );

  expect(await execution.finish()).toBe("done");
  expect([tries, execution.invocations, execution.history()]).toEqual([2, 2, ["step call: succeeded x1"]]);
});

test("an execution that was saved goes on elsewhere", async () => {
  const effects = new Map<string, number>();
  const clock = new VirtualClock();
  const before = new Durable(small(effects), { clock });
  await before.run();
  expect(before.history()).toEqual(["step make: succeeded x1", "wait a while: pending x0"]);

  const after = new Durable(small(effects), { clock, saved: before.save() });

  expect(await after.finish()).toEqual(["make", true]);
  expect(effects.get("make")).toBe(1);
});

test("a stopped execution does nothing any more, not even tidy up", async () => {
  const effects = new Map<string, number>();
  const execution = new Durable(small(effects), { clock: new VirtualClock() });
  await execution.run();

  execution.stop();

  await expect(execution.finish()).rejects.toThrow("the execution is stopped");
  expect([...effects.keys()]).toEqual(["make"]);
});

test("a workflow that takes another way on replay fails", async () => {
  let bodies = 0;
  const execution = new Durable(
    async (steps) => {
      bodies += 1;
      await steps.step(`body ${bodies}`, async () => 1);
      await steps.waitFor("a while", 60);
    },
    { clock: new VirtualClock() },
  );

  await expect(execution.finish()).rejects.toThrow(
    "not deterministic: step body 2 comes where there was step body 1",
  );
});

test("a callback takes one answer, in time", async () => {
  const clock = new VirtualClock();
  const waiting = async () => {
    const execution = new Durable(
      (steps) => steps.callback("approval", async () => {}, { timeoutSeconds: 60 }),
      { clock },
    );
    await execution.run();
    return execution;
  };
  const yes = { outcome: "answered", value: "yes" } as const;
  const answered = await waiting();
  const late = await waiting();

  expect(answered.answer(idOf("something else"), yes)).toBe(false);
  expect(answered.answer(idOf("approval"), yes)).toBe(true);
  expect(answered.answer(idOf("approval"), { outcome: "refused", reason: "no" })).toBe(false);
  clock.advance(60_000);
  expect(late.answer(idOf("approval"), yes)).toBe(false);
  expect([await answered.finish(), await late.finish()]).toEqual([yes, { outcome: "timed-out" }]);
});

const withoutAttempts = (line: string) => line.replace(/ x\d+$/, "");
