import { beforeEach, describe, expect, test } from "vitest";
import { replicaName } from "../../functions/core/names.ts";
import { confidenceOf, drawShare, sampleSize } from "../../functions/core/sample.ts";
import type { BucketSource } from "../../functions/core/source.ts";
import { checksumNamed } from "../../functions/objects/checksum.ts";
import { AwsError } from "../../local/twin.ts";
import { crashAt } from "../durable.ts";
import { cannedChecker } from "./canned.ts";
import { putUpDrills, rehearsed } from "./house.ts";

/*
 * A bucket's drill re-reads a random sample of its replica and all that changed, and holds each object to its checksum.
 */
const uploads: BucketSource = {
  ...{ name: "uploads", kind: "bucket", bucket: "acme-uploads", deletions: "keep" },
  plan: rehearsed,
};
const region = "eu-central-1";
let house: Awaited<ReturnType<typeof putUpDrills>>;
let Bucket: string;
let point: string;

beforeEach(async () => {
  house = await putUpDrills([uploads], { checker: cannedChecker });
  Bucket = replicaName(house.environment, "uploads", region);
  await s3("CreateBucket", { CreateBucketConfiguration: { LocationConstraint: region } });
  await s3("PutBucketVersioning", { VersioningConfiguration: { Status: "Enabled" } });
});

const s3 = (operation: string, input: Record<string, unknown>) =>
  house.twin.call({ service: "s3", region, operation, input: { Bucket, ...input }, principal: "test" });
const put = (key: string, text: string) => s3("PutObject", { Key: key, Body: Buffer.from(text) });
const drilled = (drill = "20261121T0400Z", more = {}) =>
  house.finish(house.execution({ source: "uploads", drill }, more));

/** Fills the replica and records the sweep that proved it. */
async function replica(count: number, slot: string) {
  for (let index = 0; index < count; index++)
    await put(`files/${String(index).padStart(5, "0")}.txt`, `file ${index}`);
  await swept(count, slot);
  house.clock.advance(60_000);
}

async function swept(objects: number, slot: string) {
  point = slot;
  const base = {
    schema: 1,
    at: house.recovery.now().toISOString(),
    source: "uploads",
    point,
    region,
  } as const;
  const sweep = { objects, bytes: objects * 9, copied: 0 };
  await house.recovery.catalog.recordPoint(`copied-${region}`, { ...base, fact: "copied", sweep });
}

/** Changes one byte of an object where it lies, as a disk would. */
function rot(text: string) {
  for (let id = 1; ; id++) {
    const bytes = house.blobs.peek(String(id), 0, 1_000);
    if (Buffer.from(bytes ?? []).toString() !== text) continue;
    if (bytes?.[0]) bytes[0] ^= 1;
    return;
  }
}

