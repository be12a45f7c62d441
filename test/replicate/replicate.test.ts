import { expect, test } from "vitest";
import type { BucketSource } from "../../functions/core/source.ts";
import type { Call } from "../../functions/glue.ts";
import { replicate } from "../../functions/replicate/replicate.ts";
import { worldIn } from "../worlds.ts";
import { putUpReplica, uploads } from "./place.ts";

const calm: Call = { remainingMs: () => 900_000, lastTry: false };
const lastTry: Call = { ...calm, lastTry: true };
const point = "20261121T0000Z";

async function putUp(source: BucketSource = uploads) {
  const place = await putUpReplica(source);
  const world = worldIn(place.twin, place.environment, "eu-west-1", "replicate");
  const calls: string[] = [];
  place.twin.interceptors.push((call, proceed) => {
    if (call.principal === "replicate") calls.push(call.operation);
    return proceed();
  });
  const event = (
    key: string,
    call = calm,
    type: "Object Created" | "Object Deleted" | "Object Tags Added" = "Object Created",
  ) =>
    replicate(
      { source: "aws.s3", "detail-type": type, detail: { bucket: { name: source.bucket }, object: { key } } },
      world,
      call,
    );
  const sweep = (
    call = calm,
    after?: { key: string; objects: number; bytes: number; copied: number; failed: number },
  ) =>
    replicate(
      {
        source: "holdfast",
        "detail-type": "Bucket Sweep Requested",
        detail: { source: source.name, point, ...(after ? { after } : {}) },
      },
      world,
      call,
    );
  const fact = (name: string) => world.catalog.readPoint(`catalog/points/uploads/${point}/${name}.json`);
  const put = (Key: string, Body: string, more = {}) => place.user("PutObject", { Key, Body, ...more });
  const findings = () =>
    Promise.all(
      place.published.map(async ({ detail }) => {
        const { findingId, since } = detail as { findingId: string; since: string };
        const key = `catalog/findings/${findingId}/${since.replace(/[-:]/g, "")}/opened.json`;
        return (await world.catalog.readFinding(key)).finding;
      }),
    );
  return { ...place, world, calls, event, sweep, fact, put, findings };
}

test("a new object is copied in three calls, with its type, metadata, tags and storage class", async () => {
  for (const key of ["a b/ü+%.txt", "/leading//slashes/", "\u{1F600}?versionId=x&#", "%2B"]) {
    const { put, event, both, calls } = await putUp();
    const about = { ContentType: "text/plain", CacheControl: "no-cache", Metadata: { owner: "me" } };
    await put(key, "hello", { ...about, Tagging: "team=a", StorageClass: "STANDARD_IA" });

    await event(key);

    const [source, replica] = await both();
    expect(Object.keys(replica)).toEqual([key]);
    expect(replica).toEqual(source);
    expect(calls).toEqual(["HeadObject", "CopyObject", "HeadObject"]);
  }
});

test("an event that comes twice, or late, leaves the newest version and copies nothing twice", async () => {
  const { put, event, both, clock, calls } = await putUp();
  await put("k", "one");
  await put("k", "two");
  await event("k");
  clock.advance(60_000);
  await put("k", "3rd");
  await event("k");
  await event("k");

  const [source, replica] = await both();
  expect(replica).toEqual(source);
  expect(calls.filter((operation) => operation === "CopyObject")).toHaveLength(4);
  expect(calls.at(-1)).toBe("GetObjectTagging");
});

test("events of one key in one batch are one piece of work", async () => {
  const { put, event, calls } = await putUp();
  await put("k", "one");
  await Promise.all([event("k"), event("k"), event("k")]);
  expect(calls).toEqual(["HeadObject", "CopyObject", "HeadObject"]);
});

test("tags that change in place are followed", async () => {
  const { put, user, event, both } = await putUp();
  await put("k", "one", { Tagging: "team=a" });
  await event("k");
  await user("PutObjectTagging", { Key: "k", Tagging: { TagSet: [{ Key: "team", Value: "b" }] } });
  await event("k", calm, "Object Tags Added");

  const [source, replica] = await both();
  expect(replica).toEqual(source);
});

test("a deletion is kept out of the replica, unless the source says otherwise", async () => {
  for (const deletions of ["keep", "propagate"] as const) {
    for (const swept of [false, true]) {
      const { put, user, event, sweep, both } = await putUp({ ...uploads, deletions });
      await put("k", "one");
      await event("k");
      await user("DeleteObject", { Key: "k" });
      await (swept ? sweep() : event("k", calm, "Object Deleted"));

      const [, replica] = await both();
      expect(Object.keys(replica)).toEqual(deletions === "keep" ? ["k"] : []);
    }
  }
});

test("a source bucket that is gone does not empty its replica", async () => {
  const { put, event, both, twin } = await putUp({ ...uploads, deletions: "propagate" });
  await put("k", "one");
  await event("k");
  twin.interceptors.push((call, proceed) =>
    call.input.Bucket === uploads.bucket && call.principal === "replicate"
      ? proceed().then(() =>
          twin.call({ ...call, principal: "s3", input: { ...call.input, Bucket: "gone" } }),
        )
      : proceed(),
  );

  await expect(event("k", calm, "Object Deleted")).rejects.toMatchObject({ code: "not-found" });
  expect(Object.keys((await both())[1])).toEqual(["k"]);
});

