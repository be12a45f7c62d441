import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetDurableExecutionStateCommand,
  InvokeCommand,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
} from "@aws-sdk/client-lambda";
import { beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { type Deployment, durablePlace } from "./durable-function.ts";

/*
 * What Lambda does with durable executions, on a virtual clock; the functions are made with AWS's own SDK. That its
 * steps, polls and callbacks do what they promise is tested in test/durable.test.ts.
 */
let clock: VirtualClock;
let place: ReturnType<typeof durablePlace>;

beforeEach(() => {
  clock = new VirtualClock();
  place = durablePlace(clock);
});

type Work = (event: { order?: number }, context: DurableContext) => Promise<unknown>;

function deploy(work: Work, more: Deployment = {}): void {
  place.deploy(withDurableExecution(work) as never, more);
}

function start(name?: string, event: object = {}, FunctionName = "work:live") {
  const named = name === undefined ? {} : { DurableExecutionName: name };
  const Payload = Buffer.from(JSON.stringify(event));
  return place.client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload, ...named }));
}

const look = (DurableExecutionArn: string | undefined) =>
  place.client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));

function ended(DurableExecutionArn: string | undefined) {
  return place.pass(async () => {
    const execution = await look(DurableExecutionArn);
    return execution.Status === "RUNNING" ? undefined : execution;
  });
}

const nextTurn = () => new Promise(setImmediate);
const waitAnHour: Work = async ({ order }, context) => {
  await context.wait("an hour", { hours: 1 });
  return { order };
};

test("a durable function is invoked by a version or an alias only", async () => {
  deploy(async () => "done");

  await expect(start("a", {}, "work")).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: "You cannot invoke a durable function using an unqualified ARN.",
  });
  await expect(start("a", {}, "work:2")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  for (const name of ["work:1", "work:live", "work:$LATEST"])
    expect((await start(undefined, {}, name)).StatusCode).toBe(202);
});

test("the ARN of an execution names the version that the alias meant", async () => {
  deploy(async () => "done");

  const { DurableExecutionArn } = await start("order-7");

  expect(DurableExecutionArn).toMatch(
    /^arn:aws:lambda:eu-west-1:\d{12}:function:work:1\/durable-execution\/order-7\/[a-zA-Z0-9-]+$/,
  );
});

test("the same name with the same payload is the same execution, also when it has ended", async () => {
  let runs = 0;
  deploy(async () => ++runs);

  const first = await start("order-7", { order: 7 });
  const again = await start("order-7", { order: 7 });
  await ended(first.DurableExecutionArn);
  const late = await start("order-7", { order: 7 });

  expect(again.DurableExecutionArn).toBe(first.DurableExecutionArn);
  expect(late.DurableExecutionArn).toBe(first.DurableExecutionArn);
  expect(runs).toBe(1);
});

