import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Operation, routes } from "../../functions/core/api/routes.ts";
import { AwsError, type Call } from "../../local/twin.ts";
import { apiBench } from "./bench.ts";

/*
 * What the API says when what is behind it fails, and what a repetition with the same idempotency key comes to then.
 */
let house: Awaited<ReturnType<typeof apiBench>>;
const admin = { as: { token: { sub: "ada", groups: ["admin"] } } };
const point = { source: "orders", point: "20261121T0300Z" };
const operations = Object.keys(routes) as Operation[];

beforeAll(async () => {
  house = await apiBench();
  await house.pass(50 * 60_000);
  const at = new Date(house.clock.now()).toISOString();
  const regions = { primaryRegion: "eu-west-1", recoveryRegion: "eu-central-1", region: "eu-central-1" };
  const nothing = { regions: [], sources: [], findings: [], quotas: [], storage: [] };
  const report = { schema: 1, at, environment: "local", ok: true, ...regions, ...nothing };
  await house.recovery.catalog.writeIndex("status", JSON.stringify(report));
}, 60_000);

afterEach(() => {
  vi.useRealTimers();
});

/** Real names of things, so that what is asked gets as far as it can. */
const params = {
  ...{ ...point, drill: "20261121T0300Z", restore: "orders-20261121t030000z" },
  alert: "rpo-breached.uploads.eu-central-1@2026-11-21T03:46:00Z",
};
const wish = { source: "orders", region: "eu-west-1", wanted: { which: "latest" }, as: "orders-back" };
const bodies: Partial<Record<Operation, object>> = {
  ...{ deletePoint: { reason: "why not" }, holdPoint: { reason: "why not" } },
  ...{ releasePoint: { reason: "why not" }, planRestore: wish, createRestore: wish },
  pauseSchedule: { reason: "why not", until: "2026-11-22T04:00:00Z" },
};
const ask = (operation: Operation, key?: string) =>
  house.ask(operation, { params, body: bodies[operation] ?? {} } as never, {
    ...admin,
    ...(key ? { headers: { "idempotency-key": key } } : {}),
  });

/** Has calls of the API fail, while something is done; `which` counts them from 1. Gives how many there were. */
async function failing<T>(
  fail: (call: Call, proceed: () => Promise<unknown>) => unknown,
  which: (count: number, call: Call) => boolean,
  doing: () => Promise<T>,
): Promise<{ answer: T; calls: number }> {
  let calls = 0;
  house.twin.interceptors.unshift(async (call, proceed) => {
    if (!/-api@/.test(call.principal) || !which(++calls, call)) return proceed();
    return fail(call, proceed);
  });
  try {
    return { answer: await doing(), calls };
  } finally {
    house.twin.interceptors.shift();
  }
}

const inside = "secret-place at 10.0.0.1";
const thrown = (name: string, more: object = {}) => Object.assign(new Error(inside), { name, ...more });
const always = (_count: number, _call: Call) => true;
const toLambda = (_count: number, { service }: Call) => service === "lambda";

