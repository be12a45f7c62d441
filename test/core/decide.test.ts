import { describe, expect, test } from "vitest";
import { decide } from "../../functions/core/decide.ts";
import type { Action } from "../../functions/core/decision.ts";
import { findingId } from "../../functions/core/finding.ts";
import { Problem } from "../../functions/core/problem.ts";
import type { BucketSource } from "../../functions/core/source.ts";
import { database, environmentOf, hourly, observation, situation, snapshot } from "./situation.ts";

const orders = environmentOf(database());
const recovery = { region: "eu-central-1" };

describe("in the primary region", () => {
  test("takes the snapshot of the newest slot, and of no slot that was missed before it", () => {
    const { actions } = decide(situation(orders, { facts: [["orders", "20261120T2300Z", "available"]] }));

    expect(summary(actions.filter(({ do: what }) => what === "take"))).toEqual([
      "take orders 20261121T0300Z #1",
    ]);
  });

  test("takes nothing while a snapshot of the source is being made", () => {
    const creating = snapshot(orders, "orders", "20261121T0200Z", {
      status: "creating",
      createdAt: "2026-11-21T02:00:00Z",
    });
    const observed = new Map([["rds-instance" as const, observation(orders, [creating])]]);

    expect(decide(situation(orders, { observed })).actions).toEqual([]);
  });

  test("records a snapshot as available once it is, and takes no other for its slot", () => {
    const observed = new Map([
      ["rds-instance" as const, observation(orders, [snapshot(orders, "orders", "20261121T0300Z")])],
    ]);

    expect(summary(decide(situation(orders, { observed })).actions)).toEqual([
      "record-present orders 20261121T0300Z",
    ]);
  });

  test("tries a failed snapshot again under the next name, once the backoff is over", () => {
    const failed = snapshot(orders, "orders", "20261121T0300Z", { status: "failed" });
    const observed = new Map([["rds-instance" as const, observation(orders, [failed])]]);
    const at = (storedAt: string) =>
      summary(
        decide(
          situation(orders, {
            observed,
            facts: [["orders", "20261121T0300Z", "failed-eu-west-1-1", storedAt]],
          }),
        ).actions,
      );

    expect(summary(decide(situation(orders, { observed })).actions)).toEqual([
      "record-failed orders 20261121T0300Z #1",
    ]);
    expect(at("2026-11-21T03:06:00.000Z")).toEqual([]);
    expect(at("2026-11-21T03:04:00.000Z")).toEqual(["take orders 20261121T0300Z #2"]);
  });

  test("takes what a person asked for", () => {
    const facts: [string, string, string][] = [
      ["orders", "20261121T0300Z", "available"],
      ["orders", "20261121T0307Z", "requested"],
    ];
    const observed = new Map([
      ["rds-instance" as const, observation(orders, [snapshot(orders, "orders", "20261121T0300Z")])],
    ]);

    expect(summary(decide(situation(orders, { facts, observed })).actions)).toEqual([
      "take orders 20261121T0307Z #1",
    ]);
  });

  test("pages when a recorded snapshot has gone and no newer one was made", () => {
    const facts: [string, string, string][] = [["orders", "20261121T0200Z", "available"]];
    expect(summary(decide(situation(orders, { facts })).actions)).toContain(
      "confirm-lost orders 20261121T0200Z",
    );

    const lost = decide(
      situation(orders, { facts: [...facts, ["orders", "20261121T0200Z", "lost-eu-west-1"]] }),
    );
    expect(lost.findings.map(findingId)).toContain("artefact-lost.orders.eu-west-1");
  });

  test("never takes a name that somebody else's snapshot has", () => {
    const foreign = snapshot(orders, "orders", "20261121T0300Z", { tags: {} });
    const observed = new Map([["rds-instance" as const, observation(orders, [foreign])]]);
    const { actions, findings } = decide(situation(orders, { observed }));

    expect(actions).toEqual([]);
    expect(findings.map(({ kind }) => kind)).toContain("name-taken");
  });

  test("reports a database that is not there, and goes on with the others", () => {
    const two = environmentOf(database("orders"), database("ledger"));
    const seen = observation(two);
    seen.sources.delete("orders-db");
    const { actions, findings } = decide(situation(two, { observed: new Map([["rds-instance", seen]]) }));

    expect(summary(actions)).toEqual(["take ledger 20261121T0300Z #1"]);
    expect(findings.map(findingId)).toEqual(["source-missing.orders.eu-west-1"]);
  });

  test("gives the last places of a quota to the sources that are furthest behind, and pages for the rest", () => {
    const three = environmentOf(database("a"), database("b"), database("c"));
    const seen = observation(three, [], { manualSnapshots: { used: 98, max: 100 } });
    const facts: [string, string, string][] = [
      ["a", "20261121T0200Z", "available"],
      ["b", "20261121T0000Z", "available"],
    ];
    const { actions, findings } = decide(
      situation(three, { observed: new Map([["rds-instance", seen]]), facts }),
    );

    expect(summary(actions.filter(({ do: what }) => what === "take"))).toEqual([
      "take c 20261121T0300Z #1",
      "take b 20261121T0300Z #1",
    ]);
    expect(findings.find(({ kind }) => kind === "quota-exhausted")?.message).toContain("1 point(s) wait");
  });

  test("decides nothing about what it could not look at, and says so", () => {
    const observed = new Map([["rds-instance" as const, new Problem("unavailable", "RDS is away", "Wait.")]]);
    const { actions, findings } = decide(situation(orders, { observed }));

    expect(actions).toEqual([]);
    expect(findings.map(findingId)).toEqual(["region-unreachable.account.eu-west-1-rds-instance"]);
  });

  test("asks for a bucket's sweep once, and again only after half an hour without an answer", () => {
    const uploads: BucketSource = {
      name: "uploads",
      kind: "bucket",
      bucket: "acme-uploads",
      deletions: "keep",
      plan: hourly,
    };
    const environment = environmentOf(uploads);
    const observed = new Map([
      [
        "bucket" as const,
        { sources: new Map([["acme-uploads", { encrypted: true, available: true }]]), artefacts: [] },
      ],
    ]);
    const asked = (storedAt: string): [string, string, string, string][] => [
      ["uploads", "20261121T0300Z", "requested-eu-west-1", storedAt],
    ];
    const actions = (more: object) => summary(decide(situation(environment, { observed, ...more })).actions);

    expect(actions({})).toEqual(["take uploads 20261121T0300Z #1"]);
    expect(actions({ facts: asked("2026-11-21T03:05:00Z") })).toEqual([]);
    expect(actions({ facts: asked("2026-11-21T02:39:00Z") })).toEqual([
      "record-failed uploads 20261121T0300Z #1",
      "take uploads 20261121T0300Z #2",
    ]);
  });
});

