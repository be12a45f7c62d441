import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { describe, expect, test } from "vitest";
import { bucketSizesAt } from "../../functions/metrics/bucket-sizes.ts";
import { smsSpendAt } from "../../functions/metrics/sms-spend.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { connect } from "../../local/in-process.ts";
import { cloudWatchService } from "../../local/services/cloudwatch.ts";
import { Lambda } from "../../local/services/lambda.ts";
import { s3Service } from "../../local/services/s3.ts";
import { snsService } from "../../local/services/sns.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { AwsError, type ServiceName, Twin } from "../../local/twin.ts";

const region = "eu-west-1";

function place() {
  const clock = new VirtualClock("2026-11-21T10:00:00Z");
  const twin = new Twin({ clock });
  const lines: string[] = [];
  const lambda = new Lambda(twin, (_name, _region, line) => lines.push(line));
  const services = [
    cloudWatchService(twin),
    s3Service(twin, memoryBlobs()),
    sqsService(twin),
    lambda.service,
  ];
  for (const service of services) twin.register(service);
  const call = (service: ServiceName, operation: string, input: Record<string, unknown>) =>
    twin.call({ service, region, operation, input, principal: "test" });
  /** The sum of a metric over the two days around now. */
  const read = async (
    Namespace: string,
    MetricName: string,
    dimensions: Record<string, string>,
    Stat = "Sum",
  ) => {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period: 172_800, Stat };
    const answer = (await call("monitoring", "GetMetricData", {
      MetricDataQueries: [{ Id: "m", MetricStat }],
      StartTime: new Date(clock.now() - 86_400_000),
      EndTime: new Date(clock.now() + 86_400_000),
    })) as { MetricDataResults: { Values: number[] }[] };
    return answer.MetricDataResults[0]?.Values[0];
  };
  return { clock, twin, lambda, lines, call, read };
}

/** An alarm on anything: only where there is one does time go by for CloudWatch. */
const anyAlarm = {
  AlarmName: "any",
  Namespace: "Any",
  MetricName: "Any",
  Period: 60,
  Statistic: "Sum",
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "LessThanThreshold",
};

test("invocations and errors of a function are counted, and what it embeds in its log becomes metrics", async () => {
  const { lambda, call, read } = place();
  const arn = `arn:aws:lambda:${region}:000000000000:function:shop`;
  const spec = {
    name: "shop",
    arn,
    folder: "",
    handler: "",
    timeoutSeconds: 3,
    memoryMb: 128,
    variables: {},
  };
  const run = async (event: unknown) => {
    if (event === "fail") throw new Error("as asked");
  };
  lambda.create({ ...spec, run });
  for (const event of ["work", "fail", "work"])
    await call("lambda", "Invoke", { FunctionName: "shop", Payload: JSON.stringify(event) });
  const of = { FunctionName: "shop" };
  expect(await read("AWS/Lambda", "Invocations", of)).toBe(3);
  expect(await read("AWS/Lambda", "Errors", of)).toBe(1);
});

test("a function embeds metrics past its console, which Lambda wraps where a function logs in JSON", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  const CloudWatchMetrics = [{ Namespace: "Shop", Dimensions: [[]], Metrics: [{ Name: "Sold" }] }];
  const document = JSON.stringify({
    _aws: { Timestamp: Date.parse("2026-11-21T10:00:00Z"), CloudWatchMetrics },
    Sold: 1,
  });
  writeFileSync(
    join(folder, "index.mjs"),
    `export const handler = () => { console.log('${document}'); process.stdout.write('${document}\\n'); };`,
  );
  const { lambda, call, read } = place();
  const arn = `arn:aws:lambda:${region}:000000000000:function:shop`;
  const variables = { AWS_LAMBDA_LOG_FORMAT: "JSON" };
  lambda.create({
    name: "shop",
    arn,
    folder,
    handler: "index.handler",
    timeoutSeconds: 3,
    memoryMb: 128,
    variables,
  });
  await call("lambda", "Invoke", { FunctionName: "shop" });
  await expect.poll(() => read("Shop", "Sold", {})).toBe(1);
  await lambda.close();
  expect(await read("Shop", "Sold", {}), "the one that went by console does not count").toBe(1);
});