test("an event of a bucket that no source names changes nothing", async () => {
  const { calls, world } = await putUp();
  const detail = { bucket: { name: "another" }, object: { key: "k" } };
  await replicate({ source: "aws.s3", "detail-type": "Object Created", detail }, world, calm);
  expect(calls).toEqual([]);
});

test("a sweep copies what no event told of, and then records the point in both places", async () => {
  const { put, sweep, both, fact, calls } = await putUp();
  for (const key of ["\u{1F600}", "\uFF5E", "a", "z/1", "z/2"]) await put(key, key);
  await sweep();

  const [source, replica] = await both();
  expect(replica).toEqual(source);
  expect((await fact("copied-eu-central-1")).sweep).toEqual({ objects: 5, bytes: 14, copied: 5 });
  expect((await fact("available")).region).toBe("eu-west-1");
  expect(calls.filter((operation) => operation === "HeadObject")).toHaveLength(5);
});

test("a sweep of a replica that is complete only lists", async () => {
  const { put, sweep, calls, clock } = await putUp();
  for (const key of ["a", "b", "c"]) await put(key, key);
  clock.advance(1_000);
  await sweep();
  calls.splice(0);
  await sweep();
  expect(calls.filter((operation) => !["ListObjectsV2", "PutObject"].includes(operation))).toEqual([]);
});

test("a sweep goes over more than a page, and on in another invocation when its time runs out", async () => {
  const { put, sweep, both, fact, published } = await putUp();
  for (let i = 0; i < 1_100; i++) await put(`k${i}`, String(i));
  let asked = 0;
  await sweep({ ...calm, remainingMs: () => (++asked > 300 ? 50_000 : 100_000) });
  await expect(fact("available")).rejects.toMatchObject({ code: "not-found" });
  expect(published.map(({ type }) => type)).toEqual(["Bucket Sweep Requested"]);
  const { after } = (published[0]?.detail ?? {}) as { after: Parameters<typeof sweep>[1] };
  await sweep(calm, after);

  const [source, replica] = await both();
  expect(Object.keys(replica)).toHaveLength(1_000);
  expect(replica).toEqual(source);
  expect((await fact("available")).sweep).toMatchObject({ objects: 1_100, copied: 1_100 });
});

test("an archived object is a finding that says which and why, is not tried for ever, and the point stays owed", async () => {
  const { put, sweep, event, fact, findings } = await putUp();
  await put("frozen.bin", "x", { StorageClass: "GLACIER" });
  await event("frozen.bin");
  await sweep();

  const [finding, ...more] = await findings();
  expect(more).toEqual([]);
  expect(finding?.message).toContain('"frozen.bin" of "uploads" could not be replicated');
  expect(finding?.fix).toBe("Restore it in S3; the next sweep copies it.");
  await expect(fact("available")).rejects.toMatchObject({ code: "not-found" });
});

test("an object that is archived after it was copied is no finding", async () => {
  const { put, event, sweep, twin, published } = await putUp();
  await put("k", "x");
  await event("k");
  twin.interceptors.push(async (call, proceed) => {
    const answer = (await proceed()) as Record<string, unknown>;
    const source = call.input.Bucket === uploads.bucket;
    return source && call.operation === "HeadObject" ? { ...answer, StorageClass: "GLACIER" } : answer;
  });
  twin.interceptors.push(async (call, proceed) => {
    if (call.operation !== "CopyObject") return proceed();
    throw Object.assign(new Error("archived"), { name: "ObjectNotInActiveTierError" });
  });
  await event("k");
  await sweep();
  expect(published).toEqual([]);
});

test("what fails until its last try is a finding, and the sweep that finds it in order ends it", async () => {
  const { put, event, sweep, twin, clock, findings, published, world } = await putUp();
  await put("k", "x");
  let broken = true;
  twin.interceptors.push((call, proceed) => {
    if (!broken || call.operation !== "CopyObject") return proceed();
    throw Object.assign(new Error("Please reduce your request rate."), { name: "SlowDown" });
  });
  await expect(event("k")).rejects.toMatchObject({ code: "throttled" });
  expect(published).toEqual([]);
  await expect(event("k", lastTry)).rejects.toMatchObject({ code: "throttled" });
  const [finding] = await findings();
  expect(finding).toMatchObject({ kind: "replication-failed", source: "uploads" });

  broken = false;
  clock.advance(1_000);
  await sweep();
  const key = `catalog/findings/replication-failed.uploads.${finding?.detail}/20261121T000000Z/ended.json`;
  expect((await world.catalog.readFinding(key)).reason).toMatch(/^A sweep/);
});

test("of many objects that fail, 20 are named and the others counted", async () => {
  const { put, sweep, findings } = await putUp();
  for (let i = 0; i < 30; i++) await put(`k${i}`, "x", { StorageClass: "DEEP_ARCHIVE" });
  await sweep();
  const all = await findings();
  expect(all).toHaveLength(21);
  expect(all.at(-1)?.message).toBe(
    '10 more objects of "uploads" could not be replicated; the log names each.',
  );
});

test("a copy whose checksum is not its source's is not taken for one", async () => {
  const { put, event, twin } = await putUp();
  await put("k", "x");
  twin.interceptors.push(async (call, proceed) => {
    const answer = (await proceed()) as { CopyObjectResult?: object };
    if (call.operation !== "CopyObject") return answer;
    return { ...answer, CopyObjectResult: { ...answer.CopyObjectResult, ChecksumCRC64NVME: "AAAAAAAAAAA=" } };
  });
  await expect(event("k")).rejects.toMatchObject({ code: "damaged" });
});