test("the same name with another payload is refused, until the execution's retention is over", async () => {
  deploy(async () => "done");
  const { DurableExecutionArn } = await start("order-7", { order: 7 });
  await ended(DurableExecutionArn);

  await expect(start("order-7", { order: 8 })).rejects.toMatchObject({
    name: "DurableExecutionAlreadyStartedException",
    $metadata: { httpStatusCode: 409 },
  });
  clock.advance(30 * 86_400_000);
  await expect(look(DurableExecutionArn)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  expect((await start("order-7", { order: 8 })).DurableExecutionArn).not.toBe(DurableExecutionArn);
});

test.each([[""], ["a b"], ["a.b"], ["x".repeat(65)]])("%j is no name for an execution", async (name) => {
  deploy(async () => "done");

  await expect(start(name)).rejects.toMatchObject({ name: "InvalidParameterValueException" });
});

test("an execution goes on with the version that it began with", async () => {
  deploy(async (_event, context) => {
    await context.wait("an hour", { hours: 1 });
    return "old";
  });
  const old = await start("old");
  await nextTurn();
  deploy(async () => "new", { code: "2" });
  const young = await start("young");

  expect((await ended(old.DurableExecutionArn)).Result).toBe('"old"');
  expect((await ended(young.DurableExecutionArn)).Result).toBe('"new"');
  expect((await look(young.DurableExecutionArn)).Version).toBe("2");
});

test("an invocation that crashed is tried again until it works, without doing again what is done", async () => {
  let done = 0;
  let crashes = 3;
  deploy(
    async (_event, context) => {
      await context.step("once", async () => ++done);
      return "done";
    },
    { cut: () => crashes-- > 0 },
  );

  const { DurableExecutionArn } = await start();
  const { Status, Result } = await ended(DurableExecutionArn);

  expect([Status, Result, done]).toEqual(["SUCCEEDED", '"done"', 1]);
  const { Events = [] } = await history(DurableExecutionArn);
  const errors = Events.map(
    ({ InvocationCompletedDetails }) => InvocationCompletedDetails?.Error?.Payload?.ErrorMessage,
  );
  expect(errors.filter((message) => message === "cut off")).toHaveLength(3);
});

test("an error outside of steps ends the execution at once, and the event goes to the dead letters", async () => {
  const dead: unknown[] = [];
  place.twin.register({
    name: "sqs",
    operations: { SendMessage: ({ MessageBody }) => dead.push(JSON.parse(MessageBody)) },
  });
  deploy(
    async () => {
      throw new RangeError("no such order");
    },
    { onFailureArn: "arn:aws:sqs:eu-west-1:000000000000:dead" },
  );

  const { DurableExecutionArn } = await start("order-7", { order: 7 });

  expect(await ended(DurableExecutionArn)).toMatchObject({
    Status: "FAILED",
    Error: { ErrorType: "RangeError", ErrorMessage: "no such order" },
  });
  expect(dead).toMatchObject([{ requestPayload: { order: 7 } }]);
});

test("an execution past its time limit has timed out", async () => {
  deploy(waitAnHour, { durable: { executionTimeoutSeconds: 600, retentionDays: 1 } });

  const { Status, StartTimestamp, EndTimestamp } = await ended((await start()).DurableExecutionArn);

  expect(Status).toBe("TIMED_OUT");
  expect(Number(EndTimestamp) - Number(StartTimestamp)).toBe(600_000);
});

test("a stopped execution is not invoked again, and what is under way can checkpoint no more", async () => {
  let done = 0;
  let go: (() => void) | undefined;
  deploy(async (_event, context) => {
    await context.step("first", async () => ++done);
    await context.step("second", () => new Promise<void>((resolve) => (go = resolve)));
    await context.step("third", async () => ++done);
  });
  const { DurableExecutionArn } = await start();
  const finishSecond = await place.pass(async () => go);

  const reason = { ErrorType: "Person", ErrorMessage: "not wanted" };
  await place.client.send(new StopDurableExecutionCommand({ DurableExecutionArn, Error: reason }));
  finishSecond();
  clock.advance(3_600_000);
  await nextTurn();

  expect(await look(DurableExecutionArn)).toMatchObject({ Status: "STOPPED", Error: reason });
  expect(done).toBe(1);
});

test("a checkpoint's token serves once", async () => {
  const errors: unknown[] = [];
  place.deploy(async ({ DurableExecutionArn, CheckpointToken, InitialExecutionState }: never) => {
    const checkpoint = (token: string | undefined) =>
      place.client.send(
        new CheckpointDurableExecutionCommand({ DurableExecutionArn, CheckpointToken: token, Updates: [] }),
      );
    expect(InitialExecutionState).toMatchObject({ Operations: [{ Type: "EXECUTION" }] });
    const next = await checkpoint(CheckpointToken);
    await checkpoint(CheckpointToken).catch((thrown) => errors.push(thrown));
    await checkpoint(next.CheckpointToken);
    const stale = new GetDurableExecutionStateCommand({ DurableExecutionArn, CheckpointToken });
    await place.client.send(stale).catch((thrown) => errors.push(thrown));
    return { Status: "SUCCEEDED" };
  });

  expect((await ended((await start()).DurableExecutionArn)).Status).toBe("SUCCEEDED");
  const refusal = { name: "InvalidParameterValueException", message: "Invalid Checkpoint Token" };
  expect(errors).toMatchObject([refusal, refusal]);
});

test("updates of one checkpoint are applied all or none", async () => {
  let seen: unknown;
  place.deploy(async ({ DurableExecutionArn, CheckpointToken }: never) => {
    const step = { Type: "STEP" as const, Id: "1", Name: "first" };
    const checkpoint = (Updates: object[]) =>
      place.client.send(
        new CheckpointDurableExecutionCommand({
          DurableExecutionArn,
          CheckpointToken,
          Updates: Updates as never,
        }),
      );
    const wrong = { Type: "WAIT", Id: "2", Action: "SUCCEED" };
    await checkpoint([{ ...step, Action: "START" }, wrong]).catch(() => {});
    const { NewExecutionState } = await checkpoint([{ ...step, Action: "SUCCEED", Payload: "1" }]);
    seen = NewExecutionState?.Operations?.map(({ Id, Status }) => [Id, Status]);
    return { Status: "SUCCEEDED" };
  });

  await ended((await start()).DurableExecutionArn);

  expect(seen).toEqual([["1", "SUCCEEDED"]]);
});

test("a long execution is read in pages when it is replayed", async () => {
  let done = 0;
  deploy(async (_event, context) => {
    let sum = 0;
    for (let i = 0; i < 150; i++) sum += await context.step(`step ${i}`, async () => ++done && i);
    await context.wait("a while", { seconds: 10 });
    return sum + (await context.step("last", async () => 0));
  });

  const { Result } = await ended((await start()).DurableExecutionArn);

  expect([Result, done]).toEqual([String((149 * 150) / 2), 150]);
});

test("an execution of more than 3,000 operations fails", async () => {
  deploy(async (_event, context) => {
    for (let i = 0; i < 3_100; i++) await context.step(`${i}`, async () => i);
  });

  const { Status, Error: error } = await ended((await start()).DurableExecutionArn);

  expect(Status).toBe("FAILED");
  expect(error?.ErrorMessage).toMatch(/3000 operations/);
});

test("a callback takes one answer, and signs of life in time", async () => {
  const ids: string[] = [];
  deploy(async (_event, context) =>
    context.waitForCallback("approval", async (id) => void ids.push(id), {
      heartbeatTimeout: { minutes: 10 },
      timeout: { hours: 1 },
    }),
  );
  const first = await start("first");
  const second = await start("second");
  const [CallbackId, silent] = await place.pass(async () => (ids.length === 2 ? ids : undefined));

  clock.advance(9 * 60_000);
  await place.client.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }));
  clock.advance(9 * 60_000);
  await place.client.send(
    new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from("yes") }),
  );

  expect((await ended(first.DurableExecutionArn)).Result).toBe('"yes"');
  expect(await ended(second.DurableExecutionArn)).toMatchObject({
    Status: "FAILED",
    Error: { ErrorType: "CallbackTimeoutError", ErrorMessage: "Callback timed out on heartbeat" },
  });
  for (const id of [CallbackId, silent])
    await expect(
      place.client.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId: id })),
    ).rejects.toMatchObject({ name: "CallbackTimeoutException" });
  await expect(
    place.client.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: "none" })),
  ).rejects.toMatchObject({ name: "InvalidParameterValueException" });
});