test("what a function says is a field of Lambda's own line, with a level, and an object keeps its fields", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  const code = 'export const handler = () => console.error({ message: "no", code: "quota" });';
  writeFileSync(join(folder, "index.mjs"), code);
  const { lambda, call, lines } = place();
  const arn = `arn:aws:lambda:${region}:000000000000:function:shop`;
  const variables = { AWS_LAMBDA_LOG_FORMAT: "JSON" };
  const spec = { name: "shop", arn, folder, handler: "index.handler", timeoutSeconds: 3, memoryMb: 128 };
  lambda.create({ ...spec, variables });
  await call("lambda", "Invoke", { FunctionName: "shop" });
  await expect.poll(() => lines).toHaveLength(1);
  await lambda.close();
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-.+Z$/),
    level: "ERROR",
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    message: { message: "no", code: "quota" },
  });
});

test("a document embedded in a log is taken only where _aws is at its top, as Lambda's console does not leave it", async () => {
  const { embeddedIn } = await import("../../local/services/cloudwatch-embedded.ts");
  const metrics = [{ Name: "Age", Unit: "Seconds" }, { Name: "Sizes" }];
  const CloudWatchMetrics = [
    { Namespace: "Shop", Dimensions: [["Env"], ["Env", "Source"]], Metrics: metrics },
  ];
  const document = {
    _aws: { Timestamp: 1, CloudWatchMetrics },
    Env: "prod",
    Source: "orders",
    Age: 7,
    Sizes: [1, 2],
  };
  const line = JSON.stringify(document);
  const found = embeddedIn(line, region).map(({ name, dimensions, value }) => [name, dimensions, value]);
  expect(found).toEqual([
    ["Age", { Env: "prod" }, 7],
    ["Sizes", { Env: "prod" }, 1],
    ["Sizes", { Env: "prod" }, 2],
    ["Age", { Env: "prod", Source: "orders" }, 7],
    ["Sizes", { Env: "prod", Source: "orders" }, 1],
    ["Sizes", { Env: "prod", Source: "orders" }, 2],
  ]);
  expect(embeddedIn(JSON.stringify({ level: "INFO", message: line }), region)).toEqual([]);
  expect(embeddedIn('{"_aws": broken', region)).toEqual([]);
});

