import { describe, expect, test } from "vitest";
import type { Finding } from "../../functions/core/finding.ts";
import type { WatchView } from "../../functions/core/judging.ts";
import type { Source } from "../../functions/core/source.ts";
import { partsOwed, ruleFindings, threeTwoOne } from "../../functions/core/three-two-one.ts";
import { database, hourly } from "./situation.ts";
import { november, type Stored, slotOn, watchView } from "./watching.ts";

const orders = database();
const uploads: Source = { name: "uploads", kind: "bucket", bucket: "b", deletions: "keep", plan: hourly };
const erp: Source = {
  name: "erp",
  kind: "archives",
  bucket: "b",
  prefix: "",
  arrivesSeconds: 86_400,
  plan: hourly,
};
const point = slotOn("02 00:00");
const fact = (source: string, name: string, at = point): Stored => [source, at, name, november("02 00:10")];
const inBoth = (source: string, at = point) => [
  fact(source, "available", at),
  fact(source, "copied-eu-central-1", at),
  fact(source, "verified-eu-west-1", at),
  fact(source, "verified-eu-central-1", at),
];

function at(source: Source, facts: Stored[], more: Partial<WatchView> = {}, open: Finding[] = []) {
  const view = watchView([source], november("02 01:00"), facts, more);
  const { holds, parts } = threeTwoOne(view, source, open);
  return {
    ...{ holds, parts, findings: ruleFindings(view, source, open) },
    held: parts.filter((one) => one.holds).map((one) => one.part),
    sentence: (part: string) => parts.find((one) => one.part === part)?.sentence,
  };
}

const locked = (source: Source) => ({
  environment: {
    ...watchView([source], november("02 01:00"), []).environment,
    profile: "protected" as const,
  },
});

describe("3-2-1-1-0", () => {
  test("holds whole for archives in a locked vault", () => {
    const standing = at(erp, inBoth("erp", `${point}-0a0a0a0a`), locked(erp));

    expect(standing.holds).toBe(true);
    expect(standing.findings).toEqual([]);
  });

  test("of a database all but the lock, which RDS does not have, once a drill has passed", () => {
    const passed = {
      drill: point,
      point,
      outcome: "passed" as const,
      at: november("02 00:30"),
      startedAt: november("02 00:20"),
    };
    const drills = new Map([["orders", { drills: [], newest: passed, passed }]]);
    const standing = at(orders, inBoth("orders"), { drills, ...locked(orders) });

    expect(standing.held).toEqual(["three copies", "two stores", "one off-region", "zero errors"]);
    expect(standing.sentence("one immutable")).toBe(
      "RDS locks no snapshot: whoever has the right can delete all of them.",
    );
    expect(standing.findings).toEqual([]);
  });

  test("of a bucket counts the bucket and its replica as the two that they are", () => {
    const standing = at(uploads, inBoth("uploads"), locked(uploads));

    expect(standing.held).toEqual(["two stores", "one off-region", "one immutable", "zero errors"]);
    expect(standing.sentence("three copies")).toBe("There are the bucket and its replica.");
  });

  test("is broken, and told, when the copies of a database are gone, since the newest of them was too old", () => {
    const lost: Stored = ["orders", point, "lost-eu-central-1", november("02 00:40")];
    const view = watchView([orders], november("02 03:00"), [...inBoth("orders"), lost]);

    const [finding] = ruleFindings(view, orders, []);

    expect(finding).toMatchObject({
      ...{ kind: "three-two-one-broken", source: "orders", region: "eu-central-1" },
      since: november("02 02:00"),
      message:
        '"orders" does not keep to 3-2-1-1-0: There are the database and a snapshot beside it. No copy is in eu-central-1.',
    });
  });

  test("is nobody's alarm where the plan provides for no copy, or the first is not late yet", () => {
    const alone = { ...orders, plan: { ...hourly, copies: [] } };

    expect(at(alone, [fact("orders", "available")]).findings).toEqual([]);
    expect(at(alone, [fact("orders", "available")]).holds).toBe(false);
    const declaredAt = new Map([["orders", november("02 00:30")]]);
    expect(at(orders, [], { declaredAt }).findings).toEqual([]);
  });

  test("has an error when a finding says that a copy is not what it should be", () => {
    const damaged: Finding = {
      ...{ kind: "copy-wrong", source: "orders", detail: "x", region: "eu-central-1", fix: "Mend it." },
      ...{ since: november("02 00:20"), message: "The copy is not encrypted with the vault's key." },
    };
    const drilled = {
      ...orders,
      plan: { ...hourly, drill: { everySeconds: 1, sql: [], sample: { confidence: 0.9, damage: 0.1 } } },
    };
    const standing = at(drilled, inBoth("orders"), {}, [damaged]);

    expect(standing.sentence("zero errors")).toBe(damaged.message);
    expect(standing.findings).toMatchObject([{ since: damaged.since }]);
  });
});

test("what a source owes follows from its kind, its plan and its profile", () => {
  const { environment } = watchView([orders], november("02 01:00"), []);
  const protectedOne = { ...environment, profile: "protected" as const };

  expect([...partsOwed(environment, orders)].sort()).toEqual([
    "one off-region",
    "three copies",
    "two stores",
  ]);
  expect([...partsOwed(protectedOne, uploads)].sort()).toEqual([
    ...["one immutable", "one off-region", "two stores", "zero errors"],
  ]);
  expect([...partsOwed(environment, { ...orders, plan: { ...hourly, copies: [] } })]).toEqual(["two stores"]);
});
