import { expect, test } from "vitest";
import { parsePointKey } from "../../functions/catalog/keys.ts";
import { vaultName } from "../../functions/core/names.ts";
import type { ArchivesSource } from "../../functions/core/source.ts";
import { expire } from "../../functions/expire/expire.ts";
import { verify } from "../../functions/verify/verify.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { s3Service } from "../../local/services/s3.ts";
import { AwsError, Twin } from "../../local/twin.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUpVaults, worldIn } from "../worlds.ts";

const dayMs = 24 * 3_600_000;
const call = { remainingMs: () => 900_000, lastTry: false };
const erp: ArchivesSource = {
  ...{ name: "erp", kind: "archives", bucket: "acme-dumps", prefix: "erp/", arrivesSeconds: 86_400 },
  plan: { ...hourly, keep: { daily: 2 } },
};

/** A drop to which two jobs write an archive each day, verified and copied into the recovery vault. */
async function putUpArchives({ lockDays }: { lockDays?: number } = {}) {
  const environment = environmentOf(erp);
  const clock = new VirtualClock();
  const twin = new Twin({ clock });
  for (const service of [kmsService(twin), s3Service(twin, memoryBlobs())]) twin.register(service);
  twin.register({
    name: "events",
    operations: { PutEvents: () => ({ FailedEntryCount: 0, Entries: [{}] }) },
  });
  await putUpVaults(twin, environment);
  const vault = vaultName(environment, "eu-central-1");
  const s3 = (operation: string, input: Record<string, unknown>, region = "eu-west-1") =>
    twin.call({ service: "s3", region, operation, input, principal: "user" });
  await s3("CreateBucket", { Bucket: erp.bucket });
  if (lockDays) {
    const Rule = { DefaultRetention: { Mode: "COMPLIANCE", Days: lockDays } };
    const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule };
    await s3("PutObjectLockConfiguration", { Bucket: vault, ObjectLockConfiguration }, "eu-central-1");
  }
  const primary = worldIn(twin, environment, "eu-west-1", "primary");
  const recovery = worldIn(twin, environment, "eu-central-1", "recovery");
  const mirror = async () => {
    for await (const { key } of primary.catalog.list()) await recovery.catalog.mirror(primary.catalog, key);
  };
  const day = async () => {
    clock.advance(dayMs);
    const date = new Date(clock.now()).toISOString().slice(0, 10);
    for (const job of ["invoices", "orders"]) {
      const key = `erp/${job}/${date}/dump.txt`;
      await s3("PutObject", {
        Bucket: erp.bucket,
        Key: key,
        Body: Buffer.from(`${job} of ${date}`.repeat(9)),
      });
      const detail = { source: "erp", key };
      const wish = { source: "holdfast", "detail-type": "Archive Verification Requested", detail } as const;
      await verify(wish, primary, call);
    }
    await mirror();
    for await (const { key } of recovery.catalog.list("catalog/points/erp/")) {
      const fact = parsePointKey(key);
      if (fact?.name !== "verified-eu-west-1") continue;
      const detail = { source: "erp", point: fact.point };
      const copied = `catalog/points/erp/${fact.point}/copied-eu-central-1.json`;
      if (await recovery.catalog.readPoint(copied).catch(() => undefined)) continue;
      const wish = { source: "holdfast", "detail-type": "Archive Copy Requested", detail } as const;
      await verify(wish, recovery, call);
    }
  };
  /** Two passes with an hour between them. */
  const twice = async () => {
    await expire(recovery, call);
    clock.advance(3_600_000);
    await expire(recovery, call);
  };
  /** The copies in the vault, as "<job> <day>", every version counted. */
  const copies = async () => {
    const jobs: string[] = [];
    const answer = (await s3(
      "ListObjectVersions",
      { Bucket: vault, Prefix: "archives/" },
      "eu-central-1",
    )) as {
      Versions?: { Key: string }[];
      DeleteMarkers?: { Key: string }[];
    };
    for (const { Key } of [...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])]) {
      const [, , point = ""] = Key.split("/");
      const { archive } = await recovery.catalog.readPoint(`catalog/points/erp/${point}/available.json`);
      jobs.push((archive?.key ?? "").split("/").slice(1, 3).join(" "));
    }
    return jobs.sort();
  };
  const facts = async (name: RegExp) => {
    const found: string[] = [];
    for await (const { key } of recovery.catalog.list("catalog/points/erp/"))
      if (name.test(key)) found.push(key);
    return found;
  };
  return { twin, clock, s3, vault, primary, recovery, day, twice, copies, facts };
}

test("copies that no tier keeps are deleted for good, of each job by itself; the drop is left alone", async () => {
  const house = await putUpArchives();
  for (let days = 0; days < 4; days++) await house.day();
  const all = await house.copies();
  expect(all).toHaveLength(8);

  await house.twice();

  expect(await house.copies()).toEqual(all.filter((copy) => /11-2[45]$/.test(copy)));
  expect(await house.facts(/\/expired-eu-central-1\.json$/)).toHaveLength(4);
  const dropped = (await house.s3("ListObjectsV2", { Bucket: erp.bucket })) as { Contents: unknown[] };
  expect(dropped.Contents).toHaveLength(8);
  await expire(house.primary, call);
  expect(await house.facts(/expir/)).toHaveLength(8);
});

