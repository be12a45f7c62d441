import { describe, expect, test } from "vitest";
import { type ContinuityName, placeKey } from "../../functions/core/continuity.ts";
import { decide } from "../../functions/core/decide.ts";
import type { Situation } from "../../functions/core/decision.ts";
import { type Finding, findingId, severityOf } from "../../functions/core/finding.ts";
import { Problem } from "../../functions/core/problem.ts";
import type { AutomatedBackups } from "../../functions/core/provider.ts";
import { database, environmentOf, observation, situation } from "./situation.ts";

const [primary, recovery] = ["eu-west-1", "eu-central-1"] as const;
const plan = { ...database().plan, rpoSeconds: 300, pointInTime: { reach: "recovery" as const, days: 7 } };
const orders = { ...database(), plan };
const environment = environmentOf(orders);

/** Kept as the plan asks, up to four minutes ago: it is 03:10. */
const well: AutomatedBackups = { days: 7, going: true, until: "2026-11-21T03:06:00Z", keyArn: "arn:key" };

type Changes = Record<string, [ContinuityName, string][]>;

/** What a pass in the region finds, with the snapshots in order. */
function pass(
  region: string,
  backups: AutomatedBackups | undefined,
  changes: Changes = {},
  more: Partial<Situation> = {},
) {
  const seen = observation(environment, [], { backups: new Map(backups ? [["orders-db", backups]] : []) });
  const continuity = new Map(
    Object.entries(changes).map(([where, list]) => [
      placeKey("orders", where),
      list.map(([name, at]) => ({ name, at })),
    ]),
  );
  const { continuity: actions, findings } = decide(
    situation(environment, {
      region,
      continuity,
      declaredAt: new Map([["orders", "2026-11-21T03:00:00Z"]]),
      observed: new Map([["rds-instance", seen]]),
      ...more,
    }),
  );
  const said = actions.map((action) =>
    action.do === "record-continuity" ? `record ${action.change.fact}` : action.do,
  );
  return { actions: said, findings, ids: findings.map(findingId) };
}

const began = (at = "2026-11-20T03:00:00Z"): [ContinuityName, string] => ["began", at];
const messages = (findings: Finding[]) => findings.map(({ message }) => message);

