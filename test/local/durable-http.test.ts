import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackFailureCommand,
  StopDurableExecutionCommand,
} from "@aws-sdk/client-lambda";
import { buildSync } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { realClock } from "../../local/clock.ts";
import { AccessControl } from "../../local/iam.ts";
import { type Serving, serve } from "../../local/server.ts";
import { Lambda } from "../../local/services/lambda.ts";
import { loadState, saveState } from "../../local/state.ts";
import { Twin } from "../../local/twin.ts";
import { until } from "./stand-in.ts";

/*
 * A durable function as `npm start` runs it: its own bundle in a worker thread, with its own role, calling the
 * stand-in over HTTP, in real time.
 */
const region = "eu-west-1";
const arn = `arn:aws:lambda:${region}:000000000000:function:work`;
const rights = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"];
const scratch = mkdtempSync(join(tmpdir(), "holdfast-durable-"));
let notes: string;
let account: Awaited<ReturnType<typeof open>>;

beforeAll(() => {
  buildSync({
    entryPoints: [join(import.meta.dirname, "durable-handler.ts")],
    outfile: join(scratch, "index.mjs"),
    ...{ bundle: true, format: "esm", platform: "node", target: "node24", mainFields: ["module", "main"] },
    banner: {
      js: 'import{createRequire as requireFrom}from"node:module";const require=requireFrom(import.meta.url);',
    },
    logLevel: "error",
  });
});

beforeEach(async () => {
  notes = join(mkdtempSync(join(scratch, "test-")), "notes");
  writeFileSync(notes, "");
  account = await open(join(notes, ".."), rights);
});

afterEach(() => account.end());
afterAll(() => rmSync(scratch, { recursive: true }));

/** Opens an account with the function in it, as its state was saved in the folder. */
async function open(folder: string, granted: string[]) {
  const twin = new Twin({ clock: realClock });
  const lambda = new Lambda(twin, () => {});
  twin.register(lambda.service);
  const access = new AccessControl(twin);
  twin.interceptors.push(access.interceptor);
  access.assume(`work@${region}`, "arn:aws:iam::000000000000:role/work");
  access.grant("work", [{ Effect: "Allow", Action: granted, Resource: `${arn}:*` }]);
  await loadState(twin, folder);
  const serving: Serving = await serve(twin);
  const variables = {
    NOTES: notes,
    AWS_REGION: region,
    AWS_ENDPOINT_URL: serving.url,
    AWS_ACCESS_KEY_ID: `work@${region}`,
    AWS_SECRET_ACCESS_KEY: "stand-in",
  };
  lambda.create({
    ...{
      name: "work",
      arn,
      folder: scratch,
      handler: "index.handler",
      timeoutSeconds: 2,
      memoryMb: 256,
      variables,
    },
    durable: { executionTimeoutSeconds: 600, retentionDays: 1 },
  });
  lambda.alias(arn, "live", lambda.publish(arn, "1"));
  lambda.start();
  const credentials = { accessKeyId: "person", secretAccessKey: "none" };
  const client = new LambdaClient({ region, endpoint: serving.url, credentials });
  return {
    client,
    access,
    save: () => saveState(twin, folder),
    async end() {
      client.destroy();
      await lambda.close();
      await serving.close();
    },
  };
}

async function start(event: object) {
  const command = {
    FunctionName: "work",
    Qualifier: "live",
    InvocationType: "Event",
    DurableExecutionName: "one",
  };
  const Payload = Buffer.from(JSON.stringify(event));
  const answer = await account.client.send(
    new InvokeCommand({ ...command, InvocationType: "Event", Payload }),
  );
  return answer.DurableExecutionArn;
}

const look = (DurableExecutionArn: string | undefined) =>
  account.client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));

const ended = (executionArn: string | undefined) =>
  until("the end of the execution", async () => {
    const execution = await look(executionArn);
    return execution.Status === "RUNNING" ? undefined : execution;
  });

const noted = () => readFileSync(notes, "utf8").trim().split("\n");

test("it runs to its end in its version, with no more rights than its own executions need", async () => {
  const { Status, Result, Version } = await ended(await start({}));

  expect([Status, Result, Version]).toEqual(["SUCCEEDED", '{"functionVersion":"1"}', "1"]);
  expect(noted()).toEqual(["first", "risky", "last"]);
  expect(account.access.refusals).toEqual([]);
});

test.each([["exit"], ["hang"]])(
  "an invocation that ends by %s is tried again from its last checkpoint",
  async (end) => {
    const executionArn = await start({ end });

    expect((await ended(executionArn)).Status).toBe("SUCCEEDED");
    expect(noted()).toEqual(["first", "risky", "risky", "last"]);
    const history = new GetDurableExecutionHistoryCommand({
      DurableExecutionArn: executionArn,
      MaxItems: 1_000,
    });
    const { Events = [] } = await account.client.send(history);
    const errors = Events.flatMap(
      ({ InvocationCompletedDetails }) => InvocationCompletedDetails?.Error?.Payload ?? [],
    );
    expect(errors).toMatchObject([{ ErrorType: end === "exit" ? "Runtime.ExitError" : "Sandbox.Timedout" }]);
  },
);

test("a function that may not checkpoint fails", async () => {
  await account.end();
  account = await open(join(notes, ".."), ["lambda:GetDurableExecutionState"]);

  const { Status, Error: error } = await ended(await start({}));

  expect(Status).toBe("FAILED");
  expect(error?.ErrorMessage).toMatch(/not authorized to perform: lambda:CheckpointDurableExecution/);
});

test("after a kill of the stand-in it goes on where it was saved, at another port", async () => {
  const executionArn = await start({});
  await until("the wait", async () => (noted().includes("risky") ? true : undefined));
  account.save();
  await account.end();

  account = await open(join(notes, ".."), rights);

  expect((await ended(executionArn)).Status).toBe("SUCCEEDED");
  expect(noted().filter((line) => line === "first")).toHaveLength(1);
  expect(noted().at(-1)).toBe("last");
});

test("calls and their errors are those of AWS's client", async () => {
  const DurableExecutionArn = await start({ end: "hang" });
  const { client } = account;
  const list = new ListDurableExecutionsByFunctionCommand({
    FunctionName: "work",
    Statuses: ["RUNNING", "FAILED"],
    StartedAfter: new Date(Date.now() - 60_000),
  });

  expect((await client.send(list)).DurableExecutions).toMatchObject([
    { DurableExecutionArn, Status: "RUNNING" },
  ]);
  await expect(start({ other: true })).rejects.toMatchObject({
    name: "DurableExecutionAlreadyStartedException",
    $metadata: { httpStatusCode: 409 },
  });
  await expect(
    client.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId: "none", Error: {} })),
  ).rejects.toMatchObject({ name: "InvalidParameterValueException" });
  await expect(look(`${arn}:1/durable-execution/none/none`)).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  const reason = { ErrorMessage: "not wanted" };
  const { StopTimestamp } = await client.send(
    new StopDurableExecutionCommand({ DurableExecutionArn, Error: reason }),
  );
  expect(StopTimestamp).toBeInstanceOf(Date);
  expect(await look(DurableExecutionArn)).toMatchObject({ Status: "STOPPED", Error: reason });
});
