import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { replicaName } from "../../functions/core/names.ts";
import type { BucketSource } from "../../functions/core/source.ts";
import type { Call } from "../../functions/glue.ts";
import { replicate } from "../../functions/replicate/replicate.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { s3Service } from "../../local/services/s3.ts";
import { type Call as AwsCall, AwsError, Twin } from "../../local/twin.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { seeded } from "../simulation/random.ts";
import { putUpVaults, worldIn } from "../worlds.ts";

const uploads: BucketSource = {
  name: "uploads",
  kind: "bucket",
  bucket: "acme-uploads",
  deletions: "keep",
  plan: hourly,
};
const calm: Call = { remainingMs: () => 900_000, lastTry: false };

async function putUp(source: BucketSource = uploads) {
  const environment = environmentOf(source);
  const clock = new VirtualClock();
  const twin = new Twin({ clock });
  twin.register(kmsService(twin));
  twin.register(s3Service(twin, memoryBlobs()));
  const published: { type: string; detail: Record<string, unknown> }[] = [];
  twin.register({
    name: "events",
    operations: {
      PutEvents({ Entries }) {
        for (const { DetailType, Detail } of Entries)
          published.push({ type: DetailType, detail: JSON.parse(Detail) });
        return { FailedEntryCount: 0, Entries: [{}] };
      },
    },
  });
  await putUpVaults(twin, environment);
  const replica = replicaName(environment, source.name, environment.recoveryRegion);
  const s3 = (operation: string, input: Record<string, unknown>, region = "eu-west-1") =>
    twin.call({ service: "s3", region, operation, input, principal: "user" } satisfies AwsCall);
  for (const [Bucket, region] of [
    [source.bucket, "eu-west-1"],
    [replica, "eu-central-1"],
  ] as const) {
    await s3("CreateBucket", { Bucket }, region);
    await s3("PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: "Enabled" } }, region);
  }
  const put = (Key: string, Body: string, more = {}) =>
    s3("PutObject", { Bucket: source.bucket, Key, Body, ...more });
  const world = worldIn(twin, environment, "eu-west-1");
  const event = (key: string, type: "Object Created" | "Object Deleted" = "Object Created") => ({
    source: "aws.s3" as const,
    "detail-type": type,
    detail: { bucket: { name: source.bucket }, object: { key } },
  });
  const sweep = () =>
    replicate(
      {
        source: "holdfast",
        "detail-type": "Bucket Sweep Requested",
        detail: { source: source.name, point: "20261121T0000Z" },
      },
      world,
      calm,
    );
  /** Every current object of a bucket: its bytes' digest, metadata, tags, type and class. */
  const contents = async (Bucket: string, region: string) => {
    const { Contents } = (await s3("ListObjectsV2", { Bucket }, region)) as { Contents: { Key: string }[] };
    const all: Record<string, unknown> = {};
    for (const { Key } of Contents) {
      const object = (await s3("GetObject", { Bucket, Key }, region)) as Record<string, unknown> & {
        Body: { transformToByteArray(): Promise<Uint8Array> };
      };
      const { Metadata, ContentType, StorageClass, TagCount } = object;
      const sha256 = createHash("sha256")
        .update(await object.Body.transformToByteArray())
        .digest("hex");
      all[Key] = { sha256, Metadata, ContentType, StorageClass, TagCount };
    }
    return all;
  };
  const both = async () =>
    [await contents(source.bucket, "eu-west-1"), await contents(replica, "eu-central-1")] as const;
  return { environment, twin, clock, world, put, s3, event, sweep, both, published, replica };
}

test("a new object is copied with its type, metadata, tags and storage class", async () => {
  const { put, world, event, both } = await putUp();
  await put("a b/ü+%.txt", "hello", {
    ContentType: "text/plain",
    Metadata: { owner: "me" },
    Tagging: "team=a",
    StorageClass: "STANDARD_IA",
  });

  await replicate(event("a b/ü+%.txt"), world, calm);

  const [source, replica] = await both();
  expect(Object.keys(replica)).toEqual(["a b/ü+%.txt"]);
  expect(replica).toEqual(source);
});

test("an event that comes twice, or late, leaves the newest version", async () => {
  const { put, world, event, both, clock } = await putUp();
  await put("k", "one");
  await put("k", "two");
  await replicate(event("k"), world, calm);
  clock.advance(60_000);
  await put("k", "three!");
  await replicate(event("k"), world, calm);
  await replicate(event("k"), world, calm);

  const [source, replica] = await both();
  expect(replica).toEqual(source);
});

test("a deletion is kept out of the replica, unless the source says otherwise", async () => {
  for (const deletions of ["keep", "propagate"] as const) {
    const { put, s3, world, event, both } = await putUp({ ...uploads, deletions });
    await put("k", "one");
    await replicate(event("k"), world, calm);
    await s3("DeleteObject", { Bucket: uploads.bucket, Key: "k" });
    await replicate(event("k", "Object Deleted"), world, calm);

    const [, replica] = await both();
    expect(Object.keys(replica)).toEqual(deletions === "keep" ? ["k"] : []);
  }
});

test("a sweep copies what no event told of, and then records the point in both places", async () => {
  const { put, sweep, both, world } = await putUp();
  for (const key of ["\u{1F600}", "\uFF5E", "a", "z/1", "z/2"]) await put(key, key);
  await sweep();

  const [source, replica] = await both();
  expect(replica).toEqual(source);
  const fact = await world.catalog.readPoint(
    "catalog/points/uploads/20261121T0000Z/copied-eu-central-1.json",
  );
  expect(fact.sweep).toEqual({ objects: 5, bytes: 14, copied: 5 });
});

test("an object that cannot be copied is a finding that says which and why, and the point stays owed", async () => {
  const { put, sweep, published, world } = await putUp();
  await put("frozen.bin", "x", { StorageClass: "GLACIER" });
  await sweep();

  expect(published.map(({ type }) => type)).toEqual(["Finding Changed"]);
  const { findingId, since } = (published[0] as { detail: unknown }).detail as {
    findingId: string;
    since: string;
  };
  const key = `catalog/findings/${findingId}/${since.replace(/[-:]/g, "")}/opened.json`;
  expect((await world.catalog.readFinding(key)).finding.message).toContain('"frozen.bin"');
  await expect(
    world.catalog.readPoint("catalog/points/uploads/20261121T0000Z/available.json"),
  ).rejects.toMatchObject({ code: "not-found" });
});

test("whatever writers, lost and late events, faults and crashes do, in the end the replica is the source", async () => {
  for (let seed = 1; seed <= 1_500; seed++) {
    const random = seeded(seed);
    const { put, s3, world, event, sweep, both, twin, clock, replica } = await putUp({
      ...uploads,
      deletions: "keep",
    });
    const queue: string[] = [];
    let faulty = true;
    twin.interceptors.push(async (call, proceed) => {
      if (!faulty || call.principal === "user") return proceed();
      // Between any two calls of a worker somebody else may write.
      if (random.chance(0.1)) await write();
      if (random.chance(0.05)) throw new AwsError("SlowDown", "Please reduce your request rate.", 503);
      const answer = await proceed();
      if (random.chance(0.03))
        throw new AwsError("InternalError", "it happened, and nobody heard of it", 500);
      return answer;
    });
    async function write(): Promise<void> {
      const key = `k${random.below(4)}`;
      if (random.chance(0.2)) await s3("DeleteObject", { Bucket: uploads.bucket, Key: key });
      else
        await put(key, "x".repeat(random.below(5)) + random.below(1_000), {
          Metadata: { n: String(random.below(3)) },
        });
      for (let copies = random.below(3); copies > 0; copies--)
        queue.splice(random.below(queue.length + 1), 0, key);
    }
    for (let step = 0; step < 12; step++) {
      clock.advance(1_000);
      await write();
      const keys = queue.splice(0, random.below(4));
      const tried = await Promise.allSettled(keys.map((key) => replicate(event(key), world, calm)));
      queue.push(...keys.filter((_, i) => tried[i]?.status === "rejected"));
    }
    faulty = false;
    clock.advance(1_000);
    for (const key of queue.splice(0)) await replicate(event(key), world, calm);
    await sweep();

    const [source, copy] = await both();
    expect({ seed, ...Object.fromEntries(Object.entries(copy).filter(([key]) => key in source)) }).toEqual({
      seed,
      ...source,
    });
    const versions = (await s3("ListObjectVersions", { Bucket: replica }, "eu-central-1")) as {
      DeleteMarkers: object[];
    };
    expect(versions.DeleteMarkers, `seed ${seed}`).toEqual([]);
  }
});
