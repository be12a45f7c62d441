import fc from "fast-check";
import { expect, test } from "vitest";
import { pointMs, slotAt, slotMs, slotOf } from "../../functions/core/slot.ts";

const everySeconds = fc.constantFrom(300, 900, 1_200, 3_600, 21_600, 86_400, 604_800);
const instant = fc.date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });

test("a slot is the newest multiple of the schedule that is not after the instant", () => {
  fc.assert(
    fc.property(instant, everySeconds, (at, every) => {
      const ms = slotMs(slotAt(at, every));
      expect(ms % (every * 1_000)).toBe(0);
      expect(ms).toBeLessThanOrEqual(at.getTime());
      expect(at.getTime() - ms).toBeLessThan(every * 1_000);
    }),
  );
});

test("slots sort by time when they are sorted as text", () => {
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      expect(slotOf(a) < slotOf(b)).toBe(slotMs(slotOf(a)) < slotMs(slotOf(b)));
    }),
  );
});

test("slots know nothing of daylight saving time", () => {
  expect(slotAt(new Date("2026-03-29T01:30:00Z"), 3_600)).toBe("20260329T0100Z");
  expect(slotAt(new Date("2026-10-25T01:30:00Z"), 3_600)).toBe("20261025T0100Z");
});

test("a point is read as the instant of its slot, with or without the digest of an archive", () => {
  const ms = Date.parse("2026-11-21T03:00:00Z");
  expect(pointMs("20261121T0300Z")).toBe(ms);
  expect(pointMs("20261121T0300Z-1a2b3c4d")).toBe(ms);
});

test.each([
  "",
  "20261121",
  "20261321T0300Z",
  "20261121T2500Z",
  "20261121T0300Z-1A2B3C4D",
  "20261121T0300Z-1a2b",
  "x20261121T0300Z",
])("%j is not a point", (text) => {
  expect(() => pointMs(text)).toThrow(expect.objectContaining({ code: "invalid" }));
});
