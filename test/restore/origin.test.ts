import { expect, test } from "vitest";
import { gatherPoints } from "../../functions/core/point.ts";
import { choosePoint, drillFailed } from "../../functions/restore/origin.ts";

/*
 * Which point is meant: what has been verified goes before what is newer.
 */
const place = { region: "eu-central-1", role: "recovery" } as const;
const latest = { which: "latest" } as const;

function points(...facts: [hour: string, ...names: string[]][]) {
  const entries = facts.flatMap(([hour, ...names]) =>
    names.map((name) => ({ source: "orders", point: `20261121T${hour}Z`, name, storedAt: "" })),
  );
  return gatherPoints(entries).get("orders") ?? [];
}

test("the latest is the newest that was verified, in whichever region, and newer ones are told", () => {
  const known = points(
    ["0100", "copied-eu-central-1", "verified-eu-central-1"],
    ["0200", "copied-eu-central-1", "verified-eu-west-1"],
    ["0300", "copied-eu-central-1"],
    ["0400", "available"],
  );
  expect(choosePoint("orders", known, place, latest)).toEqual({
    point: "20261121T0200Z",
    verified: true,
    notes: ["1 newer point(s), up to 20261121T0300Z, are not verified yet; --point takes one of them."],
  });
});

test("where nothing is verified it is the newest there is, and says so; one whose drill failed comes last", () => {
  const known = points(["0100", "copied-eu-central-1"], ["0200", "copied-eu-central-1", drillFailed]);
  expect(choosePoint("orders", known, place, latest)).toMatchObject({
    ...{ point: "20261121T0100Z", verified: false },
    notes: ["The point 20261121T0100Z has not been verified."],
  });
  expect(choosePoint("orders", known.slice(1), place, latest)).toMatchObject({
    notes: [expect.stringContaining("A drill of the point 20261121T0200Z failed")],
  });
});

test("what was lost or has expired is not there to be chosen", () => {
  const known = points(
    ["0100", "copied-eu-central-1", "lost-eu-central-1"],
    ["0200", "copied-eu-central-1", "expired-eu-central-1"],
  );
  expect(() => choosePoint("orders", known, place, latest)).toThrow(/has no point in eu-central-1/);
});

test("a point that is not there is answered with those nearest to it in time", () => {
  const known = points(
    ...["0100", "0200", "0300", "0400"].map((hour): [string, string] => [hour, "copied-eu-central-1"]),
  );
  const asked = { which: "point", point: "20261121T0315Z" } as const;
  expect(() => choosePoint("orders", known, place, asked)).toThrow(
    expect.objectContaining({ fix: "The nearest there: 20261121T0300Z, 20261121T0400Z, 20261121T0200Z." }),
  );
});
