import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { budgetFindings, budgetsOf } from "../../functions/core/budget.ts";
import type { Plan } from "../../functions/core/plan.ts";
import { slotAt } from "../../functions/core/slot.ts";
import { database, hourly } from "./situation.ts";
import { november, type Stored, slotOn, watchView } from "./watching.ts";

/** Point after point, each taken ten minutes and copied half an hour after its slot, but for hours that are missing. */
function hours(from: string, until: string, missing: (ms: number) => boolean = () => false): Stored[] {
  const facts: Stored[] = [];
  for (let ms = Date.parse(november(from)); ms <= Date.parse(november(until)); ms += 3_600_000) {
    if (missing(ms)) continue;
    const at = (minutes: number) => new Date(ms + minutes * 60_000).toISOString();
    facts.push(["orders", slotAt(new Date(ms), 3_600), "available", at(10)]);
    facts.push(["orders", slotAt(new Date(ms), 3_600), "copied-eu-central-1", at(30)]);
  }
  return facts;
}

function at(now: string, facts: Stored[], plan: Partial<Plan> = {}) {
  const source = { ...database(), plan: { ...hourly, ...plan } };
  const budgets = budgetsOf(watchView([source], november(now), facts), source);
  return {
    budgets,
    primary: budgets.find(({ region }) => region === "eu-west-1"),
    findings: budgetFindings(source, budgets),
  };
}

describe("a budget", () => {
  test("is 3h36m of 30 days where the plan does not say, and nothing of it is spent while points come", () => {
    const { primary, findings } = at("20 12:00", hours("01 00:00", "20 12:00"));

    expect(primary).toEqual({
      ...{ objective: "rpo", region: "eu-west-1", allowedSeconds: 12_960, spentSeconds: 0 },
      ...{ burnHour: 0, burnThreeDays: 0, state: "ok" },
    });
    expect(findings).toEqual([]);
  });

  test("is what the plan says", () => {
    expect(at("02 00:00", [], { budget: { rpoSeconds: 7_200 } }).primary?.allowedSeconds).toBe(7_200);
  });

  test("pages once the last hour used it 14.4 times too fast, if it still does, and not after", () => {
    // The newest point is of 10:00, so that the RPO of two hours is missed from 12:00 on, until a point of 13:00 at 13:10.
    const facts = hours("01 00:00", "20 10:00");
    const mended: Stored = ["orders", slotOn("20 13:00"), "available", november("20 13:10")];

    expect(at("20 12:04", facts).findings).toEqual([]);
    const [page] = at("20 12:05", facts).findings;
    expect(page).toEqual({
      ...{ kind: "budget-fast-burn", source: "orders", detail: "rpo-eu-west-1", region: "eu-west-1" },
      since: november("20 12:00"),
      message:
        '"orders" has been out of its RPO in eu-west-1 for 5m of the 3h 36m that 30 days allow, and goes on 16.7 times as fast as that allows.',
      fix: "Run: holdfast status; see what keeps its points.",
    });
    expect(at("20 13:10", facts).primary?.state).toBe("fast burn");
    const after = at("20 13:45", [...facts, mended]);
    expect(after.findings.filter(({ detail }) => detail === "rpo-eu-west-1")).toMatchObject([
      { kind: "budget-slow-burn" },
    ]);
    expect(after.primary?.spentSeconds).toBe(70 * 60);
    const night = [...facts, mended, ...hours("20 14:00", "21 00:00")];
    expect(at("20 19:30", night).primary?.state).toBe("ok");
  });

  test("is told slowly when a little is missed day after day", () => {
    // Each day six hours have no point: out of the RPO from 02:00 after the last one to the next.
    const gaps = (ms: number) => new Date(ms).getUTCHours() < 4;
    const { primary, findings } = at("20 05:00", hours("01 00:00", "20 04:00", gaps));

    expect(primary).toMatchObject({ state: "spent" });
    expect(findings.map(({ kind, detail }) => [kind, detail])).toEqual([
      ["budget-slow-burn", "rpo-eu-west-1"],
      ["budget-slow-burn", "rpo-eu-central-1"],
    ]);
  });

  test("that was spent and burns no more is shown, and told by nobody", () => {
    const gap = (ms: number) =>
      ms > Date.parse(november("05 00:00")) && ms < Date.parse(november("05 12:00"));
    const { primary, findings } = at("20 12:00", hours("01 00:00", "20 12:00", gap));

    expect(primary?.state).toBe("spent");
    expect(findings).toEqual([]);
  });

  test("of the RTO burns slowly at most: drills are days apart", () => {
    const plan = {
      ...{
        rtoSeconds: 600,
        drill: { everySeconds: 604_800, sql: [], sample: { confidence: 0.9, damage: 0.1 } },
      },
    };
    const source = { ...database(), plan: { ...hourly, ...plan } };
    const slow = { drill: slotOn("18 00:00"), point: slotOn("18 00:00"), outcome: "passed" as const };
    const ended = new Map([
      [
        "orders",
        [{ ...slow, at: november("18 01:00"), startedAt: november("18 00:00"), secondsToChecked: 900 }],
      ],
    ]);
    const view = watchView([source], november("20 00:00"), hours("01 00:00", "20 00:00"), { ended });

    const budgets = budgetsOf(view, source);

    expect(budgets.map(({ objective, state }) => [objective, state])).toEqual([
      ["rpo", "ok"],
      ["rpo", "ok"],
      ["rto", "spent"],
    ]);
    expect(budgetFindings(source, budgets).map(({ kind }) => kind)).toEqual(["budget-slow-burn"]);
  });
});

test("what is spent never exceeds the time there was, and pages only while the place is out of its RPO or just was", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 71 }), { maxLength: 72 }),
      fc.integer({ min: 0, max: 72 * 60 }),
      (missing, minutes) => {
        const start = Date.parse(november("01 00:00"));
        const facts = hours("01 00:00", "03 23:00", (ms) => missing.includes((ms - start) / 3_600_000));
        const now = new Date(start + minutes * 60_000);
        const known = facts.filter(([, , , storedAt]) => Date.parse(storedAt) <= now.getTime());
        const source = database();
        for (const budget of budgetsOf(watchView([source], now.toISOString(), known), source)) {
          expect(budget.spentSeconds).toBeLessThanOrEqual(minutes * 60);
          expect(budget.burnHour).toBeLessThanOrEqual(200);
          if (budget.state === "fast burn") expect(budget.burnHour).toBeGreaterThan(0);
          if (budget.spentSeconds === 0) expect(budget.state).toBe("ok");
        }
      },
    ),
    { numRuns: 200 },
  );
});
