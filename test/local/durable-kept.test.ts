import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionStateCommand,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from "@aws-sdk/client-lambda";
import { beforeEach, expect, test } from "vitest";
import { clock, deploy, ended, history, place, renew, start, waitAnHour } from "./executions.ts";

/*
 * What Lambda keeps of durable executions and tells of them: checkpoints, callbacks, lists and histories.
 */
beforeEach(renew);

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