describe("a bucket's drill", () => {
  test("draws as many objects at random as the plan's confidence asks for, and certifies what that means", async () => {
    await replica(2_000, "20261121T0300Z");
    expect(await drilled()).toEqual({ source: "uploads", drill: "20261121T0400Z", outcome: "passed" });
    const fact = await house.certificate();
    expect(fact).toMatchObject({
      kind: "bucket",
      identifier: "acme-uploads",
      objects: { bucket: Bucket, objects: 2_000, changed: 0, onlyRead: 0, unread: 0, damage: 0.01 },
      differences: [],
      tornDown: [],
    });
    const { sampled = 0, confidence = 0, compared } = fact.objects ?? {};
    expect(sampled).toBeGreaterThanOrEqual(sampleSize(2_000, { confidence: 0.99, damage: 0.01 }));
    expect(sampled).toBeLessThan(600);
    expect(compared).toBe(sampled);
    expect(confidence).toBeGreaterThan(0.99);
    // It rehearses no restore: what is measured is the reading, and no objective is for that.
    expect(fact).toMatchObject({ secondsToChecked: 0 });
    expect(fact.rtoSeconds).toBeUndefined();
  });

  test("of a small bucket it reads all, and finds the one object that rotted where it lay", async () => {
    await replica(200, "20261121T0300Z");
    rot("file 137");
    expect(await drilled()).toMatchObject({
      outcome: "failed",
      reason: expect.stringMatching(
        /^the object "files\/00137\.txt" has the CRC\w+ \S+, and S3 has kept \S+ of it$/,
      ),
    });
    expect(await house.certificate()).toMatchObject({
      differences: [{ name: "files/00137.txt" }],
      objects: { sampled: 200 },
    });
  });

  test("reads everything that has changed since the last drill that passed", async () => {
    await replica(2_000, "20261121T0300Z");
    await drilled();
    house.clock.advance(3_600_000);
    for (let index = 0; index < 50; index++) await put(`new/${index}.txt`, `new ${index}`);
    await swept(2_050, "20261121T0500Z");
    rot("new 49");
    const found = await drilled("20261121T0600Z");
    expect(found.reason).toMatch(/^the object "new\/49\.txt"/);
    const { changed = 0, sampled = 0, since } = (await house.certificate("20261121T0600Z")).objects ?? {};
    expect(since).toBe((await house.certificate()).startedAt);
    // What is drawn and has changed counts as drawn.
    expect(changed).toBeGreaterThan(20);
    expect(changed).toBeLessThanOrEqual(50);
    expect(changed + sampled).toBeGreaterThan(480);
  });

  test("goes on where an invocation ended, draws the same, and a crash at any moment changes nothing", async () => {
    await replica(300, "20261121T0300Z");
    // Each read takes ten seconds, so that a part of ten minutes ends before the bucket does.
    house.twin.interceptors.push(async (call, proceed) => {
      if (call.operation === "GetObject" && call.input.Bucket === Bucket) house.clock.advance(10_000);
      return proceed();
    });
    const whole = house.execution({ source: "uploads" });
    await house.finish(whole);
    const first = await house.certificate();
    expect(whole.history().filter((line) => line.startsWith("step read")).length).toBeGreaterThan(3);
    expect(first.objects).toMatchObject({ sampled: 300, compared: 300 });
    expect(first.secondsToChecked, "until the last part was read").toBeGreaterThanOrEqual(3_000);
    expect(first.secondsToChecked).toBeLessThan(3_010);
    await expect(`${whole.history().join("\n")}\n`).toMatchFileSnapshot("golden/drill-bucket.txt");
    for (let count = 0; count < whole.moments; count += 3) {
      const drill = `20261122T${String(count).padStart(4, "0")}Z`;
      await drilled(drill, { crash: crashAt(count) });
      expect((await house.certificate(drill)).objects).toMatchObject({ sampled: 300, compared: 300 });
    }
  }, 60_000);

  test("needs nothing of the primary region", async () => {
    await replica(50, "20261121T0300Z");
    house.twin.interceptors.push(async (call, proceed) => {
      if (call.region === "eu-west-1") throw new AwsError("ServiceUnavailable", "away", 503);
      return proceed();
    });
    expect((await drilled()).outcome).toBe("passed");
  });

  test("says what it could not hold to a checksum, and what it could not read", async () => {
    await replica(20, "20261121T0300Z");
    await s3("PutObject", { Key: "cold.txt", Body: Buffer.from("cold"), StorageClass: "GLACIER" });
    await swept(21, "20261121T0500Z");
    await drilled();
    const fact = await house.certificate();
    expect(fact.objects).toMatchObject({ unread: 1, compared: 20 });
    expect(fact.checks.find(({ name }) => name === "archived")).toMatchObject({ outcome: "unproved" });
  });
});

describe("how many objects to draw", () => {
  test("459 of an endless bucket for 99 % against 1 %, fewer of a small one, all of a tiny one", () => {
    const sample = { confidence: 0.99, damage: 0.01 };
    expect(sampleSize(1_000_000_000, sample)).toBe(459);
    expect(sampleSize(1_000, sample)).toBeLessThan(370);
    expect(sampleSize(20, sample)).toBe(20);
    expect(sampleSize(0, sample)).toBe(0);
  });

  test("and so many are always enough, by the exact probability", () => {
    for (const population of [1, 2, 10, 99, 100, 101, 458, 459, 1_000, 12_345, 1_000_000]) {
      for (const sample of [
        { confidence: 0.99, damage: 0.01 },
        { confidence: 0.95, damage: 0.001 },
        { confidence: 0.5, damage: 0.2 },
      ]) {
        const size = sampleSize(population, sample);
        expect(confidenceOf(population, size, sample.damage), `${population}`).toBeGreaterThanOrEqual(
          sample.confidence,
        );
        expect(drawShare(population, size) * population).toBeGreaterThanOrEqual(Math.min(population, size));
      }
    }
  });
});

test("checksums are those of the standards' own check value, however the bytes come", () => {
  const check: Record<string, string> = {
    CRC32: "cbf43926",
    CRC32C: "e3069283",
    CRC64NVME: "ae8b14860a799888",
    SHA1: "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    SHA256: "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
  };
  const text = Buffer.from("123456789");
  for (const [algorithm, wanted] of Object.entries(check)) {
    for (let cut = 0; cut <= text.length; cut++) {
      const sum = checksumNamed(algorithm);
      sum?.update(text.subarray(0, cut));
      sum?.update(text.subarray(cut));
      expect(Buffer.from(sum?.digest() ?? "", "base64").toString("hex"), algorithm).toBe(wanted);
    }
  }
  const long = Buffer.alloc(100_003, "holdfast");
  for (const algorithm of Object.keys(check)) {
    const [whole, parts] = [checksumNamed(algorithm), checksumNamed(algorithm)];
    whole?.update(long);
    for (let from = 0; from < long.length; from += 7_919) parts?.update(long.subarray(from, from + 7_919));
    expect(parts?.digest()).toBe(whole?.digest());
  }
  expect(checksumNamed("MD5")).toBeUndefined();
});