test("a queue's depth and the age of its oldest message are measured each minute, a bucket's bytes each day", async () => {
  const { clock, call, read } = place();
  await call("monitoring", "PutMetricAlarm", anyAlarm);
  await call("sqs", "CreateQueue", { QueueName: "work" });
  await call("sqs", "SendMessage", { QueueUrl: "/work", MessageBody: "one" });
  await call("s3", "CreateBucket", {
    Bucket: "shop",
    CreateBucketConfiguration: { LocationConstraint: region },
  });
  await call("s3", "PutObject", { Bucket: "shop", Key: "a", Body: "12345" });
  clock.advance(10 * 60_000);
  const queue = { QueueName: "work" };
  expect(await read("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue, "Maximum")).toBe(1);
  expect(await read("AWS/SQS", "ApproximateAgeOfOldestMessage", queue, "Maximum")).toBe(545);
  const bytes = { BucketName: "shop", StorageType: "StandardStorage" };
  expect(await read("AWS/S3", "BucketSizeBytes", bytes, "Average")).toBe(5);
  await call("s3", "PutObject", { Bucket: "shop", Key: "b", Body: "12345" });
  expect(await read("AWS/S3", "BucketSizeBytes", bytes, "Average"), "once a day").toBe(5);
  clock.advance(86_400_000);
  expect(await read("AWS/S3", "BucketSizeBytes", bytes, "Maximum")).toBe(10);
});

test("old data points are kept by the hour, and in the end forgotten", async () => {
  const { clock, call, read, twin } = place();
  await call("monitoring", "PutMetricAlarm", anyAlarm);
  twin.measure({ region, namespace: "Shop", name: "Sold", dimensions: {}, value: 2 });
  twin.measure({ region, namespace: "Shop", name: "Sold", dimensions: {}, value: 3 });
  clock.advance(20 * 3_600_000);
  expect(await read("Shop", "Sold", {})).toBe(5);
  const { Metrics } = (await call("monitoring", "ListMetrics", { Namespace: "Shop" })) as {
    Metrics: object[];
  };
  expect(Metrics).toEqual([{ Namespace: "Shop", MetricName: "Sold", Dimensions: [] }]);
  clock.advance(41 * 86_400_000);
  expect(await call("monitoring", "ListMetrics", { Namespace: "Shop" })).toEqual({ Metrics: [] });
});

test("what SMS have cost since the month began is reported with each one, and begins anew", async () => {
  const { clock, twin, call } = place();
  twin.register(snsService(twin));
  const client = connect(new CloudWatchClient({ region }), { twin, service: "monitoring", region });
  const spent = smsSpendAt(client, () => new Date(clock.now()));
  const { TopicArn } = (await call("sns", "CreateTopic", { Name: "page" })) as { TopicArn: string };
  await call("sns", "Subscribe", { TopicArn, Protocol: "sms", Endpoint: "+4915112345678" });
  const publish = () => call("sns", "Publish", { TopicArn, Message: "late" });

  expect(await spent()).toBeUndefined();
  await publish();
  await publish();
  clock.advance(60_000);
  expect(await spent()).toBeCloseTo(0.0129);
  clock.advanceTo(Date.parse("2026-12-01T00:05:00Z"));
  expect(await spent(), "nothing was sent this month").toBeUndefined();
  await publish();
  clock.advance(60_000);
  expect(await spent()).toBeCloseTo(0.00645);
});

describe("the sizes of buckets, as the watch asks for them", () => {
  const midnight = (day: string) => Date.parse(`2026-11-${day}T00:00:00Z`);

  /** A bucket that is measured each midnight, and for how many metrics at a time CloudWatch is asked. */
  async function measured() {
    const { clock, twin, call } = place();
    await call("monitoring", "PutMetricAlarm", anyAlarm);
    const Bucket = "vault";
    await call("s3", "CreateBucket", { Bucket, CreateBucketConfiguration: { LocationConstraint: region } });
    await call("s3", "PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: "Enabled" } });
    const asked: number[] = [];
    twin.interceptors.push(async (made, proceed) => {
      if (made.operation === "GetMetricData") asked.push((made.input.MetricDataQueries as object[]).length);
      return proceed();
    });
    const client = connect(new CloudWatchClient({ region }), { twin, service: "monitoring", region });
    const sizes = bucketSizesAt(client, () => new Date(clock.now()));
    const put = (bytes: number) => call("s3", "PutObject", { Bucket, Key: "a", Body: Buffer.alloc(bytes) });
    return { clock, twin, sizes, put, asked };
  }

  test("are one for each day, of the midnight at which S3 measured, all versions together", async () => {
    const { clock, sizes, put } = await measured();
    await put(5);
    clock.advanceTo(midnight("22") + 60_000);
    await put(7);
    clock.advanceTo(midnight("23") + 15 * 3_600_000);
    const found = await sizes(["vault", "nowhere"]);
    expect(found.get("vault")).toEqual([
      { atMs: midnight("21"), bytes: 5 },
      { atMs: midnight("22"), bytes: 5 },
      { atMs: midnight("23"), bytes: 12 },
    ]);
    expect(found.get("nowhere"), "nobody has measured it").toEqual([]);
  });

  test("are of all storage classes together, each of which S3 measures by itself", async () => {
    const { clock, twin, sizes, put } = await measured();
    await put(5);
    clock.advanceTo(midnight("22") + 3_600_000);
    const tiers = ["FA", "IA", "AA", "AIA", "DAA"].map((tier) => `IntelligentTiering${tier}`);
    const glacier = ["GlacierInstantRetrieval", "Glacier", "DeepArchive"];
    for (const one of ["StandardIA", "OneZoneIA", "ReducedRedundancy", ...glacier, ...tiers]) {
      const dimensions = { BucketName: "vault", StorageType: `${one}Storage` };
      const about = { region, namespace: "AWS/S3", name: "BucketSizeBytes", dimensions };
      twin.measure({ ...about, value: 100, unit: "Bytes", atMs: midnight("22") });
    }
    expect((await sizes(["vault"])).get("vault")?.at(-1)).toEqual({ atMs: midnight("22"), bytes: 1_105 });
  });

  test("are asked for once in six hours, because each metric costs, and at most 500 at a time", async () => {
    const { clock, sizes, asked } = await measured();
    const many = Array.from({ length: 50 }, (_, index) => `bucket-${index}`);
    await sizes(many);
    clock.advance(6 * 3_600_000 - 60_000);
    await sizes(many);
    expect(asked).toEqual([500, 100]);
    clock.advance(60_000);
    await sizes(many);
    await sizes(["vault"]);
    expect(asked, "later, and for others at once").toEqual([500, 100, 500, 100, 12]);
  });

  test("that CloudWatch does not tell are a problem, and asked for again by the next pass", async () => {
    const { twin, sizes } = await measured();
    let away = true;
    twin.interceptors.push(async (made, proceed) => {
      if (made.operation === "GetMetricData" && away) throw new AwsError("InternalServiceFault", "away", 500);
      return proceed();
    });
    await expect(sizes(["vault"])).rejects.toMatchObject({ code: "unavailable" });
    away = false;
    expect([...(await sizes(["vault"])).keys()]).toEqual(["vault"]);
  });
});
