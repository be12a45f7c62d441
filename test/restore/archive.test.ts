import { createHash } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { archiveKey } from "../../functions/catalog/keys.ts";
import type { PointFact } from "../../functions/core/fact.ts";
import { vaultName } from "../../functions/core/names.ts";
import type { Source } from "../../functions/core/source.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";
import { execution, factsOf, request, undoing } from "./place.ts";

/*
 * An archive comes back out of the recovery vault's verified copy, into a bucket that is named.
 */
const erp: Source = {
  ...{ name: "erp", kind: "archives", bucket: "acme-dumps", prefix: "erp/", arrivesSeconds: 86_400 },
  plan: hourly,
};
let at: Awaited<ReturnType<typeof bench>>;

async function bench() {
  const environment = environmentOf(erp);
  const { twin, clock } = await putUp({ ...environment, sources: [] }, {});
  const recovery = worldIn(twin, environment, "eu-central-1");
  const s3 = (operation: string, input: Record<string, unknown>) =>
    twin.call({ service: "s3", region: "eu-central-1", operation, input, principal: "test" });
  await s3("CreateBucket", {
    Bucket: "acme-restored",
    CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
  });
  const bucket = vaultName(environment, "eu-central-1");
  const arrive = async (point: string, text: string, verified: boolean) => {
    const key = archiveKey("erp", point, "nightly.dump");
    await s3("PutObject", { Bucket: bucket, Key: key, Body: text });
    const sha256 = createHash("sha256").update(text).digest("hex");
    const at = new Date(clock.now()).toISOString();
    const base = { schema: 1, at, source: "erp", point } as const;
    const archive = { bucket: "acme-dumps", key: "erp/nightly.dump", sizeBytes: text.length, sha256 };
    const copy: PointFact["archive"] = { ...archive, bucket, key };
    const { catalog } = recovery;
    await catalog.recordPoint("available", { ...base, fact: "available", region: "eu-west-1", archive });
    const there = { ...base, region: "eu-central-1", archive: copy };
    await catalog.recordPoint("copied-eu-central-1", { ...there, fact: "copied" });
    if (verified)
      await catalog.recordPoint("verified-eu-central-1", { ...there, fact: "verified", level: "intact" });
  };
  await arrive("20261120T0300Z-00000001", "monday", true);
  await arrive("20261121T0300Z-00000002", "tuesday", true);
  await arrive("20261122T0300Z-00000003", "wednesday, cut sho", false);
  const read = async (key: string) => {
    let text = "";
    for await (const chunk of await recovery.objects.open({ bucket: "acme-restored", key })) text += chunk;
    return text;
  };
  return { clock, recovery, s3, read };
}

beforeEach(async () => {
  at = await bench();
});

const wish = (more = {}) => request(at.recovery, { source: "erp", as: "acme-restored", ...more });

test("the newest that is intact comes back under its own key, and no newer one that is not", async () => {
  const { objects } = (await execution(wish(), at.recovery, { clock: at.clock }).finish()).back;
  expect(objects).toMatchObject({ bucket: "acme-restored", copied: 1, verified: 1 });
  expect(await at.read("erp/nightly.dump")).toBe("tuesday");
});

test("a point, or the last that had arrived by an instant", async () => {
  const wanted = { which: "time", at: "2026-11-21T02:00:00Z" };
  await execution(wish({ wanted }), at.recovery, { clock: at.clock }).finish();
  expect(await at.read("erp/nightly.dump")).toBe("monday");

  at.clock.advance(60_000);
  const point = wish({ wanted: { which: "point", point: "20261121T0300Z-00000002" } });
  await expect(execution(point, at.recovery, { clock: at.clock }).finish()).rejects.toMatchObject({
    code: "conflict",
    fix: expect.stringContaining("--overwrite"),
  });
  at.clock.advance(60_000);
  await execution(wish({ wanted: point.wanted, overwrite: true }), at.recovery, { clock: at.clock }).finish();
  expect(await at.read("erp/nightly.dump")).toBe("tuesday");
});

test("one that was never verified does not come back, and what was asked wrongly is said in a sentence", async () => {
  const unproved = wish({ wanted: { which: "point", point: "20261122T0300Z-00000003" } });
  await expect(execution(unproved, at.recovery, { clock: at.clock }).finish()).rejects.toMatchObject({
    code: "not-found",
  });
  at.clock.advance(60_000);
  const strange = wish({ select: { prefix: "erp/" } });
  await expect(execution(strange, at.recovery, { clock: at.clock }).finish()).rejects.toMatchObject({
    message: "a selection of keys means nothing for archives",
  });
  expect(Object.keys(await factsOf(at.recovery, strange.id))).toEqual(["failed", "requested"]);
});

test("an undo is refused: the copy took the place of nothing", async () => {
  const one = wish();
  await execution(one, at.recovery, { clock: at.clock }).finish();
  await expect(undoing(one.id, at.recovery, { clock: at.clock }).finish()).rejects.toMatchObject({
    code: "invalid",
  });
});
