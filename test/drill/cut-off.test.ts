import { expect, test } from "vitest";
import { drillKey } from "../../functions/catalog/keys.ts";
import { readingOf } from "../../functions/catalog/reading.ts";
import { openEpisodes, readCatalog } from "../../functions/catalog/whole.ts";
import { cannedChecker } from "./canned.ts";
import { holdfast } from "./command.ts";
import { type Checker, orders, putUpDrills } from "./house.ts";

/*
 * A drill whose execution was ended from outside, and drills whose names do not tell which began first.
 */
async function houseWithPoint(checker: Checker = cannedChecker) {
  const house = await putUpDrills([orders], { checker });
  const master = { MasterUsername: "owner", MasterUserPassword: "not a secret" };
  const about = { DBInstanceIdentifier: "orders-db", Engine: "postgres", ...master };
  await house.call("eu-west-1", "CreateDBInstance", about);
  for (let passes = 0; passes < 4; passes++) await house.pass(10);
  const findings = async (world = house.recovery) =>
    openEpisodes(await readCatalog(world.catalog)).map(({ id }) => id);
  return { ...house, findings };
}

test("one that was stopped is told soon, proves nothing, holds nothing, and another can begin", async () => {
  const house = await houseWithPoint();
  const drill = house.execution();
  await drill.run();
  drill.stop();
  await house.pass(14);
  expect(await readingOf([house.recovery.catalog], "orders")).toHaveLength(1);
  for (let passes = 0; passes < 2; passes++) await house.pass(5);

  const key = drillKey("orders", "20261121T0400Z", "cut-off");
  const fact = await house.recovery.catalog.readDrillCutOff(key);
  expect(fact).toMatchObject({ endedAs: "stopped", reason: expect.stringMatching(/stopped from outside/) });
  expect(fact.leftBehind).toEqual([expect.stringMatching(/^the instance test-orders-drill-.* takes away/)]);
  expect(await house.findings()).toEqual(["drill-broken-off.orders.eu-central-1"]);
  expect(await readingOf([house.recovery.catalog], "orders")).toEqual([]);
  expect(await readingOf([house.primary.catalog], "orders")).toEqual([]);

  await expect(house.execution().finish()).rejects.toThrow(/is over/);
  const next = house.execution({ drill: "20261121T0430Z" });
  expect((await house.finish(next)).outcome).toBe("passed");
  await house.pass(5);
  expect(await house.findings()).toEqual([]);
});

test("who follows one that is stopped hears of it, and does not wait for ever", async () => {
  const house = await houseWithPoint();
  const drill = house.execution({ by: "person" });
  await drill.run();
  drill.stop();
  const { code, err } = await holdfast(house, ["drill", "orders"]);
  expect(code).toBe(6);
  expect(err).toMatch(/The drill 20261121T0400Z of "orders" was cut off: its execution was stopped/);
});

test("the newest is the one that began last, though one by schedule has the name of its hour", async () => {
  let fails = true;
  const house = await houseWithPoint(async (request, world) => {
    const report = (await cannedChecker(request, world)) as { checks: object[] };
    const check = { name: "rows", outcome: "failed", value: "0", sentence: "no rows came back" };
    return fails ? { ...report, checks: [...report.checks, check] } : report;
  });
  const byHand = house.execution({ drill: "20261121T0335Z" });
  expect((await house.finish(byHand)).outcome).toBe("failed");
  fails = false;
  house.clock.advance(60_000);
  const bySchedule = house.execution({ drill: "20261121T0300Z", by: "schedule" });
  expect((await house.finish(bySchedule)).outcome).toBe("passed");

  await house.pass(5);
  expect(await house.findings()).toEqual([]);
  expect(await house.findings(house.primary)).toEqual([]);
  const { out } = await holdfast(house, ["drill", "orders", "--report"]);
  expect(out.indexOf("20261121T0300Z")).toBeLessThan(out.indexOf("20261121T0335Z"));
  expect(out).toMatch(/was restored and checked/);
});
