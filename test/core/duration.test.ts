import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../functions/core/duration.ts";

test("a duration is a whole number and a unit", () => {
  expect(parseDuration("90s")).toBe(90);
  expect(parseDuration("15m")).toBe(900);
  expect(parseDuration("2h")).toBe(7_200);
  expect(parseDuration("7d")).toBe(604_800);
});

test.each(["", "0m", "1", "m", "1.5h", "-1h", "1 h", "1H", "1w", "1h30m", " 1h", "1h\n", "1234567s"])(
  "%j is not a duration",
  (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: "invalid" }));
  },
);

test("people read the two largest units", () => {
  expect(formatDuration(0)).toBe("0s");
  expect(formatDuration(5_400)).toBe("1h 30m");
  expect(formatDuration(90_061)).toBe("1d 1h");
  expect(formatDuration(86_401)).toBe("1d 1s");
});

test("what is written in one unit is read back as it was, or in larger ones of the same length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom("s", "m", "h", "d"), (count, unit) => {
      const seconds = parseDuration(`${count}${unit}`);
      const read = formatDuration(seconds)
        .split(" ")
        .reduce((sum, part) => sum + parseDuration(part), 0);
      expect(read).toBeLessThanOrEqual(seconds);
      expect(seconds - read).toBeLessThan(seconds >= 86_400 ? 3_600 * 24 : 60);
    }),
  );
});
