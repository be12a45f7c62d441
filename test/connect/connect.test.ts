import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { memoryBlobs } from "../../local/blobs.ts";
import { realClock } from "../../local/clock.ts";
import { type Serving, serve } from "../../local/server.ts";
import { s3Service } from "../../local/services/s3.ts";
import { AwsError, Twin } from "../../local/twin.ts";

const answers: Record<string, unknown>[] = [];
let calls: string[] = [];
let takesAnswers = true;
let serving: Serving;
let client: S3Client;
let handler: (event: unknown) => Promise<void>;

beforeAll(async () => {
  const twin = new Twin({ clock: realClock });
  twin.register(s3Service(twin, memoryBlobs()));
  twin.interceptors.push((call, proceed) => {
    calls.push(call.operation);
    if (call.input.Bucket === "forbidden") throw new AwsError("AccessDenied", "Access Denied", 403);
    return proceed();
  });
  serving = await serve(twin, {
    custom: (_path, body) => {
      answers.push(JSON.parse(body));
      return takesAnswers;
    },
  });
  // What Lambda would give the function.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: serving.url,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "connect",
    AWS_SECRET_ACCESS_KEY: "none",
  });
  ({ handler } = await import("../../functions/connect/handler.ts"));
  client = new S3Client({});
  await client.send(new CreateBucketCommand({ Bucket: "uploads" }));
});

afterAll(() => serving.close());

beforeEach(() => {
  answers.length = 0;
  calls = [];
  takesAnswers = true;
});

const others = {
  QueueConfigurations: [
    {
      Id: "thumbnails",
      QueueArn: "arn:aws:sqs:eu-west-1:000000000000:thumbnails",
      Events: ["s3:ObjectCreated:Put" as const],
      Filter: { Key: { FilterRules: [{ Name: "prefix" as const, Value: "images/" }] } },
    },
  ],
  TopicConfigurations: [
    {
      Id: "audit",
      TopicArn: "arn:aws:sns:eu-west-1:000000000000:audit",
      Events: ["s3:ObjectRemoved:*" as const],
    },
  ],
};

const request = (RequestType: string, Bucket = "uploads") => ({
  RequestType,
  ResponseURL: `${serving.url}/_cloudformation/1?signature=x`,
  StackId: "stack",
  RequestId: "request",
  LogicalResourceId: "Events",
  ResourceType: "Custom::HoldfastBucketEvents",
  ResourceProperties: { ServiceToken: "arn", Bucket },
});

async function notifications() {
  const { $metadata: _, ...configuration } = await client.send(
    new GetBucketNotificationConfigurationCommand({ Bucket: "uploads" }),
  );
  return configuration;
}

async function setNotifications(configuration: object): Promise<void> {
  await client.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: "uploads",
      NotificationConfiguration: configuration,
    }),
  );
  calls = [];
}

test("EventBridge is switched on, and the bucket's other notifications stay as they are", async () => {
  await setNotifications(others);

  await handler(request("Create"));

  expect(await notifications()).toEqual({ ...others, EventBridgeConfiguration: {} });
  expect(answers).toEqual([
    {
      Status: "SUCCESS",
      StackId: "stack",
      RequestId: "request",
      LogicalResourceId: "Events",
      PhysicalResourceId: "events-of-uploads",
    },
  ]);
});

test("where it is on already nothing is written", async () => {
  await setNotifications({ ...others, EventBridgeConfiguration: {} });

  await handler(request("Update"));

  expect(calls).toEqual(["GetBucketNotificationConfiguration"]);
  expect(answers).toMatchObject([{ Status: "SUCCESS" }]);
});

test("deleting the resource switches nothing off", async () => {
  await handler(request("Delete"));

  expect(calls).toEqual([]);
  expect(answers).toMatchObject([{ Status: "SUCCESS", PhysicalResourceId: "events-of-uploads" }]);
});

test("a bucket that is not there, or not ours, fails the deployment with the reason", async () => {
  await handler(request("Create", "nowhere"));
  await handler(request("Create", "forbidden"));

  expect(answers).toMatchObject([
    { Status: "FAILED", PhysicalResourceId: "events-of-nowhere" },
    { Status: "FAILED", PhysicalResourceId: "events-of-forbidden" },
  ]);
  expect(answers[0]?.Reason).toMatch(/bucket nowhere.*NoSuchBucket.*Check the name/);
  expect(answers[1]?.Reason).toMatch(/bucket forbidden.*AccessDenied.*Give the role the right/);
});

test("if CloudFormation does not take the answer, the invocation fails, and Lambda tries again", async () => {
  takesAnswers = false;

  await expect(handler(request("Delete"))).rejects.toThrow("HTTP 404");
});

test("what is no request of CloudFormation is refused", async () => {
  await expect(handler({ hello: "world" })).rejects.toThrow();
});
