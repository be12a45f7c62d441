import { expect, test } from "vitest";
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
  return statusOf({ environment, points: gatherPoints(entries), declaredAt, now }, source);
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
