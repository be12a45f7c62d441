import { beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { schedulerService } from "../../local/services/scheduler.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { Twin } from "../../local/twin.ts";

/*
 * Schedules on a virtual clock that begins at 2026-11-21T00:00:00Z, a Saturday; what they send is read from a queue.
 */
const region = "eu-west-1";
const arn = (name: string) => `arn:aws:sqs:${region}:000000000000:${name}`;
let clock: VirtualClock;
let call: (
  service: "sqs" | "scheduler",
  operation: string,
  input: object,
) => Promise<Record<string, unknown>>;

beforeEach(async () => {
  clock = new VirtualClock();
  const twin = new Twin({ clock });
  twin.register(sqsService(twin, { url: "http://127.0.0.1" }));
  twin.register(schedulerService(twin));
  call = async (service, operation, input) =>
    (await twin.call({ service, region, operation, input: { ...input }, principal: "test" })) as never;
  await call("sqs", "CreateQueue", { QueueName: "target" });
  await call("sqs", "CreateQueue", { QueueName: "dlq" });
});

const schedule = (ScheduleExpression: string, more: object = {}, target: object = {}) =>
  call("scheduler", "CreateSchedule", {
    Name: "s",
    ScheduleExpression,
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: {
      Arn: arn("target"),
      RoleArn: "arn:aws:iam::000000000000:role/r",
      Input: '{"due":"<aws.scheduler.scheduled-time>"}',
      ...target,
    },
    ...more,
  });

/** Lets so many days pass, an hour at a time, and gives the due times of all that was sent. */
async function dueWithin(days: number): Promise<string[]> {
  const due: string[] = [];
  for (let hours = 0; hours <= 24 * days; hours++) {
    await new Promise(setImmediate);
    const input = { QueueUrl: "target", MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 };
    const { Messages = [] } = (await call("sqs", "ReceiveMessage", input)) as {
      Messages?: { Body: string }[];
    };
    due.push(...Messages.map(({ Body }) => JSON.parse(Body).due as string));
    for (const { ReceiptHandle } of Messages as unknown as { ReceiptHandle: string }[])
      await call("sqs", "DeleteMessage", { QueueUrl: "target", ReceiptHandle });
    clock.advance(3_600_000);
  }
  return due;
}

test("a rate runs soon after its creation, and then at each interval", async () => {
  await schedule("rate(12 hours)");
  const due = (await dueWithin(1)).map(Date.parse);
  expect(due).toHaveLength(2);
  expect((due[1] ?? 0) - (due[0] ?? 0)).toBe(12 * 3_600_000);
});

test("cron counts days of the week from Sunday as 1, and takes L and steps", async () => {
  await schedule("cron(30 6 ? * 2 *)"); // Mondays
  expect(await dueWithin(10)).toEqual(["2026-11-23T06:30:00Z", "2026-11-30T06:30:00Z"]);
});

test("cron on the last day of the month", async () => {
  await schedule("cron(0 22 L * ? *)");
  expect(await dueWithin(45)).toEqual(["2026-11-30T22:00:00Z", "2026-12-31T22:00:00Z"]);
});

test("at() runs once; a disabled schedule does not run", async () => {
  await schedule("at(2026-11-21T05:00:00)");
  await schedule("rate(1 hour)", { Name: "off", State: "DISABLED" });
  expect(await dueWithin(2)).toEqual(["2026-11-21T05:00:00Z"]);
});

test("what a target cannot be given goes to the dead-letter queue with the reason, after the retries", async () => {
  await schedule(
    "at(2026-11-21T01:00:00)",
    {},
    {
      Arn: arn("nowhere"),
      DeadLetterConfig: { Arn: arn("dlq") },
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3_600 },
    },
  );
  await dueWithin(3);
  const read = { QueueUrl: "dlq", MessageAttributeNames: ["All"] };
  const { Messages = [] } = (await call("sqs", "ReceiveMessage", read)) as {
    Messages?: { Body: string; MessageAttributes: Record<string, { StringValue: string }> }[];
  };
  expect(Messages).toHaveLength(1);
  expect(JSON.parse(Messages[0]?.Body ?? "")).toEqual({ due: "2026-11-21T01:00:00Z" });
  expect(Messages[0]?.MessageAttributes.TARGET_ARN?.StringValue).toBe(arn("nowhere"));
});

test("expressions that are none, and names that are taken, are refused", async () => {
  for (const expression of [
    "rate(0 hours)",
    "every hour",
    "cron(0 0 * * * *)",
    "cron(0 0 1 1)",
    "at(tomorrow)",
  ])
    await expect(schedule(expression)).rejects.toMatchObject({ code: "ValidationException" });
  await schedule("rate(1 hour)");
  await expect(schedule("rate(1 hour)")).rejects.toMatchObject({ code: "ConflictException" });
});
