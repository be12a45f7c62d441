import { SQSClient } from "@aws-sdk/client-sqs";
import type { Context, SQSEvent } from "aws-lambda";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import * as z from "zod/mini";
import { maxReceives } from "../functions/core/retry.ts";
import { queueTask, task } from "../functions/glue.ts";
import { queuesAt } from "../functions/messages/queues.ts";
import type { World } from "../functions/world.ts";
import { VirtualClock } from "../local/clock.ts";
import { connect } from "../local/in-process.ts";
import { sqsService } from "../local/services/sqs.ts";
import { Twin } from "../local/twin.ts";

/*
 * What becomes of messages, in a queue of the stand-in that gives them up after as many receives as the deployed ones.
 */
const region = "eu-west-1";
const queueArn = `arn:aws:sqs:${region}:000000000000:work`;
const began = Date.parse("2026-11-21T00:00:00Z");
const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 900_000 } as Context;

let clock: VirtualClock;
let twin: Twin;
let world: World;
let call: (operation: string, input: Record<string, unknown>) => Promise<Record<string, unknown>>;

beforeEach(async () => {
  clock = new VirtualClock();
  twin = new Twin({ clock });
  twin.register(sqsService(twin, { url: "http://127.0.0.1" }));
  const client = connect(new SQSClient({ region }), { twin, service: "sqs", region });
  world = { queues: queuesAt({ account: "000000000000" }, client) } as World;
  call = async (operation, input) =>
    (await twin.call({ service: "sqs", region, operation, input, principal: "test" })) as never;
  await call("CreateQueue", { QueueName: "work-dlq" });
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: `${queueArn}-dlq`,
    maxReceiveCount: maxReceives,
  });
  await call("CreateQueue", { QueueName: "work", Attributes: { RedrivePolicy, VisibilityTimeout: "5400" } });
});

type Received = {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  Attributes: Record<string, string>;
};

/** One poll of the event source: gives the bodies that were deleted as done. */
async function feed(handler: (event: SQSEvent, context: Context) => Promise<unknown>): Promise<string[]> {
  const input = {
    QueueUrl: "work",
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 0,
    MessageSystemAttributeNames: ["All"],
  };
  const { Messages = [] } = (await call("ReceiveMessage", input)) as { Messages?: Received[] };
  if (Messages.length === 0) return [];
  const Records = Messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
    eventSourceARN: queueArn,
  }));
  const answer = (await handler({ Records } as unknown as SQSEvent, context)) as {
    batchItemFailures: { itemIdentifier: string }[];
  };
  const failed = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  const done = Messages.filter(({ MessageId }) => !failed.includes(MessageId));
  for (const { ReceiptHandle } of done) await call("DeleteMessage", { QueueUrl: "work", ReceiptHandle });
  return done.map(({ Body }) => Body);
}

const Work = z.object({ job: z.string() });
const send = (body: string) => call("SendMessage", { QueueUrl: "work", MessageBody: body });

test("only what failed comes back, whatever made it fail", async () => {
  await send('{"job":"good"}');
  await send('{"job":"bad"}');
  await send("not JSON");
  await send('{"other":"shape"}');
  const run = async ({ job }: { job: string }) => {
    if (job === "bad") throw new Error("no");
  };
  expect(await feed(queueTask(Work, run, () => world) as never)).toEqual(['{"job":"good"}']);
  clock.advance(30_000);
  const seen: string[] = [];
  await feed(
    queueTask(
      Work,
      async ({ job }) => void seen.push(job),
      () => world,
    ) as never,
  );
  expect(seen).toEqual(["bad"]);
});

test("a message that keeps failing is tried after 30 s, 2, 8 and 32 minutes, told of its last try, and given up", async () => {
  await send('{"job":"bad"}');
  const tries: { minutes: number; lastTry: boolean }[] = [];
  const handler = queueTask(
    Work,
    async (_input, _world, { lastTry }) => {
      tries.push({ minutes: (clock.now() - began) / 60_000, lastTry });
      throw new Error("no");
    },
    () => world,
  );
  for (let halfMinutes = 0; halfMinutes < 400; halfMinutes++) {
    await feed(handler as never);
    clock.advance(30_000);
  }
  expect(tries).toEqual([
    { minutes: 0, lastTry: false },
    { minutes: 0.5, lastTry: false },
    { minutes: 2.5, lastTry: false },
    { minutes: 10.5, lastTry: false },
    { minutes: 42.5, lastTry: true },
  ]);
  const { Messages } = (await call("ReceiveMessage", { QueueUrl: "work-dlq" })) as { Messages: Received[] };
  expect(Messages.map(({ Body }) => Body)).toEqual(['{"job":"bad"}']);
});

test("when the queue cannot be told, the message still comes back, after its visibility timeout", async () => {
  await send('{"job":"bad"}');
  twin.interceptors.push(async (made, proceed) => {
    if (made.operation === "ChangeMessageVisibility") throw new Error("away");
    return proceed();
  });
  let tries = 0;
  const handler = queueTask(
    Work,
    async () => {
      tries += 1;
      throw new Error("no");
    },
    () => world,
  );
  await feed(handler as never);
  clock.advance(5_399_000);
  await feed(handler as never);
  expect(tries).toBe(1);
  clock.advance(1_000);
  await feed(handler as never);
  expect(tries).toBe(2);
});

const never = () => new Promise<void>(() => undefined);

test.each<[string, unknown]>([
  ["calls", task(z.unknown(), never, () => world)],
  ["messages", queueTask(z.unknown(), never, () => world)],
])("%s not done when the time is up are said to be that, and not an error of ours", async (_of, made) => {
  const handler = made as (event: unknown, context: Context) => Promise<unknown>;
  const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(() => said.mockRestore());
  const short = { awsRequestId: "1", getRemainingTimeInMillis: () => 80 } as Context;

  const problem = { code: "unavailable", message: "the function was not done when its time was up" };
  const Records = [{ body: "{}", messageId: "1", attributes: { ApproximateReceiveCount: "1" } }];
  await expect(handler({ Records }, short)).rejects.toMatchObject(problem);
  expect(said.mock.calls).toEqual([[expect.objectContaining({ ...problem, requestId: "1" })]]);
});
