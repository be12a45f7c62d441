import { describe, expect, test } from "vitest";
import { AwsError, type Call } from "../../local/twin.ts";
import { db0, findings, hourMs, putUpHouse } from "./house.ts";

describe("a finding of damage", () => {
  test("freezes a source's expiry and says so until it ends; then expiry goes on", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    await house.run();
    const end = await house.open({ kind: "archive-damaged" });
    house.clock.advance(hourMs);
    await house.run();
    await house.run();
    expect(house.snapshots()).toHaveLength(5);
    expect((await findings(house)).open).toEqual(["archive-damaged.db0.x", "expiry-frozen.db0.eu-west-1"]);

    await end();
    house.clock.advance(60_000);
    await house.run();
    expect((await findings(house)).open).toEqual([]);
    house.clock.advance(hourMs);
    await house.run();
    expect(house.snapshots()).toHaveLength(2);
  });

  test("that comes again freezes again", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    const since = house.primary.now().toISOString();
    for (const detail of ["x", "y"]) {
      const end = await house.open({ kind: "archive-damaged", detail, since });
      house.clock.advance(60_000);
      await house.run();
      expect((await findings(house)).open).toContain("expiry-frozen.db0.eu-west-1");
      await end();
      await house.run();
      expect((await findings(house)).open).toEqual([]);
    }
  });
});

describe("a finding of frozen expiry", () => {
  test.each([
    ["the snapshots cannot be listed", (call: Call) => call.operation === "DescribeDBSnapshots"],
    ["the other vault is away", (call: Call) => call.region === "eu-central-1"],
  ])("does not end while %s: not to see a reason is no evidence", async (_what, away) => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    await house.open({ kind: "copy-wrong" }, house.recovery);
    await house.run();
    house.twin.interceptors.push((call, proceed) => {
      if (away(call)) throw new AwsError("ServiceUnavailable", "away", 503);
      return proceed();
    });
    await house.run();
    expect((await findings(house)).open).toContain("expiry-frozen.db0.eu-west-1");
  });
});
