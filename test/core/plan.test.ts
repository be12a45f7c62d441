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
  test("in one sentence, with what is not yet proved", () => {
    expect(describe(plan)).toBe(
      'Plan "critical" takes a recovery point every 1h, copied to the recovery region, to lose at most 2h of data ' +
        "and to be back within 30m (not yet proved: no drill has measured it), " +
        "and keeps 24 hourly, 7 daily, 4 weekly and 12 monthly points.",
    );
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

  test("leaves out tiers of none, and puts the newest first", () => {
    expect(describe({ ...plan, keep: { last: 3, hourly: 0, daily: 7 } })).toContain(
      "keeps the last 3 and 7 daily points",
    );
  });
});
