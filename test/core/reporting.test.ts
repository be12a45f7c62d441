import fc from "fast-check";
import { expect, test } from "vitest";
import type { Finding } from "../../functions/core/finding.ts";
import { judge } from "../../functions/core/judging.ts";
import type { Look } from "../../functions/core/looks.ts";
import { Problem } from "../../functions/core/problem.ts";
import { StatusReport } from "../../functions/core/report.ts";
import { reportOf } from "../../functions/core/reporting.ts";
import type { Source } from "../../functions/core/source.ts";
import { statusOf } from "../../functions/core/status.ts";
import { threeTwoOne } from "../../functions/core/three-two-one.ts";
import { database, hourly, observation } from "./situation.ts";
import { november, type Stored, slotOn, watchView } from "./watching.ts";

const drilled = {
  ...hourly,
  rtoSeconds: 1_800,
  drill: { everySeconds: 604_800, sql: [], sample: { confidence: 0.9, damage: 0.1 } },
};
const orders: Source = { ...database(), plan: drilled };
const ledger: Source = { name: "ledger", kind: "rds-cluster", cluster: "ledger", plan: hourly };
const uploads: Source = {
  name: "uploads",
  kind: "bucket",
  bucket: "acme-uploads",
  deletions: "keep",
  plan: hourly,
};
const erp: Source = {
  name: "erp",
  kind: "archives",
  bucket: "acme-dumps",
  prefix: "erp/",
  arrivesSeconds: 86_400,
  plan: hourly,
};
const sources = [orders, ledger, uploads, erp];

/** Points of the last day: of orders all, of the ledger none for four hours, of uploads and archives what there is of them. */
const facts = Array.from({ length: 24 }, (_, hour) => hour).flatMap((hour): Stored[] => {
  const slot = slotOn(`20 ${String(hour).padStart(2, "0")}:00`);
  const at = (minutes: number) =>
    new Date(Date.parse(november("20 00:00")) + (hour * 60 + minutes) * 60_000).toISOString();
  const taken = (source: string, names: string[]) =>
    names.map((name, index): Stored => [source, slot, name, at(10 * (index + 1))]);
  return [
    ...taken("orders", ["available", "copied-eu-central-1"]),
    ...(hour < 20 ? taken("ledger", ["available", "copied-eu-central-1"]) : []),
    ...taken("uploads", ["requested-eu-west-1", "available", "copied-eu-central-1"]),
    ...(hour === 2
      ? ["available", "verified-eu-west-1", "copied-eu-central-1", "verified-eu-central-1"].map(
          (name, index): Stored => ["erp", `${slot}-0a0a0a0a`, name, at(index)],
        )
      : []),
  ];
});
const passed = {
  ...{ drill: slotOn("18 03:00"), point: slotOn("20 05:00"), outcome: "passed" as const },
  ...{ at: november("18 03:40"), startedAt: november("18 03:00"), secondsToChecked: 1_200 },
};
const slow: Finding = {
  ...{ kind: "rpo-breached", source: "ledger", detail: "eu-west-1", region: "eu-west-1" },
  ...{ since: november("20 21:00"), message: "The ledger is late.", fix: "Look at it." },
};
const declared = new Map(sources.map(({ name }) => [name, november("19 23:00")]));
const view = watchView(sources, november("20 23:30"), facts, {
  declaredAt: declared,
  redeclaredAt: declared,
  drills: new Map([["orders", { drills: [], newest: passed, passed }]]),
  ended: new Map([["orders", [passed]]]),
  pauses: new Map([["uploads", [{ at: november("20 23:00"), until: november("21 02:00") }]]]),
  open: [slow],
  looks: new Map<string, Look>([
    ["eu-west-1", new Map([["rds-instance", new Problem("unavailable", "RDS does not answer", "Wait.")]])],
    [
      "eu-central-1",
      new Map([["rds-instance", observation(watchView([orders], november("20 23:30"), []).environment)]]),
    ],
  ]),
});

test("a report says of every source where it stands, worst first", async () => {
  const report = reportOf(view);

  expect(StatusReport.parse(report)).toEqual(report);
  expect(report.sources.map(({ source, state }) => `${source} ${state}`)).toEqual([
    "ledger late",
    "erp ok",
    "orders ok",
    "uploads ok",
  ]);
  await expect(`${JSON.stringify(report, null, 2)}\n`).toMatchFileSnapshot("golden/status-report.txt");
});

/** Facts of points of one day, of one source. */
const histories = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 23 }),
    fc.constantFrom(
      ...["available", "copied-eu-central-1", "verified-eu-west-1", "verified-eu-central-1"],
      ...["lost-eu-west-1", "lost-eu-central-1", "expired-eu-west-1", "expired-eu-central-1", "requested"],
    ),
    fc.integer({ min: 0, max: 600 }),
  ),
  { maxLength: 30 },
);
const written = (source: Source, history: [number, string, number][]): Stored[] =>
  history.map(([hour, name, after]) => {
    const slot = slotOn(`20 ${String(hour).padStart(2, "0")}:00`);
    const at = new Date(Date.parse(november("20 00:00")) + (hour * 60 + after) * 60_000).toISOString();
    return [source.name, source.kind === "archives" ? `${slot}-0a0a0a0a` : slot, name, at];
  });

test.each(sources)(
  "whatever is known of $name: the report is one, says the same as statusOf, and the same again",
  (source) => {
    fc.assert(
      fc.property(histories, (history) => {
        const some = watchView([source], november("21 12:00"), written(source, history));
        const report = reportOf(some, judge(some));
        expect(StatusReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
        const [one] = report.sources;
        const { state, late } = statusOf(some, source);
        expect(one?.late).toEqual(late);
        expect(one?.state).toBe(state === "out of RPO" ? "late" : state);
        expect(one?.places.some((place) => place.state === "late")).toBe(late.length > 0);
        expect(reportOf(some)).toEqual(report);
      }),
      { numRuns: 100 },
    );
  },
);

test.each(sources)("a copy of $name that goes makes no part of 3-2-1-1-0 hold that did not", (source) => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 0, max: 23 }), (history, hour) => {
      const facts = written(source, history);
      const [gone] = written(source, [[hour, "lost-eu-central-1", 0]]) as [Stored];
      const held = (known: Stored[]) =>
        threeTwoOne(watchView([source], november("21 12:00"), known), source, []).parts.flatMap(
          ({ part, holds }) => (holds ? [part] : []),
        );
      const before = held(facts);
      for (const part of held([...facts, gone])) expect(before).toContain(part);
    }),
    { numRuns: 100 },
  );
});
