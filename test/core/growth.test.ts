import fc from "fast-check";
import { expect, test } from "vitest";
import { growthOf } from "../../functions/core/growth.ts";

const dayMs = 86_400_000;
const start = Date.parse("2026-11-01T00:00:00Z");
const daily = (...sizes: number[]) => sizes.map((bytes, day) => ({ atMs: start + day * dayMs, bytes }));

test("what grows evenly reaches its budget on the day on which it does", () => {
  expect(growthOf(daily(100, 110, 120, 130), 200)).toEqual({ bytesPerDay: 10, fullOn: "2026-11-11" });
});

test("without a budget there is growth and no date, nor is there one for what shrinks or stands still", () => {
  expect(growthOf(daily(100, 110, 120))).toEqual({ bytesPerDay: 10 });
  expect(growthOf(daily(120, 110, 100), 200)).toEqual({ bytesPerDay: -10 });
  expect(growthOf(daily(100, 100, 100), 200)).toEqual({ bytesPerDay: 0 });
});

test("a budget that is reached was reached with the newest sample", () => {
  expect(growthOf(daily(100, 190, 200), 200)?.fullOn).toBe("2026-11-03");
});

test("of two samples, and of several of one instant, nothing is foretold", () => {
  expect(growthOf(daily(100, 110), 200)).toBeUndefined();
  expect(growthOf([...daily(1), ...daily(2), ...daily(3)], 200)).toBeUndefined();
});

test("the line goes through every sample of a line, whenever they were taken; what is farther than ten years has no date", () => {
  const instants = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 3, maxLength: 20 });
  fc.assert(
    fc.property(
      instants,
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: 1, max: 1e6 }),
      (days, slope, budget) => {
        const samples = days.map((day) => ({ atMs: start + day * dayMs, bytes: 1e5 + slope * day }));
        const growth = growthOf(samples, budget);
        expect(growth?.bytesPerDay).toBeCloseTo(slope, 6);
        const newestDay = Math.max(...days);
        const left = budget - (1e5 + slope * newestDay);
        if (left <= 0) expect(growth?.fullOn).toBeDefined();
        else if (slope <= 0 || left / slope > 3_651) expect(growth?.fullOn).toBeUndefined();
        else if (left / slope < 3_649) {
          const on = Date.parse(growth?.fullOn ?? "");
          expect(Math.abs(on - (start + (newestDay + left / slope) * dayMs))).toBeLessThanOrEqual(dayMs);
        }
      },
    ),
  );
});