describe("in the recovery region", () => {
  const available: [string, string, string][] = [
    ["orders", "20261121T0200Z", "available"],
    ["orders", "20261121T0300Z", "available"],
  ];

  test("copies the newest point first, one at a time", () => {
    expect(summary(decide(situation(orders, { ...recovery, facts: available })).actions)).toEqual([
      "copy orders 20261121T0300Z #1",
    ]);

    const copying = snapshot(orders, "orders", "20261121T0300Z", {
      status: "copying",
      createdAt: "2026-11-21T03:05:00Z",
    });
    const observed = new Map([["rds-instance" as const, observation(orders, [copying])]]);
    expect(decide(situation(orders, { ...recovery, facts: available, observed })).actions).toEqual([]);
  });

  test("begins no copy beyond those that AWS lets be in flight, and calls that no fault", () => {
    const seen = observation(orders, [], { copiesInFlight: { used: 20, max: 20 } });
    const decision = decide(
      situation(orders, { ...recovery, facts: available, observed: new Map([["rds-instance", seen]]) }),
    );

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toEqual([]);
  });

  test("finds a copy by its tags when no fact of it has come yet, and does not page for it", () => {
    const seen = observation(orders, [snapshot(orders, "orders", "20261121T0300Z")]);
    const declaredAt = new Map([["orders", "2026-11-01T00:00:00Z"]]);
    const decision = decide(
      situation(orders, { ...recovery, declaredAt, observed: new Map([["rds-instance", seen]]) }),
    );

    expect(summary(decision.actions)).toEqual(["record-present orders 20261121T0300Z"]);
    expect(decision.findings.map(findingId)).toEqual(["rpo-breached.orders.eu-west-1"]);
  });

  test("reports a copy that is not encrypted with the vault's key", () => {
    const seen = observation(orders, [snapshot(orders, "orders", "20261121T0300Z", { keyArn: "arn:other" })]);
    const { findings } = decide(
      situation(orders, { ...recovery, facts: available, observed: new Map([["rds-instance", seen]]) }),
    );

    expect(findings.map(({ kind }) => kind)).toEqual(["copy-wrong"]);
  });

  test("keeps a refused copy's finding open until that point or a newer one is there", () => {
    const open = [
      {
        kind: "copy-failed" as const,
        source: "orders",
        detail: "20261121t0200z",
        since: "2026-11-21T02:00:00Z",
        region: "eu-central-1",
        message: "AWS refused the copy.",
        fix: "Give the role the right.",
      },
    ];
    const without = decide(situation(orders, { ...recovery, facts: available, open }));
    const copied: [string, string, string][] = [
      ...available,
      ["orders", "20261121T0300Z", "copied-eu-central-1"],
    ];
    const seen = observation(orders, [snapshot(orders, "orders", "20261121T0300Z")]);
    const within = decide(
      situation(orders, { ...recovery, facts: copied, open, observed: new Map([["rds-instance", seen]]) }),
    );

    expect(without.findings).toEqual(open);
    expect(within.findings).toEqual([]);
  });
});

