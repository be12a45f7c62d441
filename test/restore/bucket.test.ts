import { beforeEach, expect, test } from "vitest";
import { replicaName } from "../../functions/core/names.ts";
import type { RestoreRequest } from "../../functions/core/restore.ts";
import type { Source } from "../../functions/core/source.ts";
import type { WorkflowWorld as World } from "../../functions/workflow-world.ts";
import { AwsError } from "../../local/twin.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { crashAt } from "../durable.ts";
import { putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";
import { execution, factsOf, request, undoing } from "./place.ts";

/*
 * A bucket comes back to an instant: as new versions where it was, or into another bucket, also out of the replica.
 */
const uploads: Source = {
  ...{ name: "uploads", kind: "bucket", bucket: "acme-uploads", deletions: "keep", plan: hourly },
};
const regions = { "acme-uploads": "eu-west-1", "acme-restored": "eu-central-1", "acme-copy": "eu-west-1" };
type Bucket = string;

let at: Awaited<ReturnType<typeof bench>>;

async function bench() {
  const environment = environmentOf(uploads);
  const { twin, clock } = await putUp({ ...environment, sources: [] }, {});
  const primary = worldIn(twin, environment, "eu-west-1");
  const recovery = worldIn(twin, environment, "eu-central-1");
  const replica = replicaName(environment, "uploads", "eu-central-1");
  const regionOf = (Bucket: Bucket) => regions[Bucket as keyof typeof regions] ?? "eu-central-1";
  const s3 = (operation: string, input: { Bucket: Bucket } & Record<string, unknown>) =>
    twin.call({ service: "s3", region: regionOf(input.Bucket), operation, input, principal: "test" });
  for (const Bucket of [...Object.keys(regions), replica]) {
    await s3("CreateBucket", {
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: regionOf(Bucket) },
    });
    if (Bucket !== "acme-copy")
      await s3("PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: "Enabled" } });
  }
  const put = (Bucket: Bucket, Key: string, Body: string) => s3("PutObject", { Bucket, Key, Body });
  const both = async (Key: string, Body: string) => {
    await put("acme-uploads", Key, Body);
    await put(replica, Key, Body);
  };
  /** What every key holds now. */
  const contents = async (Bucket: Bucket) => {
    const { Contents = [] } = (await s3("ListObjectsV2", { Bucket })) as { Contents?: { Key: string }[] };
    const world = regionOf(Bucket) === "eu-west-1" ? primary : recovery;
    const texts = Contents.map(async ({ Key }): Promise<[string, string]> => {
      let text = "";
      for await (const chunk of await world.objects.open({ bucket: Bucket, key: Key })) text += chunk;
      return [Key, text];
    });
    return Object.fromEntries(await Promise.all(texts));
  };
  const versions = async (Bucket: Bucket) => {
    const listed = (await s3("ListObjectVersions", { Bucket })) as { Versions?: unknown[] };
    return listed.Versions?.length ?? 0;
  };

  for (const key of ["a/1", "a/2", "b/1", "gone"]) await both(key, `${key} good`);
  clock.advance(60_000);
  const good = new Date(clock.now()).toISOString();
  const point = "20261121T0000Z";
  const base = { schema: 1, source: "uploads", point, at: good } as const;
  for (const { catalog } of [primary, recovery]) {
    await catalog.recordPoint("available", { ...base, fact: "available", region: "eu-west-1" });
    await catalog.recordPoint("copied-eu-central-1", { ...base, fact: "copied", region: "eu-central-1" });
  }
  clock.advance(3_600_000);
  await both("a/1", "a/1 bad");
  await both("b/1", "b/1 bad");
  await both("new", "new");
  await s3("DeleteObject", { Bucket: "acme-uploads", Key: "gone" });
  clock.advance(60_000);
  return { twin, clock, primary, recovery, replica, good, put, s3, contents, versions };
}

beforeEach(async () => {
  at = await bench();
});

const wish = (world: World, more: Partial<RestoreRequest> = {}) =>
  request(world, { source: "uploads", wanted: { which: "time", at: at.good }, ...more });
const run = (one: RestoreRequest, world: World) => execution(one, world, { clock: at.clock }).finish();

const good = { "a/1": "a/1 good", "a/2": "a/2 good", "b/1": "b/1 good", gone: "gone good" };

test("the bucket itself is what it was, in new versions, and no version is lost", async () => {
  const before = await at.versions("acme-uploads");
  const { objects } = (await run(wish(at.primary), at.primary)).back;
  expect(await at.contents("acme-uploads")).toEqual({ ...good, new: "new" });
  expect(objects).toMatchObject({ copied: 3, same: 1, left: 1, hidden: 0, failed: 0, verified: 4 });
  expect(await at.versions("acme-uploads")).toBe(before + 3);
});

test("what did not exist then is hidden behind a delete marker where that is asked for", async () => {
  await run(wish(at.primary, { deletions: true }), at.primary);
  expect(await at.contents("acme-uploads")).toEqual(good);
});

test("one prefix or a list of keys comes back, and nothing else is touched", async () => {
  const { objects } = (await run(wish(at.primary, { select: { prefix: "a/" } }), at.primary)).back;
  expect(objects).toMatchObject({ keys: 2, copied: 1 });
  at.clock.advance(60_000);
  const keys = ["b/1", "never there", "gone"];
  const listed = (await run(wish(at.primary, { select: { keys } }), at.primary)).back;
  expect(listed.objects).toMatchObject({ keys: 2, copied: 2 });
  expect(await at.contents("acme-uploads")).toEqual({ ...good, new: "new" });
});

test("the replica gives it back into another bucket while the primary region answers nothing", async () => {
  at.twin.interceptors.push((made, proceed) => {
    if (made.region === "eu-west-1") throw new AwsError("ServiceUnavailable", "away", 503);
    return proceed();
  });
  const one = request(at.recovery, { source: "uploads", as: "acme-restored" });
  const { objects } = (await run(one, at.recovery)).back;
  expect(await at.contents("acme-restored")).toEqual(good);
  expect(objects).toMatchObject({ bucket: "acme-restored", copied: 4, verified: 4 });
  expect((await factsOf(at.recovery, one.id)).planned?.plan).toMatchObject({ point: "20261121T0000Z" });
});

test("the replica itself is never written into, and an instant before its first point is refused", async () => {
  await expect(run(wish(at.recovery), at.recovery)).rejects.toMatchObject({ code: "invalid" });
  const wanted = { which: "time", at: "2026-11-20T00:00:00Z" } as const;
  await expect(run(wish(at.recovery, { wanted, as: "acme-restored" }), at.recovery)).rejects.toMatchObject({
    code: "invalid",
    fix: "It is since 2026-11-21T00:00:00.000Z.",
  });
});

test("what has the key in another bucket stays, unless it may be overwritten", async () => {
  await at.put("acme-copy", "a/1", "theirs");
  const one = await run(wish(at.primary, { as: "acme-copy" }), at.primary);
  expect(one.back.objects).toMatchObject({ copied: 3, left: 2 });
  expect((await at.contents("acme-copy"))["a/1"]).toBe("theirs");
  at.clock.advance(60_000);
  await run(wish(at.primary, { as: "acme-copy", overwrite: true }), at.primary);
  expect(await at.contents("acme-copy")).toEqual(good);
});

test("cut off at any moment it comes to the same, and copies nothing twice", async () => {
  const reference = execution(wish(at.primary), at.primary, { clock: at.clock });
  await reference.finish();
  const versions = await at.versions("acme-uploads");
  for (let moment = 0; moment < reference.moments; moment++) {
    at = await bench();
    const cut = execution(wish(at.primary), at.primary, { clock: at.clock, crash: crashAt(moment) });
    await cut.finish();
    expect(await at.contents("acme-uploads"), `moment ${moment}`).toEqual({ ...good, new: "new" });
    expect(await at.versions("acme-uploads"), `moment ${moment}`).toBe(versions);
  }
});

test("the order of its steps, which executions under way replay by", async () => {
  const one = execution(wish(at.primary), at.primary, { clock: at.clock });
  await one.finish();
  const lines = one.history().map((line) => line.replace(/: \w+ x\d+$/, ""));
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("golden/bucket.txt");
});

test("an undo takes back what the restore did, and leaves what somebody has written since", async () => {
  const one = wish(at.primary, { deletions: true });
  const before = await at.contents("acme-uploads");
  await run(one, at.primary);
  at.clock.advance(60_000);
  await at.put("acme-uploads", "b/1", "b/1 newer");
  await undoing(one.id, at.primary, { clock: at.clock }).finish();
  expect(await at.contents("acme-uploads")).toEqual({ ...before, "b/1": "b/1 newer" });
  expect((await factsOf(at.primary, one.id)).undone?.objects).toMatchObject({ copied: 2, hidden: 1 });
});

test("trouble that does not pass ends with everything as it was", async () => {
  const before = await at.contents("acme-uploads");
  let copies = 0;
  at.twin.interceptors.push((made, proceed) => {
    // One copy goes through, and none of the ten times that the rest is tried.
    if (made.operation === "CopyObject" && copies++ >= 1 && copies < 22)
      throw new AwsError("SlowDown", "slow down", 503);
    return proceed();
  });
  await expect(run(wish(at.primary), at.primary)).rejects.toMatchObject({ code: "throttled" });
  expect(await at.contents("acme-uploads")).toEqual(before);
});

test("an object that cannot be read is told, and the others come back", async () => {
  at.twin.interceptors.push((made, proceed) => {
    if (made.operation === "CopyObject" && made.input.Key === "b/1")
      throw new AwsError("InvalidObjectState", "archived", 403);
    return proceed();
  });
  const { objects } = (await run(wish(at.primary), at.primary)).back;
  expect(objects).toMatchObject({ copied: 2, failed: 1 });
  expect(objects?.failures[0]).toMatch(/b\/1.*archived/);
});