test("a copy that was made twice goes with both its versions, and so does one that somebody hid", async () => {
  const house = await putUpArchives();
  for (let days = 0; days < 3; days++) await house.day();
  const [key = ""] = await keysOf(house);
  await house.s3("PutObject", { Bucket: house.vault, Key: key, Body: "again" }, "eu-central-1");
  expect(await house.copies()).toHaveLength(7);
  await house.twice();
  expect(await house.copies()).toHaveLength(4);
});

test("what Object Lock keeps is recorded once, is no error, and goes when the lock is over", async () => {
  const house = await putUpArchives({ lockDays: 10 });
  for (let days = 0; days < 3; days++) await house.day();
  await house.twice();
  expect(await house.copies()).toHaveLength(6);
  const locked = await house.facts(/\/locked-eu-central-1-/);
  expect(locked).toHaveLength(2);
  const { until } = await house.recovery.catalog.readPoint(locked[0] ?? "");
  expect(until).toBe("2026-12-02T00:00:00.000Z");

  const deletions: string[] = [];
  house.twin.interceptors.push((one, proceed) => {
    if (one.operation === "DeleteObject") deletions.push(String(one.input.Key));
    return proceed();
  });
  for (let days = 0; days < 5; days++) {
    house.clock.advance(24 * 3_600_000);
    await house.twice();
  }
  expect(deletions).toEqual([]);
  expect(await house.facts(/\/locked-eu-central-1-/)).toHaveLength(2);
  expect((await house.facts(/\/expiring-/)).length).toBe(2);

  house.clock.advance(6 * dayMs);
  await house.twice();
  expect(await house.copies()).toHaveLength(4);
  expect(deletions).toHaveLength(2);
});

test("a legal hold on an object keeps it, and is looked up again each day", async () => {
  const house = await putUpArchives({ lockDays: 1 });
  for (let days = 0; days < 4; days++) await house.day();
  const [Key] = await keysOf(house);
  const held = { Bucket: house.vault, Key, Body: "x", ObjectLockLegalHoldStatus: "ON" };
  await house.s3("PutObject", held, "eu-central-1");
  house.clock.advance(2 * dayMs);
  await house.twice();
  // Four of two days, and the held one in two versions.
  expect(await house.copies()).toHaveLength(6);
  for (const looks of [1, 1, 2]) {
    await house.twice();
    expect(await house.facts(/\/locked-/)).toHaveLength(looks);
    house.clock.advance(dayMs / 2);
  }
  expect(await house.copies()).toHaveLength(6);
});

test("a deletion that is cut off after it happened is recorded by the next pass", async () => {
  const house = await putUpArchives();
  for (let days = 0; days < 3; days++) await house.day();
  await expire(house.recovery, call);
  house.clock.advance(3_600_000);
  let cut = false;
  house.twin.interceptors.push(async (one, proceed) => {
    if (cut && one.operation === "PutObject") throw new AwsError("InternalError", "cut off", 500);
    const answer = await proceed();
    if (one.operation === "DeleteObject") cut = true;
    return answer;
  });
  await expire(house.recovery, call).catch(() => {});
  house.twin.interceptors.length = 0;
  expect(await house.copies()).toHaveLength(4);
  expect(await house.facts(/\/expired-/)).toEqual([]);

  await expire(house.recovery, call);
  expect(await house.facts(/\/expired-/)).toHaveLength(2);
});

test("two passes at once delete each copy once, and neither takes it ill that the other was faster", async () => {
  const house = await putUpArchives();
  for (let days = 0; days < 3; days++) await house.day();
  await expire(house.recovery, call);
  house.clock.advance(3_600_000);
  let raced = false;
  house.twin.interceptors.push(async (one, proceed) => {
    if (one.operation === "HeadObject" && !raced) {
      raced = true;
      await expire(house.recovery, call);
    }
    return proceed();
  });
  await expire(house.recovery, call);
  expect(await house.copies()).toHaveLength(4);
  expect(await house.facts(/\/expired-/)).toHaveLength(2);
});

test("while it cannot be read of which job an archive is, nothing of its drop is marked", async () => {
  const house = await putUpArchives();
  for (let days = 0; days < 3; days++) await house.day();
  house.twin.interceptors.push((one, proceed) => {
    if (one.operation === "GetObject") throw new AwsError("SlowDown", "slower", 503);
    return proceed();
  });
  await expire(house.recovery, call);
  expect(await house.facts(/\/expiring-/)).toEqual([]);
});

async function keysOf({ s3, vault }: Awaited<ReturnType<typeof putUpArchives>>): Promise<string[]> {
  const answer = await s3("ListObjectsV2", { Bucket: vault, Prefix: "archives/" }, "eu-central-1");
  return (answer as { Contents: { Key: string }[] }).Contents.map(({ Key }) => Key).sort();
}