test("either region computes the same RPO finding from the same facts", () => {
  const facts: [string, string, string][] = [["orders", "20261120T2300Z", "available"]];
  const rpo = (region: string) =>
    decide(situation(orders, { region, facts })).findings.filter(
      ({ kind, region: where }) => kind === "rpo-breached" && where === "eu-west-1",
    );

  expect(rpo("eu-west-1")).toHaveLength(1);
  expect(rpo("eu-west-1")).toEqual(rpo("eu-central-1"));
  expect(rpo("eu-west-1")[0]?.since).toBe("2026-11-21T01:00:00.000Z");
});

function summary(actions: readonly Action[]): string[] {
  return actions.map((action) => {
    const attempt = "attempt" in action ? ` #${action.attempt}` : "";
    return `${action.do} ${action.source.name} ${action.point}${attempt}`;
  });
}

describe("what expire deletes", () => {
  const older = "20261121T0000Z";
  const facts: [string, string, string, string?][] = [
    ["orders", older, "available"],
    ["orders", older, "expiring-eu-west-1-20261121T020000Z", "2026-11-21T02:00:00.000Z"],
  ];
  const dos = (given: Parameters<typeof situation>[1]) =>
    decide(situation(orders, given)).actions.map((action) => `${action.do} ${action.point}`);

  test("is not lost, also while the fact is missing that it expired: its mark explains it", () => {
    expect(dos({ facts })).toContain(`confirm-expired ${older}`);
    expect(dos({ facts: facts.slice(0, 1) })).toContain(`confirm-lost ${older}`);
    const young: typeof facts = [
      ["orders", older, "available"],
      ["orders", older, "expiring-eu-west-1-20261121T025500Z", "2026-11-21T02:55:00.000Z"],
    ];
    expect(dos({ facts: young })).toContain(`confirm-lost ${older}`);
  });

  test("is not looked for any more, and no finding says that it is lost", () => {
    const expired = [...facts, ["orders", older, "expired-eu-west-1"] as [string, string, string]];
    expect(dos({ facts: expired }).join()).not.toContain(older);
    expect(decide(situation(orders, { facts: expired })).findings).toEqual([]);
  });

  test("is not copied any more, once it is marked", () => {
    const look = { ...recovery, observed: new Map([["rds-instance" as const, observation(orders)]]) };
    expect(dos({ ...look, facts: facts.slice(0, 1) })).toEqual([`copy ${older}`]);
    expect(dos({ ...look, facts })).toEqual([]);
  });
});
