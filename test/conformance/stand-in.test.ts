import {
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketPolicyCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { memoryBlobs } from "../../local/blobs.ts";
import { realClock } from "../../local/clock.ts";
import { type Serving, serve } from "../../local/server.ts";
import { cloudWatchService } from "../../local/services/cloudwatch.ts";
import { eventsService } from "../../local/services/events.ts";
import { kmsService } from "../../local/services/kms.ts";
import { Lambda } from "../../local/services/lambda.ts";
import { rdsService } from "../../local/services/rds.ts";
import { s3Service } from "../../local/services/s3.ts";
import { schedulerService } from "../../local/services/scheduler.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { snsService } from "../../local/services/sns.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { stsService } from "../../local/services/sts.ts";
import { Twin } from "../../local/twin.ts";
import { locationOf } from "./buckets.ts";
import { cases } from "./cases.ts";
import { Bench } from "./place.ts";

let serving: Serving;
let bench: Bench;

beforeAll(async () => {
  const twin = new Twin({ clock: realClock });
  const endpoint = { url: "" };
  const services = [
    kmsService(twin),
    s3Service(twin, memoryBlobs()),
    rdsService(twin, {
      ...{ snapshotSeconds: () => 1.5, copySeconds: () => 0.1, changeSeconds: () => 0.3 },
      ...{ restoreSeconds: () => 0.5, deleteSeconds: () => 0.3 },
    }),
    secretsService(twin),
    snsService(twin),
    cloudWatchService(twin),
    sqsService(twin, endpoint),
    eventsService(twin),
    schedulerService(twin),
    stsService(twin),
    new Lambda(twin, () => {}).service,
  ];
  for (const service of services) twin.register(service);
  serving = await serve(twin);
  endpoint.url = serving.url;
  const aim = { region: "eu-west-1", otherRegion: "eu-central-1", patienceSeconds: 30 };
  bench = new Bench({ ...aim, endpoint: serving.url });
});

afterAll(async () => {
  await bench.close();
  await serving.close();
});

test("every case has a name of its own", () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

test("what S3 can do and the stand-in cannot is refused as such, and never taken for something else", async () => {
  const { s3 } = bench.here;
  const Bucket = "sub-resources";
  await s3.send(new CreateBucketCommand({ Bucket, ...locationOf("eu-west-1") }));
  const at = { Bucket, Key: "x" };
  await s3.send(new PutObjectCommand({ ...at, Body: "kept" }));
  const calls = [
    () => s3.send(new DeleteBucketCorsCommand({ Bucket })),
    () => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
    () => s3.send(new PutObjectAclCommand({ ...at, ACL: "private" })),
    () => s3.send(new PutObjectLegalHoldCommand({ ...at, LegalHold: { Status: "ON" } })),
    () => s3.send(new GetObjectAclCommand(at)),
  ];
  for (const call of calls) await expect(call()).rejects.toMatchObject({ name: "NotImplemented" });
  const { Body } = await s3.send(new GetObjectCommand(at));
  expect(await Body?.transformToString()).toBe("kept");
});

for (const one of cases) test.concurrent(one.name, () => bench.run(one));