describe("in the primary region", () => {
  test("records that it began, once, and then has nothing to do", () => {
    expect(pass(primary, well)).toMatchObject({ actions: ["record began"], findings: [] });
    expect(pass(primary, well, { [primary]: [began()] })).toMatchObject({ actions: [], findings: [] });
  });

  test("has them switched on where a plan newly asks, and calls that no fault before they had their time", () => {
    const off = { days: 0, going: false };
    expect(pass(primary, off)).toMatchObject({ actions: ["record asked", "keep-backups"], findings: [] });
    expect(pass(primary, off, { [primary]: [["asked", "2026-11-20T22:00:00Z"]] })).toMatchObject({
      actions: ["keep-backups"],
      findings: [],
    });

    const late = pass(primary, off, { [primary]: [["asked", "2026-11-20T21:00:00Z"]] });
    expect(late.ids).toEqual(["continuity-broken.orders.eu-west-1"]);
    expect(late.findings[0]).toMatchObject({ since: "2026-11-21T03:00:00.000Z" });
  });

  test("pages at once when somebody has switched them off, and has them switched on again", () => {
    const off = pass(primary, { days: 0, going: false }, { [primary]: [began()] });

    expect(off.actions).toEqual(["record broke", "keep-backups"]);
    expect(off.ids).toContain("continuity-broken.orders.eu-west-1");
    expect(severityOf("continuity-broken")).toBe("page");
    expect(messages(off.findings)).toContain(
      '"orders" cannot be restored to every moment, as its plan asks: RDS keeps no automated backups of it.',
    );
  });

  test("stays broken until something can be restored again, whatever was switched on", () => {
    const on = { days: 7, going: true };
    const changes: Changes = { [primary]: [began(), ["broke", "2026-11-21T02:55:00Z"]] };
    const waiting = pass(primary, on, changes);
    expect(waiting.actions).toEqual([]);
    expect(waiting.findings.map(({ since }) => since)).toContain("2026-11-21T02:55:00.000Z");

    const open = waiting.findings.filter(({ kind }) => kind === "continuity-broken");
    expect(pass(primary, well, changes, { open })).toMatchObject({ actions: ["record began"], findings: [] });
  });

  test("a break that no pass came to tell for long is told before it is recorded as over", () => {
    const changes: Changes = { [primary]: [began(), ["broke", "2026-11-20T03:05:00Z"]] };
    const late = pass(primary, well, changes);
    expect(late.actions).toEqual([]);
    expect(late.ids).toContain("continuity-broken.orders.eu-west-1");
    expect(pass(primary, well, changes, { open: late.findings }).actions).toEqual(["record began"]);
  });

  test("a break that is mended at once is told all the same, by a later pass if need be", () => {
    const changes: Changes = { [primary]: [began(), ["broke", "2026-11-21T03:05:00Z"]] };
    const mended = pass(primary, well, changes);
    expect(mended.actions).toEqual([]);
    expect(messages(mended.findings)).toEqual([
      '"orders" can be restored to every moment again: for a while it could not.',
    ]);
  });

  test("does not fight: who switches them off twice within a day is paged and left alone", () => {
    const off = { days: 0, going: false };
    const once: [ContinuityName, string][] = [began(), ["broke", "2026-11-20T20:00:00Z"]];
    const again = pass(primary, off, { [primary]: [...once, began("2026-11-20T21:00:00Z")] });
    expect(again.actions).toEqual(["record broke"]);
    expect(messages(again.findings).join()).toContain(
      "It broke twice within a day: Holdfast leaves it to you.",
    );

    const nextDay: [ContinuityName, string][] = [began(), ["broke", "2026-11-19T20:00:00Z"], began()];
    expect(pass(primary, off, { [primary]: nextDay }).actions).toContain("keep-backups");
  });

  test("one break that two passes recorded is one", () => {
    const broke: [ContinuityName, string][] = [
      ["broke", "2026-11-21T03:00:00Z"],
      ["broke", "2026-11-21T03:00:02Z"],
    ];
    expect(pass(primary, { days: 0, going: false }, { [primary]: [began(), ...broke] }).actions).toEqual([
      "keep-backups",
    ]);
  });

  test("a window that was made shorter is a break, and one that is longer than asked is none", () => {
    const short = pass(primary, { ...well, days: 3 }, { [primary]: [began()] });
    expect(short.actions).toEqual(["record broke", "keep-backups"]);
    expect(messages(short.findings).join()).toContain("RDS keeps only 3 of 7 days of it");

    expect(pass(primary, { ...well, days: 35 }, { [primary]: [began()] }).actions).toEqual([]);
  });

  test("changes nothing of a database that is not available, or is not there", () => {
    const changes: Changes = { [primary]: [began()] };
    const off = { days: 0, going: false };
    const stopped = observation(environment, [], {
      sources: new Map([["orders-db", { encrypted: true, available: false }]]),
      backups: new Map([["orders-db", off]]),
    });
    const observed = new Map([["rds-instance" as const, stopped]]);
    expect(pass(primary, off, changes, { observed }).actions).toEqual(["record broke"]);

    const gone = observation(environment, [], { sources: new Map(), backups: new Map() });
    const none = pass(primary, off, changes, { observed: new Map([["rds-instance", gone]]) });
    expect(none.actions).toEqual([]);
    expect(none.ids).toContain("source-missing.orders.eu-west-1");
  });

  test("that the plan asks no longer is recorded once, and changes nothing at the database", () => {
    const { pointInTime: _, ...without } = plan;
    const released = environmentOf({ ...orders, plan: without });
    const decided = (names: ContinuityName[]) =>
      decide(
        situation(released, {
          continuity: new Map([
            [placeKey("orders", primary), names.map((name, i) => ({ name, at: `2026-11-20T0${i}:00:00Z` }))],
          ]),
        }),
      ).continuity;
    expect(decided(["began"])).toMatchObject([{ do: "record-continuity", change: { fact: "released" } }]);
    expect(decided(["began", "released"])).toEqual([]);
    expect(decided([])).toEqual([]);
  });
});

