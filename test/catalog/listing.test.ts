import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Catalog } from "../../functions/catalog/catalog.ts";
import { pointKey } from "../../functions/catalog/keys.ts";
import type { Entry } from "../../functions/catalog/listing.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { type Serving, serve } from "../../local/server.ts";
import { s3Service } from "../../local/services/s3.ts";
import { Twin } from "../../local/twin.ts";

const clock = new VirtualClock("2026-11-21T03:00:00Z");
const twin = new Twin({ clock });
twin.register(s3Service(twin, memoryBlobs()));
const call = (operation: string, input: object) =>
  twin.call({ service: "s3", region: "eu-west-1", operation, input: { ...input }, principal: "test" });
let serving: Serving;
let catalog: Catalog;

beforeAll(async () => {
  serving = await serve(twin);
  const client = new S3Client({
    endpoint: serving.url,
    region: "eu-west-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "test", secretAccessKey: "none" },
  });
  catalog = new Catalog(client, "vault");
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" };
  await call("CreateBucket", { Bucket: "vault", CreateBucketConfiguration });
});

afterAll(() => serving.close());

test("an empty catalog has no facts", async () => {
  expect(await entriesOf(catalog)).toEqual([]);
});

test("every fact of several pages is listed, with when S3 stored it", async () => {
  const put: Entry[] = [];
  for (let index = 0; index < 2_345; index++) {
    clock.advance(1_000);
    const key = pointKey(`db-${String(index).padStart(4, "0")}`, "20261121T0300Z", "available");
    await call("PutObject", { Bucket: "vault", Key: key, Body: Buffer.from("{}") });
    put.push({ key, storedAt: new Date(clock.now()).toISOString() });
  }

  expect(await entriesOf(catalog)).toEqual(put);
});

test("keys that nobody should have put there are listed as they are", async () => {
  const keys = ['catalog/zz/<a> & "b".json', "catalog/zz/grüße.json", "catalog/zz/plain.json"];
  for (const Key of keys) await call("PutObject", { Bucket: "vault", Key, Body: Buffer.from("{}") });

  const listed = (await entriesOf(catalog, "catalog/zz/")).map(({ key }) => key);

  expect(listed).toEqual(keys);
});

test("a vault that is not there is a problem, not an empty catalog", async () => {
  const nowhere = new Catalog(
    new S3Client({
      endpoint: serving.url,
      region: "eu-west-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "test", secretAccessKey: "none" },
    }),
    "nowhere",
  );
  await expect(entriesOf(nowhere)).rejects.toMatchObject({ code: "not-found" });
});

async function entriesOf(from: Catalog, prefix?: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of from.list(prefix)) entries.push(entry);
  return entries;
}
