import { describe, expect, test } from "vitest";
import { decide } from "../../functions/core/decide.ts";
import type { DrillFinishedFact } from "../../functions/core/drill.ts";
import { type DrillHistory, freeSlot } from "../../functions/core/drill-history.ts";
import type { Source } from "../../functions/core/source.ts";
import { drillFact } from "../signing/drill-fact.ts";
import { database, environmentOf, hourly, observation, situation, snapshot } from "./situation.ts";

const drill = { everySeconds: 7 * 86_400, sql: [], sample: { confidence: 0.99, damage: 0.01 } };
const orders: Source = { ...database(), plan: { ...hourly, rtoSeconds: 1_800, drill } };
const environment = environmentOf(orders);
const copied: [string, string, string] = ["orders", "20261121T0300Z", "copied-eu-central-1"];

/** What the recovery region decides about drills, at an instant and with a history. */
function decided(now: string, history: DrillHistory = { drills: [] }, facts = [copied], source = orders) {
  const { actions, findings } = decide(
    situation(environmentOf(source), {
      region: "eu-central-1",
      now: new Date(now),
      observed: new Map(),
      facts,
      drills: new Map([[source.name, history]]),
      redeclaredAt: new Map([[source.name, "2026-11-20T00:00:00.000Z"]]),
    }),
  );
  return {
    drills: actions.flatMap((action) => (action.do === "drill" ? [action.point] : [])),
    findings: findings.filter(({ kind }) => /^(drill|rto)-/.test(kind)),
  };
}

/** A drill that ended so, as both the listing and its fact tell it. */
function ended(fact: Partial<DrillFinishedFact>): DrillHistory {
  const whole = {
    ...drillFact(fact),
    signature: { algorithm: "ECDSA_SHA_256", keyArn: "", publicKey: "", value: "" },
  };
  const newest = whole as DrillFinishedFact;
  const drills = [{ drill: newest.drill, startedAt: newest.startedAt, finishedAt: newest.at }];
  return { drills, newest, ...(newest.outcome === "passed" ? { passed: newest } : {}) };
}

describe("a drill is started", () => {
  test("as soon as there is a copy to rehearse, in the recovery region alone", () => {
    expect(decided("2026-11-21T03:10:00Z").drills).toEqual(["20261121T0300Z"]);
    expect(decided("2026-11-21T03:10:00Z", undefined, []).drills).toEqual([]);
    const primary = situation(environment, { facts: [copied] });
    expect(decide(primary).actions.filter((action) => action.do === "drill")).toEqual([]);
  });

  test("not by the pass that first sees the copy, but by one that finds it recorded", () => {
    const there = snapshot(environment, "orders", "20261121T0300Z", {
      arn: "arn:aws:rds:eu-central-1:000000000000:snapshot:test-orders-20261121t0300z",
    });
    const seen = situation(environment, {
      region: "eu-central-1",
      now: new Date("2026-11-21T03:10:00Z"),
      observed: new Map([["rds-instance", observation(environment, [there])]]),
      facts: [["orders", "20261121T0300Z", "available"]],
    });
    const kinds = decide(seen).actions.map((action) => action.do);
    expect(kinds).toContain("record-present");
    expect(kinds).not.toContain("drill");
  });

  test("never for a plan without one", () => {
    expect(decided("2026-11-21T03:10:00Z", undefined, [copied], database()).drills).toEqual([]);
  });

  test("so long after the last that passed as the plan says, by its slot, so that the hour does not wander", () => {
    const history = ended({ drill: "20261121T0300Z" });
    expect(decided("2026-11-28T02:59:59Z", history).drills).toEqual([]);
    expect(decided("2026-11-28T03:00:00Z", history).drills).toEqual(["20261128T0300Z"]);
  });

  test("within a day after one that did not pass", () => {
    for (const outcome of ["failed", "broken-off"] as const) {
      const history = ended({ drill: "20261121T0300Z", outcome });
      expect(decided("2026-11-22T02:59:59Z", history).drills).toEqual([]);
      expect(decided("2026-11-22T03:00:00Z", history).drills).toEqual(["20261122T0300Z"]);
    }
  });

  test("not while one is under way, however often it is asked, but after one that was cut off", () => {
    const history = { drills: [{ drill: "20261121T0300Z", startedAt: "2026-11-21T03:01:00.000Z" }] };
    expect(decided("2026-11-22T15:00:59Z", history).drills).toEqual([]);
    expect(decided("2026-11-22T15:01:00Z", history)).toMatchObject({
      drills: ["20261122T1500Z"],
      findings: [
        {
          kind: "drill-broken-off",
          since: "2026-11-22T15:01:00.000Z",
          message: 'The drill 20261121T0300Z of "orders" began and never ended.',
        },
      ],
    });
  });
});

describe("what drills find", () => {
  test("a point that failed is told with its reason, until one passes", () => {
    const reason = "table public.orders, id from 640 to 703: 64 rows, but not the same";
    const history = ended({ outcome: "failed", reason, at: "2026-11-21T04:00:00.000Z" });
    expect(decided("2026-11-21T04:05:00Z", history).findings).toEqual([
      expect.objectContaining({
        kind: "drill-failed",
        region: "eu-central-1",
        since: "2026-11-21T04:00:00.000Z",
        message: `The point 20261121T0300Z of "orders" failed its drill: ${reason}.`,
      }),
    ]);
    expect(decided("2026-11-21T04:05:00Z", ended({})).findings).toEqual([]);
  });

  test("one that could not be carried out is no damage", () => {
    const history = ended({ outcome: "broken-off", reason: "no capacity" });
    expect(decided("2026-11-21T04:05:00Z", history).findings.map(({ kind }) => kind)).toEqual([
      "drill-broken-off",
    ]);
  });

  test("a drill is overdue a day after it was due, counted from when its plan began to ask where none has passed", () => {
    expect(decided("2026-11-28T00:00:00Z").findings).toEqual([]);
    expect(decided("2026-11-28T00:00:01Z").findings).toEqual([
      expect.objectContaining({
        kind: "drill-overdue",
        since: "2026-11-28T00:00:00.000Z",
        message: '"orders" owes a drill every 7d, and none has passed yet.',
      }),
    ]);
  });

  test("an RTO that was measured to be longer than the plan's is told", () => {
    expect(decided("2026-11-21T04:05:00Z", ended({ secondsToChecked: 1_800 })).findings).toEqual([]);
    expect(decided("2026-11-21T04:05:00Z", ended({ secondsToChecked: 1_801 })).findings).toEqual([
      expect.objectContaining({
        kind: "rto-exceeded",
        message: '"orders" came back in 30m 1s in the drill 20261121T0315Z, and is to be back within 30m.',
      }),
    ]);
  });

  test("every fix fits into an SMS", () => {
    for (const history of [
      ended({ outcome: "failed" }),
      ended({ outcome: "broken-off" }),
      ended({ secondsToChecked: 9e3 }),
    ])
      for (const { fix } of decided("2027-11-21T04:05:00Z", history).findings)
        expect(fix.length, fix).toBeLessThanOrEqual(70);
  });
});

test("a drill that is wanted in a minute in which others ended has the name of the next free one", () => {
  const now = new Date("2026-11-21T03:10:59Z");

  expect(freeSlot([], now)).toBe("20261121T0310Z");
  expect(freeSlot([{ drill: "20261121T0311Z" }], now)).toBe("20261121T0310Z");
  expect(freeSlot([{ drill: "20261121T0310Z" }, { drill: "20261121T0311Z" }], now)).toBe("20261121T0312Z");
});
