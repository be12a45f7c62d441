import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestDue, isQuiet, localTime } from "../../functions/core/local-time.ts";

const berlin = "Europe/Berlin";
const night = { from: "22:00", to: "07:00", timeZone: berlin };
const at = (instant: string) => new Date(instant);

describe("quiet hours", () => {
  test("begin and end by the clock on the wall, over midnight", () => {
    expect(isQuiet(night, at("2026-11-20T20:59:59Z"))).toBe(false);
    expect(isQuiet(night, at("2026-11-20T21:00:00Z"))).toBe(true);
    expect(isQuiet(night, at("2026-11-21T05:59:59Z"))).toBe(true);
    expect(isQuiet(night, at("2026-11-21T06:00:00Z"))).toBe(false);
  });

  test("within one day", () => {
    const lunch = { from: "12:00", to: "13:30", timeZone: "UTC" };
    expect([11, 12, 13, 14].map((hour) => isQuiet(lunch, at(`2026-11-21T${hour}:00:00Z`)))).toEqual([
      ...[false, true, true, false],
    ]);
  });

  test("end at seven in summer and in winter, also on the days when the clocks are put", () => {
    // 2026-03-29: 02:00 becomes 03:00. 2026-10-25: 03:00 becomes 02:00.
    expect(isQuiet(night, at("2026-03-28T05:59:00Z"))).toBe(true);
    expect(isQuiet(night, at("2026-03-28T06:00:00Z"))).toBe(false);
    expect(isQuiet(night, at("2026-03-29T04:59:00Z"))).toBe(true);
    expect(isQuiet(night, at("2026-03-29T05:00:00Z"))).toBe(false);
    expect(isQuiet(night, at("2026-10-25T05:59:00Z"))).toBe(true);
    expect(isQuiet(night, at("2026-10-25T06:00:00Z"))).toBe(false);
  });

  test("that are to end within the hour that is skipped end with the jump", () => {
    const early = { from: "22:00", to: "02:30", timeZone: berlin };
    expect(isQuiet(early, at("2026-03-29T00:59:59Z"))).toBe(true);
    expect(isQuiet(early, at("2026-03-29T01:00:00Z"))).toBe(false);
  });

  test("never last longer than their length by the clock and the hour that comes twice", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_439 }),
        fc.integer({ min: 1, max: 1_439 }),
        fc.constantFrom(berlin, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"),
        fc.date({ noInvalidDate: true, min: at("2026-01-01T00:00:00Z"), max: at("2028-01-01T00:00:00Z") }),
        (fromMinute, length, timeZone, start) => {
          const clock = (minute: number) =>
            `${String(Math.floor((minute % 1_440) / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
          const quiet = { from: clock(fromMinute), to: clock(fromMinute + length), timeZone };
          const until = [...Array(1_440 + 61).keys()].find(
            (minute) => !isQuiet(quiet, new Date(start.getTime() + minute * 60_000)),
          );
          expect(until).toBeLessThanOrEqual(length + 60);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a digest", () => {
  const daily = { every: "day", at: "07:00", timeZone: berlin } as const;

  test("is due each day from its time on, named by the date there", () => {
    expect(digestDue(daily, at("2026-11-21T05:59:59Z"))).toBeUndefined();
    expect(digestDue(daily, at("2026-11-21T06:00:00Z"))).toBe("2026-11-21");
    expect(digestDue(daily, at("2026-11-21T22:59:59Z"))).toBe("2026-11-21");
    expect(digestDue(daily, at("2026-11-21T23:00:00Z"))).toBeUndefined();
  });

  test("of the week is due on Monday, and on Tuesday still", () => {
    const weekly = { ...daily, every: "week" } as const;
    expect(digestDue(weekly, at("2026-11-22T12:00:00Z"))).toBeUndefined();
    expect(digestDue(weekly, at("2026-11-23T05:59:00Z"))).toBeUndefined();
    expect(digestDue(weekly, at("2026-11-23T06:00:00Z"))).toBe("2026-11-23");
    expect(digestDue(weekly, at("2026-11-24T06:00:00Z"))).toBe("2026-11-23");
    expect(digestDue(weekly, at("2026-11-25T06:00:00Z"))).toBeUndefined();
  });

  test("comes once on every date of two years, whatever the clocks do", () => {
    for (const timeZone of [berlin, "America/New_York", "Australia/Lord_Howe"]) {
      const dates = new Map<string, number>();
      const digest = { every: "day", at: "02:30", timeZone } as const;
      for (let ms = Date.parse("2026-01-02T12:00:00Z"); ms < Date.parse("2028-01-01"); ms += 900_000) {
        const due = digestDue(digest, new Date(ms));
        if (due && !dates.has(due)) dates.set(due, ms);
      }
      const days = [...dates.keys()].sort();
      expect(days.length).toBeGreaterThan(728);
      for (const [index, day] of days.entries()) {
        const since = Date.parse(day) - Date.parse(days[0] as string);
        expect(since, day).toBe(index * 86_400_000);
        expect(localTime(new Date(dates.get(day) as number), timeZone).date).toBe(day);
      }
    }
  });
});