describe("whatever is asked for", () => {
  const faults: [string, number, (call: Call) => unknown, typeof always][] = [
    ["is throttled", 503, () => Promise.reject(new AwsError("ThrottlingException", inside, 400)), always],
    ["is slowed down", 503, () => Promise.reject(new AwsError("SlowDown", inside, 503)), always],
    ["is away", 503, () => Promise.reject(new AwsError("ServiceUnavailable", inside, 503)), always],
    ["breaks off", 503, () => Promise.reject(thrown("Error", { code: "ECONNRESET" })), always],
    ["answers too late", 504, () => Promise.reject(thrown("TimeoutError")), always],
    [
      "is no more",
      502,
      () => Promise.reject(new AwsError("ResourceNotFoundException", inside, 404)),
      toLambda,
    ],
    ["is not allowed to us", 500, () => Promise.reject(new AwsError("AccessDenied", inside, 403)), always],
  ];

  test.each(faults)(
    "and what is behind %s, it is said as a problem with status %d",
    async (_, status, fail, which) => {
      const seen: Operation[] = [];
      for (const operation of operations) {
        const { answer } = await failing(fail, which, () => ask(operation));
        // Some say themselves which region does not answer.
        const said = status === 504 ? [503, 504] : [status];
        expect(
          [routes[operation].status, 400, 404, 409, 422, ...said],
          `${operation}: ${answer.text}`,
        ).toContain(answer.status);
        expect(answer.text, operation).not.toMatch(/secret|10\.0|holdfast-local|\.ts|node:/);
        if (answer.status !== status) continue;
        seen.push(operation);
        expect(answer.headers["content-type"]).toBe("application/problem+json");
        expect(answer.json).toMatchObject({ status, code: expect.any(String), fix: expect.any(String) });
        if (status !== 500) expect(Number(answer.headers["retry-after"]), operation).toBeGreaterThan(0);
      }
      // Where nothing fails nothing is shown.
      expect(seen.length, seen.join()).toBeGreaterThanOrEqual(which === toLambda ? 3 : 20);
    },
  );
});

describe("the function that tests channels", () => {
  const instead = (answer: object) => () => Promise.resolve(answer);
  test.each<[string, number, object]>([
    ["fails", 502, { FunctionError: "Unhandled", Payload: Buffer.from(`{"errorMessage":"${inside}"}`) }],
    ["has no answer", 502, { Payload: Buffer.from("null") }],
    ["answers something else", 502, { Payload: Buffer.from(`{"channels":"${inside}"}`) }],
  ])("%s: that is said with status %d, and can be asked for again", async (what, status, answered) => {
    const { answer } = await failing(instead(answered), toLambda, () =>
      ask("testAlerts", what.replace(/ /g, "")),
    );
    expect(answer).toMatchObject({ status, json: { code: "broken" }, headers: { "retry-after": "5" } });
    expect(answer.text).not.toContain("secret");
    expect((await ask("testAlerts", what.replace(/ /g, ""))).status).toBe(200);
  });
});

