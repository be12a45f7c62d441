import { InvokeCommand, StopDurableExecutionCommand } from "@aws-sdk/client-lambda";
import { beforeEach, expect, test } from "vitest";
import {
  clock,
  deploy,
  ended,
  history,
  look,
  nextTurn,
  place,
  renew,
  restart,
  start,
  type Work,
  waitAnHour,
} from "./executions.ts";

/*
 * What Lambda does with durable executions: their names and versions, and how they end. That its steps, polls and callbacks
 * do what they promise is tested in test/durable.test.ts.
 */
beforeEach(renew);

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

  restart();
  place.lambda.service.load?.(JSON.parse(saved));
  deploy(work);
  place.lambda.start();

  expect((await ended(DurableExecutionArn)).Result).toBe('"done"');
  expect(done).toBe(1);
});