test("a synchronous invocation waits for the end, and is refused where that may take longer than 15 minutes", async () => {
  deploy(waitAnHour);
  const call = () =>
    place.client.send(new InvokeCommand({ FunctionName: "work:live", Payload: Buffer.from("{}") }));
  await expect(call()).rejects.toMatchObject({ name: "InvalidParameterValueException" });

  deploy(
    async ({ order = 7 }, context) => {
      await context.wait("a minute", { minutes: 1 });
      return { order };
    },
    { code: "2", durable: { executionTimeoutSeconds: 900, retentionDays: 1 } },
  );
  let answer: Awaited<ReturnType<typeof call>> | undefined;
  void call().then((given) => (answer = given));
  const given = await place.pass(async () => answer);

  expect(Buffer.from(given.Payload ?? []).toString()).toBe('{"order":7}');
  expect(given).toMatchObject({ StatusCode: 200, ExecutedVersion: "2" });
});

test("executions are listed by function, the newest first, by name, status and start", async () => {
  deploy(waitAnHour);
  const names = ["a", "b", "c"];
  for (const name of names) {
    await start(name);
    clock.advance(1_000);
  }
  const list = async (more: object = {}) => {
    const asked = new ListDurableExecutionsByFunctionCommand({ FunctionName: "work", ...more });
    const { DurableExecutions = [], NextMarker } = await place.client.send(asked);
    return [DurableExecutions.map(({ DurableExecutionName }) => DurableExecutionName), NextMarker] as const;
  };

  expect(await list()).toEqual([["c", "b", "a"], undefined]);
  expect(await list({ ReverseOrder: true, MaxItems: 2 })).toEqual([["a", "b"], "2"]);
  expect(await list({ ReverseOrder: true, MaxItems: 2, Marker: "2" })).toEqual([["c"], undefined]);
  expect((await list({ DurableExecutionName: "b" }))[0]).toEqual(["b"]);
  expect((await list({ Statuses: ["SUCCEEDED"] }))[0]).toEqual([]);
  expect((await list({ StartedAfter: new Date("2026-11-21T00:00:00Z") }))[0]).toEqual(["c", "b"]);
  await expect(list({ FunctionName: "none" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("the history tells each event in order, with or without its data", async () => {
  deploy(async (_event, context) => {
    await context.step("make", async () => ({ secret: "x" }));
    await context.wait("a while", { seconds: 10 });
    return "done";
  });
  const { DurableExecutionArn } = await start();
  await ended(DurableExecutionArn);

  const { Events = [] } = await history(DurableExecutionArn);

  expect(Events.map(({ EventType, Name }) => (Name ? `${EventType} ${Name}` : EventType))).toEqual([
    "ExecutionStarted",
    "StepStarted make",
    "StepSucceeded make",
    "WaitStarted a while",
    "InvocationCompleted",
    "WaitSucceeded a while",
    "InvocationCompleted",
    "ExecutionSucceeded",
  ]);
  expect(Events[2]?.StepSucceededDetails?.Result?.Payload).toBe('{"secret":"x"}');
  const bare = await history(DurableExecutionArn, { IncludeExecutionData: false, ReverseOrder: true });
  expect(bare.Events?.[0]?.EventType).toBe("ExecutionSucceeded");
  expect(JSON.stringify(bare.Events)).not.toContain("secret");
});

test("executions go on after a restart, also one whose invocation was cut off by it", async () => {
  let done = 0;
  let hang = true;
  const work: Work = async (_event, context) => {
    await context.step("once", async () => ++done);
    if (hang) await new Promise(() => {});
    await context.wait("an hour", { hours: 1 });
    return "done";
  };
  deploy(work);
  const { DurableExecutionArn } = await start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const saved = JSON.stringify(place.lambda.service.save?.());
  hang = false;

  place = durablePlace(clock);
  place.lambda.service.load?.(JSON.parse(saved));
  deploy(work);
  place.lambda.start();

  expect((await ended(DurableExecutionArn)).Result).toBe('"done"');
  expect(done).toBe(1);
});

function history(DurableExecutionArn: string | undefined, more: object = {}) {
  return place.client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn, ...more }));
}