describe("a request that came to nothing", () => {
  /** What there is of what an operation makes. */
  const effects: Partial<Record<Operation, () => Promise<number>>> = {
    holdPoint: () => factsOf(/^held-/),
    deletePoint: () => factsOf(/^unwanted-/),
    createRestore: () => executions("restore", "eu-west-1"),
    createDrill: () => executions("drill", "eu-central-1"),
    pauseSchedule: () => keys(/catalog\/pauses\/orders\/.*-paused-/),
    createPoint: () => keys(/catalog\/points\/orders\/.*\/requested\.json/),
  };
  const keys = async (pattern: RegExp) =>
    (await house.vaultNow("eu-central-1")).filter((key) => pattern.test(key)).length;
  const factsOf = (name: RegExp) =>
    keys(new RegExp(`catalog/points/orders/${point.point}/${name.source.slice(1)}`));
  const executions = async (task: string, region: string) => {
    const FunctionName = `holdfast-local-${task}`;
    const about = { service: "lambda", region, principal: "test" } as const;
    const operation = "ListDurableExecutionsByFunction";
    const listed = await house.twin.call({ ...about, operation, input: { FunctionName } });
    return (listed as { DurableExecutions: object[] }).DurableExecutions.length;
  };

  const away = () => Promise.reject(new AwsError("ServiceUnavailable", inside, 503));
  /** It is done, and nobody hears of it. */
  const unheard = async (_call: Call, proceed: () => Promise<unknown>) => {
    await proceed();
    throw new AwsError("ServiceUnavailable", inside, 503);
  };

  describe.each([
    ["fails", away],
    ["is not heard of", unheard],
  ])("because one call of it %s", (how, fail) => {
    test.each(Object.keys(effects) as Operation[])(
      "is done once when it is repeated: %s, whichever call it is",
      async (operation) => {
        const count = effects[operation] as () => Promise<number>;
        for (let failed = 1, last = false; !last; failed++) {
          house.clock.advance(60_000);
          const key = `${operation}-${how}-${failed}`.replace(/ /g, "");
          const before = await count();
          const first = await failing(
            fail,
            (n) => n === failed,
            () => ask(operation, key),
          );
          last = first.calls < failed;
          house.clock.advance(1_000);
          const second = await ask(operation, key);
          expect(second.status, `${key} ${first.answer.text} ${second.text}`).toBe(routes[operation].status);
          expect((await count()) - before, key).toBe(1);
          if (first.answer.status < 300) expect(second.json).toEqual(first.answer.json);
        }
      },
    );
  });

  test("because the function was cut off may be repeated after a minute, and not before", async () => {
    house.clock.advance(60_000);
    const count = effects.holdPoint as () => Promise<number>;
    const before = await count();
    const claimed = (_: number, { operation, input }: Call) =>
      operation === "PutObject" && !String(input.Key).includes("begun");
    // Nothing of it is written any more, not even that it failed.
    await failing(away, claimed, () => ask("holdPoint", "cut-off"));
    const soon = await ask("holdPoint", "cut-off");
    expect(soon).toMatchObject({ status: 409, json: { code: "conflict" }, headers: { "retry-after": "10" } });
    house.clock.advance(60_000);
    expect((await ask("holdPoint", "cut-off")).status).toBe(201);
    expect((await count()) - before).toBe(1);
  });

  test("because the day ended over it is known on the next day", async () => {
    house.clock.advanceTo(Date.parse("2026-11-21T23:59:58Z"));
    const count = effects.holdPoint as () => Promise<number>;
    const before = await count();
    await failing(
      unheard,
      (_, { input }) => String(input.Key).includes("held-"),
      () => ask("holdPoint", "midnight"),
    );
    house.clock.advance(10_000);
    const { json } = await ask("holdPoint", "midnight");
    expect(json).toMatchObject({ hold: "20261121t235958z" });
    expect((await count()) - before).toBe(1);
  });
});

test("what takes too long is told before API Gateway gives it up, and is done once all the same", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let go = () => {};
  const stuck = new Promise<void>((resolve) => {
    go = resolve;
  });
  const slow = async (_call: Call, proceed: () => Promise<unknown>) => {
    await stuck;
    return proceed();
  };
  const held = (_: number, { operation, input }: Call) =>
    operation === "PutObject" && /held-/.test(String(input.Key));
  const { answer } = await failing(slow, held, async () => {
    const asking = ask("holdPoint", "slow");
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    await vi.advanceTimersByTimeAsync(25_000);
    return asking;
  });
  expect(answer).toMatchObject({ status: 504, json: { code: "timeout" }, headers: { "retry-after": "60" } });
  expect((await ask("holdPoint", "slow")).status).toBe(409);
  go();
  await vi.waitFor(async () => expect((await ask("holdPoint", "slow")).status).toBe(201));
});

test("a client copes with what API Gateway itself says when the function is throttled or breaks", async () => {
  const invoke = house.twin.service("lambda")?.operations ?? {};
  const { Invoke = () => ({}) } = invoke;
  const told: string[] = [];
  for (const instead of [
    () => Promise.reject(new AwsError("TooManyRequestsException", inside, 429)),
    () => ({ FunctionError: "Unhandled", Payload: Buffer.from('{"errorType":"Error"}') }),
    () => ({ FunctionError: "Unhandled", Payload: Buffer.from('{"errorType":"Sandbox.Timedout"}') }),
  ]) {
    invoke.Invoke = instead;
    const { code, err } = await house.command("schedules");
    told.push(`${code} ${/The API answered \d+/.exec(err)}`);
  }
  invoke.Invoke = Invoke;
  expect(told).toEqual(["6 The API answered 503", "6 The API answered 500", "6 The API answered 503"]);
});
