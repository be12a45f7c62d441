import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Problem } from "../functions/core/problem.ts";
import { Cancelled, maxKeptBytes, type Steps } from "../functions/core/workflow.ts";
import { inMemory, onAws, onStandIn } from "./durable-engines.ts";

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

const throttled = () => new Problem("throttled", "RDS asks to slow down", "Wait.");
const gone = () => new Problem("not-found", "there is no point 7", "Look at `holdfast points`.");

describe.each([
  ["AWS's SDK", onAws],
  ["AWS's SDK and the stand-in", onStandIn],
  ["the one in memory", inMemory],
])("steps on %s", (_, { run, replay }) => {
  test("a step that is done is not done again, and gives what it gave", async () => {
    let runs = 0;

    const given = await replay(async (steps) => {
      const first = await steps.step("count", async () => ({ runs: ++runs }));
      await steps.waitFor("a while", 60);
      return { first, second: await steps.step("count again", async () => ++runs) };
    });

    expect(given).toEqual({ first: { runs: 1 }, second: 2 });
    expect(runs).toBe(2);
  });

  test("results pass through JSON at once, not only when they are kept", async () => {
    const given = await run(async (steps) => {
      const { at, none } = await steps.step("look", async () => ({
        at: new Date(0),
        none: undefined as undefined | string,
      }));
      const nothing = await steps.step("say nothing", async () => {});
      return [typeof at, at, none === undefined, nothing === undefined];
    });

    expect(given).toEqual(["string", "1970-01-01T00:00:00.000Z", true, true]);
  });

  test("a workflow may have no result", async () => {
    expect(await run(async (steps) => void (await steps.step("do", async () => 1)))).toBeUndefined();
  });

  test("trouble that may pass is tried again, later and later", async () => {
    const tries: number[] = [];

    const given = await run((steps, nowMs) =>
      steps.step(
        "ask",
        async () => {
          tries.push(nowMs());
          if (tries.length < 4) throw tries.length === 1 ? new Error("socket hang up") : throttled();
          return "done";
        },
        { firstSeconds: 10, maxSeconds: 20 },
      ),
    );

    expect(given).toBe("done");
    expect(apart(tries)).toEqual([10, 20, 20]);
  });

  test("trouble that does not pass is a Problem when the attempts are used up", async () => {
    let tries = 0;
    const ask = () => {
      tries += 1;
      return Promise.reject(throttled());
    };

    const ended = run((steps) => steps.step("ask", ask, { attempts: 3 }));

    await expect(ended).rejects.toMatchObject({ code: "throttled", message: "RDS asks to slow down" });
    expect(tries).toBe(3);
  });

  test("what cannot pass fails at once, with its code and fix, also after a replay", async () => {
    let tries = 0;

    const given = await replay(async (steps) => {
      const found = steps.step("find", async () => {
        tries += 1;
        throw gone();
      });
      return found.catch((thrown) => thrown instanceof Problem && { ...thrown, message: thrown.message });
    });

    expect(given).toEqual({ name: "Problem", code: "not-found", message: gone().message, fix: gone().fix });
    expect(tries).toBe(1);
  });

  test("a workflow fails with the Problem that it throws", async () => {
    await expect(run(() => Promise.reject(gone()))).rejects.toMatchObject({
      name: "Problem",
      code: "not-found",
      fix: gone().fix,
    });
  });

  test("polls come ever less often until there is something", async () => {
    const polls: number[] = [];

    const given = await run((steps, nowMs) =>
      steps.until(
        "available",
        async () => {
          polls.push(nowMs());
          if (polls.length === 2) throw throttled();
          return polls.length < 6 ? undefined : { status: "available", empty: null };
        },
        { timeoutSeconds: 3_600, everySeconds: 10, upToSeconds: 60 },
      ),
    );

    expect(given).toEqual({ status: "available", empty: null });
    expect(apart(polls)).toEqual([10, 20, 40, 60, 60]);
  });

  test.each([[null], [0], [""], [false]])("%j is something", async (value) => {
    expect(await run((steps) => steps.until("value", async () => value, { timeoutSeconds: 60 }))).toBe(value);
  });

  test("polls end with a last one at the time limit, and say what was in the way", async () => {
    const polls: number[] = [];

    const ended = replay((steps, nowMs) =>
      steps.until(
        "available",
        async () => {
          polls.push(nowMs());
          throw throttled();
        },
        { timeoutSeconds: 100, everySeconds: 30 },
      ),
    );

    await expect(ended).rejects.toMatchObject({
      code: "unavailable",
      message: "available did not come about within 100 s; the last answer was: RDS asks to slow down",
    });
    expect(apart(polls)).toEqual([30, 60, 10]);
  });

  test("a poll that meets what cannot pass fails at once, and one that meets faults only after several", async () => {
    const codes: unknown[] = [];
    let faults = 0;

    await run(async (steps) => {
      codes.length = 0;
      const timing = { timeoutSeconds: 86_400 };
      for (const [name, poll] of [
        ["gone", () => Promise.reject(gone())],
        ["faulty", () => Promise.reject(new Error(`fault ${++faults}`))],
      ] as const)
        await steps.until(name, poll, timing).catch(({ code, message }) => codes.push([code, message]));
    });

    expect(codes).toEqual([
      ["not-found", gone().message],
      ["internal", "fault 6"],
    ]);
  });

  test("a callback gives the answer of whoever was told its id", async () => {
    const told: string[] = [];

    const given = await replay(
      (steps) => steps.callback("approval", async (id) => void told.push(id), { timeoutSeconds: 3_600 }),
      { answers: { approval: { outcome: "answered", value: { by: "ana" } } } },
    );

    expect(given).toEqual({ outcome: "answered", value: { by: "ana" } });
    expect(told).toEqual([expect.stringMatching(/./)]);
  });

  test("a callback that is refused gives the reason", async () => {
    const given = await replay(
      (steps) => steps.callback("approval", async () => {}, { timeoutSeconds: 3_600 }),
      {
        answers: { approval: { outcome: "refused", reason: "not today" } },
      },
    );

    expect(given).toEqual({ outcome: "refused", reason: "not today" });
  });

  // The runner of AWS's SDK waits for this one in earnest.
  test("a callback that nobody answers times out", async () => {
    const given = await replay((steps) => steps.callback("approval", async () => {}, { timeoutSeconds: 1 }));

    expect(given).toEqual({ outcome: "timed-out" });
  });

  test("a callback that cannot be announced is a Problem", async () => {
    const ended = replay((steps) =>
      steps.callback("approval", () => Promise.reject(gone()), { timeoutSeconds: 3_600 }),
    );

    await expect(ended).rejects.toMatchObject({ code: "not-found", fix: gone().fix });
  });

  test("a cancellation is seen before the next effect, and not by what cleans up", async () => {
    const done: string[] = [];
    const effect = (name: string) => async () => void done.push(name);

    const ended = replay(
      async (steps) => {
        try {
          await steps.step("make", effect("make"));
          await steps.waitFor("a while", 60);
          await steps.step("swap", effect("swap"));
        } finally {
          await steps.always.step("remove", effect("remove"));
          await steps.always.waitFor("a little", 5);
          await steps.always.until("removed", async () => done.length, { timeoutSeconds: 60 });
        }
      },
      { cancelled: async () => (done.includes("make") ? "ana changed her mind" : undefined) },
    );

    await expect(ended).rejects.toThrow(new Cancelled("ana changed her mind"));
    expect(done).toEqual(["make", "remove"]);
  });

  test.each<[string, (steps: Steps) => Promise<unknown>]>([
    ["a poll", (steps) => steps.until("seen", async () => 1, { timeoutSeconds: 60 })],
    ["a callback", (steps) => steps.callback("asked", async () => {}, { timeoutSeconds: 60 })],
  ])("%s sees a cancellation before it begins", async (_name, operation) => {
    const given = await replay(
      async (steps) => {
        const seen = await operation(steps).catch((thrown) => thrown instanceof Cancelled);
        await steps.always.waitFor("a while", 60);
        return seen;
      },
      { cancelled: async () => "enough" },
    );

    expect(given).toBe(true);
  });

  test("not being able to ask whether it was cancelled is trouble that may pass", async () => {
    let asked = 0;

    const given = await run(
      async (steps) => [
        await steps.step("do", async () => "done"),
        await steps.until("see", async () => "seen", { timeoutSeconds: 600 }),
      ],
      {
        cancelled: async () => {
          asked += 1;
          if (asked % 2 === 1) throw new Error("no route to host");
          return undefined;
        },
      },
    );

    expect(given).toEqual(["done", "seen"]);
    expect(asked).toBe(4);
  });

  test.each<[string, (steps: Steps) => Promise<unknown>, RegExp]>([
    [
      "two operations of one name",
      async (steps) => {
        await steps.step("twice", async () => 1);
        await steps.always.waitFor("twice", 1);
      },
      /two operations are named "twice"/,
    ],
    [
      "two operations at once",
      (steps) => Promise.all([steps.step("one", async () => 1), steps.step("other", async () => 2)]),
      /"other" was begun while "one" was under way/,
    ],
  ])("%s are refused", async (_name, workflow, message) => {
    await expect(run(workflow)).rejects.toMatchObject({
      code: "internal",
      message: expect.stringMatching(message),
    });
  });

  test("a result too large for a checkpoint is refused as an error of its step", async () => {
    const large = "x".repeat(maxKeptBytes);

    const given = await run((steps) =>
      steps.step("read all", async () => large).catch(({ code, message }) => `${code}: ${message}`),
    );

    expect(given).toMatch(/^internal: "read all" gave 250002 bytes to keep/);
  });
});

function apart(instantsMs: number[]): number[] {
  return instantsMs.slice(1).map((ms, i) => Math.round((ms - (instantsMs[i] ?? 0)) / 1_000));
}
