import { LambdaClient } from "@aws-sdk/client-lambda";
import { beforeEach, expect, test } from "vitest";
import { type Invoke, invokeAt } from "../../functions/invoke/invoke.ts";
import { VirtualClock } from "../../local/clock.ts";
import { connect } from "../../local/in-process.ts";
import { AwsError, Twin } from "../../local/twin.ts";

/*
 * How functions ask each other, and start executions.
 */
const region = "eu-central-1";
let called: Record<string, unknown>[];
let answer: () => object;
let invoke: Invoke;

beforeEach(() => {
  const twin = new Twin({ clock: new VirtualClock() });
  called = [];
  answer = () => ({ StatusCode: 200, Payload: Buffer.from('{"rows":5}') });
  twin.register({
    name: "lambda",
    operations: {
      Invoke: (input) => {
        called.push({ ...input, Payload: Buffer.from(input.Payload).toString() });
        return answer();
      },
    },
  });
  const client = connect(new LambdaClient({ region }), { twin, service: "lambda", region });
  invoke = invokeAt({ name: "prod" }, client);
});

test("a function is asked by its name, and its answer is what it gave", async () => {
  expect(await invoke.ask("check", { host: "clone" })).toEqual({ rows: 5 });
  expect(called).toEqual([{ FunctionName: "holdfast-prod-check", Payload: '{"host":"clone"}' }]);
});

test("what it throws is told with its words, and where to read more", async () => {
  const failing = (error: object) => () => ({
    ...{ StatusCode: 200, FunctionError: "Unhandled" },
    Payload: Buffer.from(JSON.stringify(error)),
  });
  answer = failing({ errorType: "Error", errorMessage: "no route to host" });
  await expect(invoke.ask("check", {})).rejects.toMatchObject({
    ...{ code: "internal", retryable: false },
    message: "holdfast-prod-check failed: no route to host",
  });
  answer = failing({ errorType: "Function.ResponseSizeTooLarge", errorMessage: "6 MB" });
  await expect(invoke.ask("check", {})).rejects.toMatchObject({ code: "unsupported" });
});

test("an execution is started by its name, by the alias of its version, and once", async () => {
  answer = () => ({ StatusCode: 202 });
  await invoke.start("drill", "prod-orders-drill-20261121T0300Z", { source: "orders" });
  expect(called).toEqual([
    {
      ...{ FunctionName: "holdfast-prod-drill", Qualifier: "live", InvocationType: "Event" },
      DurableExecutionName: "prod-orders-drill-20261121T0300Z",
      Payload: '{"source":"orders"}',
    },
  ]);
  answer = () => {
    throw new AwsError("DurableExecutionAlreadyStartedException", "with another payload", 409);
  };
  await expect(invoke.start("drill", "x", {})).rejects.toMatchObject({ code: "invalid" });
  answer = () => {
    throw new AwsError("TooManyRequestsException", "slow down", 429);
  };
  await expect(invoke.start("drill", "x", {})).rejects.toMatchObject({ code: "throttled", retryable: true });
});
