import { describe, expect, test } from "vitest";
import { placeKey } from "../../functions/core/continuity.ts";
import { gatherPoints } from "../../functions/core/point.ts";
import { statusOf } from "../../functions/core/status.ts";
import { database, environmentOf } from "./situation.ts";

const source = database();
const environment = environmentOf(source);

/** The source's status at 04:30, from facts written "<point> <name>"; declared the day before unless said otherwise. */
function at0430(facts: string[], declared = "2026-11-20T00:00:00Z") {
  const entries = facts.map((fact) => {
    const [point = "", name = ""] = fact.split(" ");
    return { source: source.name, point, name, storedAt: "2026-11-21T04:00:00Z" };
  });
  const now = new Date("2026-11-21T04:30:00Z");
  const declaredAt = new Map([[source.name, declared]]);
  const nothing = { continuity: new Map(), restorable: new Map() };
  return statusOf({ environment, points: gatherPoints(entries), declaredAt, ...nothing, now }, source);
}

test("the newest point, its copy and its verification each have an age", () => {
  const status = at0430([
    "20261121T0300Z available",
    "20261121T0300Z copied-eu-central-1",
    "20261121T0300Z verified-eu-central-1",
    "20261121T0400Z available",
  ]);

  expect(status).toMatchObject({
    taken: { point: "20261121T0400Z", ageSeconds: 1_800 },
    copied: { point: "20261121T0300Z", ageSeconds: 5_400 },
    verified: { point: "20261121T0300Z", ageSeconds: 5_400, region: "eu-central-1" },
    state: "ok",
    late: [],
  });
});

test("a point that was lost does not count, nor does its verification", () => {
  const status = at0430([
    "20261121T0100Z available",
    "20261121T0400Z available",
    "20261121T0400Z verified-eu-west-1",
    "20261121T0400Z lost-eu-west-1",
  ]);

  expect(status.taken?.point).toBe("20261121T0100Z");
  expect(status.verified).toBeUndefined();
  expect(status.state).toBe("out of RPO");
});

test("a fresh snapshot with an old copy is out of its RPO: health is the age in each place", () => {
  const status = at0430(["20261121T0100Z copied-eu-central-1", "20261121T0400Z available"]);

  expect(status.state).toBe("out of RPO");
  expect(status.late).toEqual([
    '"orders" is out of its RPO of 2h in eu-central-1: the newest copy known is of 20261121T0100Z.',
  ]);
});

test("a source that was declared just now waits; one that never had a point in time is late", () => {
  expect(at0430([], "2026-11-21T04:25:00Z").state).toBe("waiting");
  expect(at0430([]).state).toBe("out of RPO");
});

describe("under continuous protection", () => {
  const plan = { ...source.plan, rpoSeconds: 300, pointInTime: { reach: "recovery" as const, days: 7 } };
  const live = { ...source, plan };
  const facts = ["20261121T0400Z available", "20261121T0300Z copied-eu-central-1"].map((fact) => {
    const [point = "", name = ""] = fact.split(" ");
    return { source: source.name, point, name, storedAt: "2026-11-21T04:00:00Z" };
  });
  const began = [{ name: "began" as const, at: "2026-11-20T00:00:00Z" }];

  /** The status at 04:30, with the latest moments that were just seen, by region. */
  function standing(seen: Record<string, string>) {
    const regions = ["eu-west-1", "eu-central-1"];
    const view = {
      environment: environmentOf(live),
      points: gatherPoints(facts),
      declaredAt: new Map([[source.name, "2026-11-20T00:00:00Z"]]),
      continuity: new Map(regions.map((region) => [placeKey(source.name, region), began])),
      restorable: new Map(
        Object.entries(seen).map(([region, until]) => [placeKey(source.name, region), { until }]),
      ),
      now: new Date("2026-11-21T04:30:00Z"),
    };
    return statusOf(view, live);
  }

  test("the latest moment of each place is its newest point, measured against minutes", () => {
    const status = standing({ "eu-west-1": "2026-11-21T04:26:10Z", "eu-central-1": "2026-11-21T04:22:00Z" });

    expect(status).toMatchObject({ state: "ok", late: [], unknown: [] });
    expect(status.continuous).toEqual([
      { region: "eu-west-1", role: "primary", seen: true, until: "2026-11-21T04:26:10Z", ageSeconds: 230 },
      {
        region: "eu-central-1",
        role: "recovery",
        seen: true,
        until: "2026-11-21T04:22:00Z",
        ageSeconds: 480,
      },
    ]);
  });

  test("a place that lags by more than the RPO and one upload is out of it", () => {
    const status = standing({ "eu-west-1": "2026-11-21T04:26:10Z", "eu-central-1": "2026-11-21T04:19:59Z" });

    expect(status.state).toBe("out of RPO");
    expect(status.late).toEqual([
      '"orders" is out of its RPO of 5m in eu-central-1: the latest moment that can be restored is 2026-11-21T04:19:59Z.',
    ]);
  });

  test("what nobody could look at is not known, and is never said to be well", () => {
    const status = standing({ "eu-west-1": "2026-11-21T04:26:10Z" });

    expect(status.state).toBe("not known");
    expect(status.late).toEqual([]);
    expect(status.unknown).toEqual([
      'Up to when "orders" can be restored in eu-central-1 is not known: RDS could not be asked there.',
    ]);
  });
});
