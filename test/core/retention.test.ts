import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Retention } from "../../functions/core/plan.ts";
import { applyRetention, periodOf, type RetentionPoint, tiers } from "../../functions/core/retention.ts";
import { pointMs, slotOf } from "../../functions/core/slot.ts";

const hourMs = 3_600_000;
const now = new Date("2026-11-21T03:10:00Z");

/** One point every so many hours until now, newest first. */
function every(
  hours: number,
  count: number,
  verified: (index: number) => boolean = () => false,
): RetentionPoint[] {
  const newest = Math.floor(now.getTime() / (hours * hourMs)) * hours * hourMs;
  return Array.from({ length: count }, (_, index) => ({
    point: slotOf(new Date(newest - index * hours * hourMs)),
    verified: verified(index),
  }));
}

const written = (points: RetentionPoint[], policy: Retention, at = now) =>
  `${applyRetention(points, policy, at)
    .map(({ point, keep, reasons }) => `${point} ${keep ? "keep  " : "remove"} ${reasons.join("; ")}`)
    .join("\n")}\n`;

const keptOf = (points: readonly RetentionPoint[], policy: Retention, at = now) =>
  applyRetention(points, policy, at).flatMap(({ point, keep }) => (keep ? [point] : []));

describe("what is kept of", () => {
  test.each<[string, RetentionPoint[], Retention]>([
    ["four-days-hourly", every(1, 96), { hourly: 24, daily: 7 }],
    ["two-years-daily", every(24, 730), { last: 3, daily: 7, weekly: 4, monthly: 12, yearly: 2 }],
    ["half-days-some-verified", every(12, 40, (index) => index % 7 === 3), { daily: 7, weekly: 4 }],
    ["nothing-asked-for", every(6, 5, (index) => index === 3), {}],
  ])("%s", async (name, points, policy) => {
    await expect(written(points, policy)).toMatchFileSnapshot(`golden/retention-${name}.txt`);
  });

  test("a turn of the year, where ISO weeks and years differ", async () => {
    const days = ["1228", "1229", "1230", "1231"].map((day) => `2026${day}T1200Z`);
    const points = [...days, "20270101T1200Z", "20270103T1200Z", "20270104T1200Z"].map((point) => ({
      point,
    }));
    await expect(
      written(points, { daily: 2, weekly: 3, monthly: 3, yearly: 3 }, new Date("2027-01-04T13:00:00Z")),
    ).toMatchFileSnapshot("golden/retention-turn-of-the-year.txt");
  });
});

test("of nothing, nothing is kept", () => {
  expect(applyRetention([], { daily: 7 }, now)).toEqual([]);
});

test("a clock that went back removes nothing because of points that it takes for future ones", () => {
  const points = every(24, 30);
  const back = new Date(now.getTime() - 10 * 24 * hourMs);
  const kept = keptOf(points, { daily: 2 }, back);
  expect(kept).toHaveLength(12);
  expect(applyRetention(points, { daily: 2 }, back)[0]?.reasons).toEqual(["it lies in the future"]);
});

test("archives of one minute are told apart by their digest", () => {
  const points = [{ point: "20261121T0300Z-aaaaaaaa" }, { point: "20261121T0300Z-bbbbbbbb" }];
  expect(keptOf(points, { last: 1 })).toEqual(["20261121T0300Z-bbbbbbbb"]);
});

const count = fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined });
const policies: fc.Arbitrary<Retention> = fc
  .record({ last: count, hourly: count, daily: count, weekly: count, monthly: count, yearly: count })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
/** From minutes to years apart, some in the future. */
const pointLists = fc
  .uniqueArray(
    fc.record({
      minutesAgo: fc.oneof(
        fc.integer({ min: -600, max: 3_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 0, max: 2_000_000 }),
      ),
      verified: fc.boolean(),
    }),
    { selector: ({ minutesAgo }) => minutesAgo, maxLength: 120 },
  )
  .map((list) =>
    list.map(({ minutesAgo, verified }) => ({
      point: slotOf(new Date(now.getTime() - minutesAgo * 60_000)),
      verified,
    })),
  );

describe("always,", () => {
  test("applying it twice removes nothing more, and says the same", () => {
    fc.assert(
      fc.property(pointLists, policies, (points, policy) => {
        const kept = new Set(keptOf(points, policy));
        const again = applyRetention(
          points.filter(({ point }) => kept.has(point)),
          policy,
          now,
        );
        expect(again).toEqual(applyRetention(points, policy, now).filter(({ keep }) => keep));
      }),
    );
  });

  test("a policy that asks for more keeps no less", () => {
    fc.assert(
      fc.property(pointLists, policies, policies, (points, policy, more) => {
        const larger = Object.fromEntries(
          (["last", ...tiers] as const).map((tier) => [tier, (policy[tier] ?? 0) + (more[tier] ?? 0)]),
        );
        const kept = new Set(keptOf(points, larger));
        for (const point of keptOf(points, policy)) expect(kept.has(point)).toBe(true);
      }),
    );
  });

  test("the newest and the newest verified are kept, and the last so many", () => {
    fc.assert(
      fc.property(pointLists, policies, (points, policy) => {
        const kept = keptOf(points, policy);
        const sorted = points.toSorted((a, b) => (a.point < b.point ? 1 : -1));
        const past = sorted.filter(({ point }) => pointMs(point) <= now.getTime());
        const wanted = [
          sorted[0],
          sorted.find(({ verified }) => verified),
          ...past.slice(0, policy.last ?? 0),
        ];
        for (const one of wanted) if (one) expect(kept).toContain(one.point);
      }),
    );
  });

  test("each tier keeps its count if so many periods have points, each by a verified one if there is one", () => {
    fc.assert(
      fc.property(pointLists, policies, (points, policy) => {
        const kept = new Set(keptOf(points, policy));
        const past = points.filter(({ point }) => pointMs(point) <= now.getTime());
        for (const tier of tiers) {
          const period = ({ point }: RetentionPoint) => periodOf(tier, pointMs(point));
          const periods = [...new Set(past.map(period))].sort((a, b) => b - a).slice(0, policy[tier] ?? 0);
          for (const one of periods) {
            const inIt = past.filter((each) => period(each) === one);
            const left = inIt.filter(({ point }) => kept.has(point));
            expect(left.length).toBeGreaterThan(0);
            if (inIt.some(({ verified }) => verified))
              expect(left.some(({ verified }) => verified)).toBe(true);
          }
        }
      }),
    );
  });

  test("the order of the points is of no consequence, and every verdict has a reason", () => {
    fc.assert(
      fc.property(
        pointLists.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        policies,
        ([points, shuffled], policy) => {
          const verdicts = applyRetention(points, policy, now);
          expect(applyRetention(shuffled, policy, now)).toEqual(verdicts);
          for (const { reasons } of verdicts) expect(reasons.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
