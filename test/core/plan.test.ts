import { expect, describe as group, test } from "vitest";
import { describe, type Plan } from "../../functions/core/plan.ts";

const plan: Plan = {
  name: "critical",
  everySeconds: 3_600,
  rpoSeconds: 7_200,
  rtoSeconds: 1_800,
  keep: { hourly: 24, daily: 7, weekly: 4, monthly: 12 },
  copies: ["recovery"],
};

group("a plan describes itself", () => {
  test("in one sentence, with what nothing proves", () => {
    expect(describe(plan)).toBe(
      'Plan "critical" takes a recovery point every 1h, copied to the recovery region, to lose at most 2h of data ' +
        "and to be back within 30m (not proved: no drill measures it), " +
        "and keeps 24 hourly, 7 daily, 4 weekly and 12 monthly points.",
    );
  });

  test("with its drills, and what the newest of them measured", () => {
    const drill = { everySeconds: 604_800, sql: [], sample: { confidence: 0.99, damage: 0.01 } };
    const rehearsed = { ...plan, drill, scrubSeconds: 7_776_000 };
    expect(describe(rehearsed)).toContain(
      "to be back within 30m (measured by each drill), rehearses a restore of the newest copy every 7d, " +
        "reads each archive again within 90d, and keeps",
    );
    expect(describe(rehearsed, { rtoSeconds: 754 })).toContain("within 30m (the newest drill took 12m 34s)");
  });

  test("without an RTO it does not have, and with the copy it does not make", () => {
    const { rtoSeconds: _, ...without } = plan;
    expect(
      describe({
        ...without,
        name: "daily",
        everySeconds: 86_400,
        rpoSeconds: 93_600,
        keep: { daily: 7 },
        copies: [],
      }),
    ).toBe(
      'Plan "daily" takes a recovery point every 1d, with no copy elsewhere, to lose at most 1d 2h of data, ' +
        "and keeps 7 daily points.",
    );
  });

  test("with what is kept continuously, where, and what may be lost in each region", () => {
    const continuous = {
      ...plan,
      rpoSeconds: 300,
      recoveryRpoSeconds: 4_500,
      pointInTime: { reach: "primary" as const, days: 7 },
    };
    expect(describe(continuous)).toContain(
      "copied to the recovery region, keeps every moment of a database's last 7 days restorable in the primary " +
        "region, to lose at most 5m of data (1h 15m if the primary region is lost) and to be back",
    );
    const both = { ...plan, pointInTime: { reach: "recovery" as const, days: 1 } };
    expect(describe(both)).toContain(
      "a database's last 1 day restorable in both regions, to lose at most 2h of",
    );
  });

  test("leaves out tiers of none, and puts the newest first", () => {
    expect(describe({ ...plan, keep: { last: 3, hourly: 0, daily: 7 } })).toContain(
      "keeps the last 3 and 7 daily points",
    );
  });
});
