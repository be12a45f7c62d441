import fc from "fast-check";
import { expect, test } from "vitest";
import { namedSlots, owedFindings, owedSlots } from "../../functions/core/owed.ts";
import { pointMs, slotAt } from "../../functions/core/slot.ts";
import type { ArchivesSource } from "../../functions/core/source.ts";
import { database, hourly } from "./situation.ts";
import { november, type Stored, slotOn, watchView } from "./watching.ts";

const orders = database();
const taken = (slot: string): Stored => ["orders", slotOn(slot), "available", november(slot)];

function owedAt(now: string, facts: Stored[], source: Parameters<typeof owedSlots>[1] = orders) {
  const view = watchView([source], november(now), facts);
  return { slots: owedSlots(view, source), findings: owedFindings(view, source) };
}

test("a slot is owed once its RPO is over and it has no point, and no other is", () => {
  const facts = ["01:00", "02:00", "04:00", "05:00"].map((hour) => taken(`01 ${hour}`));

  expect(owedAt("01 04:59", facts).slots).toEqual([]);
  expect(owedAt("01 05:00", facts).slots).toEqual([slotOn("01 03:00")]);
});

test("it is told while the newest slot that could have a point has none, since the first of that gap", () => {
  const facts = ["01:00", "03:00"].map((hour) => taken(`01 ${hour}`));

  expect(owedAt("01 05:30", facts).findings).toEqual([]);
  expect(owedAt("01 07:10", facts).findings).toEqual([
    {
      ...{ kind: "point-owed", source: "orders", detail: "eu-west-1", region: "eu-west-1" },
      since: november("01 06:00"),
      message: '2 slots since 20261101T0400Z of "orders" have no point, and one is owed every 1h.',
      fix: "Run: holdfast explain; see what else is found of the source.",
    },
  ]);
  expect(owedAt("01 07:10", [...facts, taken("01 05:00")]).findings).toEqual([]);
});

test("a point that was taken and lost is not owed again, nor is what nobody asked for yet", () => {
  const lost: Stored = ["orders", slotOn("01 01:00"), "lost-eu-west-1", november("01 02:00")];

  expect(owedAt("01 03:30", [taken("01 01:00"), lost]).slots).toEqual([]);
  expect(owedAt("01 00:30", []).slots).toEqual([]);
});

test("nothing is owed for the time of a pause, also of one that was ended before its time", () => {
  const pauses = new Map([
    ["orders", [{ at: november("01 02:30"), until: november("01 09:00") }, { at: november("01 04:30") }]],
  ]);
  const view = watchView([orders], november("01 08:00"), [taken("01 01:00")], { pauses });

  expect(owedSlots(view, orders)).toEqual([slotOn("01 05:00"), slotOn("01 06:00")]);
});

test("under continuous protection a snapshot may take its time, though the RPO is minutes", () => {
  const plan = { ...hourly, rpoSeconds: 300, pointInTime: { reach: "primary" as const, days: 7 } };

  expect(owedAt("01 07:59", [], { ...orders, plan }).slots).toEqual([]);
  expect(owedAt("01 08:01", [], { ...orders, plan }).slots).toEqual([slotOn("01 01:00")]);
});

test("of archives each period without one is owed, counted from the newest that came", () => {
  const erp: ArchivesSource = {
    name: "erp",
    kind: "archives",
    bucket: "b",
    prefix: "",
    arrivesSeconds: 86_400,
    plan: hourly,
  };
  const came: Stored = ["erp", `${slotOn("03 02:00")}-0a0a0a0a`, "available", november("03 02:01")];

  expect(owedAt("05 05:00", [came], erp).slots).toEqual([slotOn("04 02:00"), slotOn("05 02:00")]);
  expect(owedAt("05 05:00", [came], erp).findings).toEqual([]);
});

test("every owed slot is one of the plan's, has no point, and those that are not owed have one; at most so many are named", () => {
  const gaps = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 300 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 0, max: 24_000 }), (missing, minutes) => {
      const start = Date.parse(november("01 00:00"));
      const now = new Date(start + minutes * 60_000);
      const there = new Set(
        Array.from({ length: 401 }, (_, hour) => hour)
          .filter((hour) => !missing.includes(hour))
          .map((hour) => slotAt(new Date(start + hour * 3_600_000), 3_600)),
      );
      const facts = [...there].map((point): Stored => ["orders", point, "available", now.toISOString()]);
      const owed = owedSlots(watchView([orders], now.toISOString(), facts), orders);
      expect(owed).toEqual([...owed].sort());
      expect(owed.length).toBeLessThanOrEqual(namedSlots);
      const dueMs = now.getTime() - 7_200_000;
      const all = missing.filter((hour) => start + hour * 3_600_000 <= dueMs);
      expect(owed).toHaveLength(Math.min(namedSlots, all.length));
      for (const slot of owed) {
        expect(there.has(slot)).toBe(false);
        expect(pointMs(slot)).toBeLessThanOrEqual(dueMs);
        expect(pointMs(slot) % 3_600_000).toBe(0);
      }
    }),
    { numRuns: 100 },
  );
});
