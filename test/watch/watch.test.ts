import { expect, test } from "vitest";
import { indexKey } from "../../functions/catalog/keys.ts";
import { reportValidSeconds } from "../../functions/core/report.ts";
import type { Source } from "../../functions/core/source.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { watch } from "../../functions/watch/watch.ts";
import { houseWith, watchWorldIn } from "./house.ts";

test("a pass writes down how well each source is protected in each place, and leaves its trace", async () => {
  const house = await houseWith(2);
  await house.live(60);

  const report = await house.seen();

  expect(report).toMatchObject({ ok: true, environment: "test", region: "eu-central-1" });
  expect(report.regions).toEqual([
    { region: "eu-west-1", answered: true },
    { region: "eu-central-1", answered: true },
  ]);
  expect(report.sources.map(({ source, state }) => [source, state])).toEqual([
    ["db0", "ok"],
    ["db1", "ok"],
  ]);
  for (const { places } of report.sources) {
    expect(places.map(({ role, available, state }) => [role, available?.point, state])).toEqual([
      ["primary", "20261121T0030Z", "ok"],
      ["recovery", "20261121T0030Z", "ok"],
    ]);
  }
  expect(house.beats).toEqual(["eu-central-1"]);
});

test("a pass gives CloudWatch what it saw in numbers", async () => {
  const house = await houseWith(1);
  await house.live(60);

  await house.seen();

  expect(house.measured).toContainEqual(
    expect.objectContaining({ Environment: "test", Sources: 1, SourcesLate: 0 }),
  );
  expect(house.measured).toContainEqual(
    expect.objectContaining({ Source: "db0", Place: "eu-central-1", RpoUsedRatio: 1_800 / 7_200 }),
  );
});

test("both regions' watches say the same, but for who says it", async () => {
  const house = await houseWith(2);
  await house.live(60);

  const [one, other] = [await house.seen(house.primary), await house.seen(house.recovery)];

  expect({ ...one, region: "" }).toEqual({ ...other, region: "" });
});

test("a report that is lost is made again out of facts, the same, by a watch that never ran before", async () => {
  const { twin, environment, recovery, seen, live } = await houseWith(2, {
    pointInTime: { reach: "primary", days: 1 },
  });
  await live(180);
  for (let passes = 0; passes < 3; passes++) await seen(recovery);
  const before = await seen(recovery);
  const { region, catalog } = recovery;
  const Key = indexKey("status");
  await twin.call({
    ...{ service: "s3", region, operation: "DeleteObject", principal: "test" },
    input: { Bucket: catalog.bucket, Key },
  });

  expect(await seen(watchWorldIn(twin, environment, region))).toEqual(before);
});

test("when the primary region answers nothing, the recovery region tells all that its own vault knows, and says so", async () => {
  const house = await houseWith(1);
  await house.live(60);
  house.silence("eu-west-1");
  house.clock.advance(2 * 3_600_000);

  const report = await house.seen();

  expect(report.ok).toBe(false);
  expect(report.regions[0]).toMatchObject({ region: "eu-west-1", answered: false });
  expect(report.regions[0]?.reason).toContain("the region is gone");
  expect(
    report.sources[0]?.places.map(({ region, available, state }) => [region, available?.point, state]),
  ).toEqual([
    ["eu-west-1", "20261121T0030Z", "late"],
    ["eu-central-1", "20261121T0030Z", "late"],
  ]);
});

test("a region that does not come back within a minute does not hold the pass up, and is not guessed at", async () => {
  const house = await houseWith(1);
  await house.live(60);
  house.hang(({ region, service }) => region === "eu-west-1" && service === "rds");
  const pass = watch(house.recovery);
  let over = false;
  void pass.then(() => {
    over = true;
  });
  while (!over) {
    await new Promise(setImmediate);
    if (house.clock.nextMs !== undefined) house.clock.advanceTo(house.clock.nextMs);
  }
  await pass;

  const { regions, sources } = await house.recovery.catalog.readStatus();

  expect(regions[0]).toEqual({
    region: "eu-west-1",
    answered: false,
    reason: "eu-west-1 did not answer within 60 seconds",
  });
  expect(sources[0]?.state).toBe("ok");
});

test("a snapshot that is seen gone does not count any more, before any fact says that it was lost", async () => {
  const house = await houseWith(1);
  await house.live(60);
  await house.twin.call({
    ...{ service: "rds", region: "eu-central-1", operation: "DeleteDBSnapshot", principal: "thief" },
    input: { DBSnapshotIdentifier: "test-db0-20261121t0030z" },
  });

  const { sources } = await house.seen();

  expect(sources[0]?.places.map(({ available }) => available?.point)).toEqual([
    "20261121T0030Z",
    "20261121T0000Z",
  ]);
});

test("an edit of a source's declaration gives no spent budget back", async () => {
  const house = await houseWith(1, { rpoSeconds: 3_600 });
  await house.live(30);
  const mend = house.refuse("CreateDBSnapshot");
  await house.live(120);
  mend();
  await house.live(30);
  const spent = async (world = house.recovery) =>
    (await house.seen(world)).sources[0]?.budgets.map(({ spentSeconds }) => spentSeconds) ?? [];
  const before = await spent();
  const [source] = house.environment.sources as [Source];
  const plan = { ...source.plan, keep: { ...source.plan.keep, yearly: 1 } };
  const environment = { ...house.environment, sources: [{ ...source, plan }] };

  await reconcile({ ...house.recovery, environment });

  expect(Math.min(...before)).toBeGreaterThan(3_600);
  expect(await spent({ ...house.recovery, environment })).toEqual(before);
});

test("where its own vault cannot be written no trace is left", async () => {
  const house = await houseWith(1);
  house.silence("eu-central-1");

  await expect(watch(house.recovery)).rejects.toMatchObject({ code: "unavailable" });

  expect(house.beats).toEqual([]);
});

test("a report is valid for three passes", () => {
  expect(reportValidSeconds).toBe(3 * 300);
});