describe("in the recovery region", () => {
  const changes: Changes = { [primary]: [began()], [recovery]: [began()] };

  test("begins the replication once the primary region keeps what is to be replicated", () => {
    expect(pass(recovery, undefined).actions).toEqual(["record asked"]);
    expect(pass(recovery, undefined, { [primary]: [began()] }).actions).toEqual([
      "record asked",
      "replicate-backups",
    ]);
  });

  test("records that it began when there is something to restore", () => {
    const { until: _, ...empty } = well;
    const asked: Changes = { [primary]: [began()], [recovery]: [["asked", "2026-11-21T02:00:00Z"]] };
    expect(pass(recovery, empty, asked).actions).toEqual([]);
    expect(pass(recovery, well, asked)).toMatchObject({ actions: ["record began"], findings: [] });
  });

  test("pages when somebody has stopped it, and begins it again", () => {
    const stopped = pass(recovery, { ...well, going: false }, changes);
    expect(stopped.actions).toEqual(["record broke", "replicate-backups"]);
    expect(stopped.ids).toContain("continuity-broken.orders.eu-central-1");
  });

  test("pages for a replica with another key or fewer days, which cannot be changed", () => {
    for (const wrong of [{ keyArn: "arn:other" }, { days: 3 }]) {
      const { actions, findings } = pass(recovery, { ...well, ...wrong }, changes);
      expect(actions).toEqual(["record broke"]);
      expect(findings.map(({ fix }) => fix)).toContain(
        "Stop that replication: it then begins anew as it should be.",
      );
    }
  });

  test("asks for nothing of a plan that reaches no further than the primary region", () => {
    const near = environmentOf({ ...orders, plan: { ...plan, pointInTime: { reach: "primary", days: 7 } } });
    expect(decide(situation(near, { region: recovery })).continuity).toEqual([]);
  });
});

describe("the RPO of minutes", () => {
  const snapshots: Partial<Situation> = {};
  const inPrimary = (until: string | undefined, more: Partial<Situation> = snapshots) => {
    const { until: _, ...rest } = well;
    return pass(primary, until ? { ...rest, until } : rest, { [primary]: [began()] }, more);
  };

  test("is measured from the latest moment, with room for one upload", () => {
    expect(inPrimary("2026-11-21T03:00:01Z").ids).toEqual([]);
    const late = inPrimary("2026-11-21T02:59:59Z");
    expect(late.ids).toEqual(["rpo-breached.orders.eu-west-1"]);
    expect(late.findings[0]).toMatchObject({
      since: "2026-11-21T03:04:59.000Z",
      message:
        '"orders" is out of its RPO of 5m in eu-west-1: the latest moment that can be restored is 2026-11-21T02:59:59Z.',
    });
  });

  test("is not judged by who cannot look: neither region tells of the other's latest moment", () => {
    const there = pass(recovery, well, { [primary]: [began()], [recovery]: [began()] });
    expect(there.ids).toEqual([]);
  });

  test("still owes snapshots: without any for as long as one may take, that is told, also by the other region", () => {
    const declaredAt = new Map([["orders", "2026-11-20T20:00:00Z"]]);
    for (const region of [primary, recovery]) {
      const changes: Changes = { [primary]: [began()], [recovery]: [began()] };
      const { ids } = pass(region, well, changes, { declaredAt });
      expect(ids).toEqual(["snapshots-late.orders.eu-west-1"]);
    }
  });

  test("what was found stays open while RDS cannot be asked, for then nobody knows better", () => {
    const finding: Finding = {
      ...{ kind: "rpo-breached", source: "orders", detail: primary, region: primary },
      ...{ since: "2026-11-21T02:00:00Z", message: "late", fix: "look" },
    };
    const observed = new Map([["rds-instance" as const, new Problem("unavailable", "away", "Wait.")]]);
    const kept = pass(primary, undefined, { [primary]: [began()] }, { observed, open: [finding] });
    expect(kept.ids).toContain("rpo-breached.orders.eu-west-1");

    expect(pass(primary, well, { [primary]: [began()] }, { open: [finding] }).ids).toEqual([]);
  });
});
