import { expect, test } from "vitest";
import { cloudWatchSources, embeddedMetrics } from "../../functions/core/embedded-metrics.ts";
import { metrics, prometheusName, samplesOf } from "../../functions/core/metrics.ts";
import { openMetrics } from "../../functions/core/open-metrics.ts";
import type { PlaceReport, SourceReport, StatusReport } from "../../functions/core/report.ts";
import { embeddedIn } from "../../local/services/cloudwatch-embedded.ts";

const at = "2026-11-21T10:00:00Z";
const now = new Date("2026-11-21T10:02:00Z");

const place = (region: string, more: Partial<PlaceReport> = {}): PlaceReport => ({
  region,
  role: region === "eu-west-1" ? "primary" : "recovery",
  rpoSeconds: 7_200,
  available: { point: "20261121T0900Z", at: "2026-11-21T09:02:00Z" },
  state: "ok",
  ...more,
});

const source = (name: string, more: Partial<SourceReport> = {}): SourceReport => ({
  source: name,
  kind: "rds-instance",
  protects: `${name}-db`,
  plan: "critical",
  rtoSeconds: 1_800,
  state: "ok",
  late: [],
  unknown: [],
  places: [place("eu-west-1"), place("eu-central-1")],
  drill: {
    drill: "20261120T0000Z",
    at: "2026-11-20T10:02:00Z",
    outcome: "passed",
    point: "p",
    rtoSeconds: 600,
  },
  owed: ["20261121T0800Z"],
  budgets: [
    {
      ...{ objective: "rpo", region: "eu-west-1", allowedSeconds: 12_960, spentSeconds: 6_480, state: "ok" },
      ...{ burnHour: 2, burnThreeDays: 0.5 },
    },
  ],
  threeTwoOne: { holds: true, parts: [] },
  openFindings: 0,
  ...more,
});

const report = (...sources: SourceReport[]): StatusReport => ({
  schema: 1,
  at,
  environment: "prod",
  primaryRegion: "eu-west-1",
  recoveryRegion: "eu-central-1",
  region: "eu-central-1",
  ok: true,
  regions: [
    { region: "eu-west-1", answered: false, reason: "it did not answer" },
    { region: "eu-central-1", answered: true },
  ],
  sources,
  findings: [],
  quotas: [
    { quota: "manual snapshots", region: "eu-west-1", used: 20, max: 100 },
    { quota: "manual cluster snapshots", region: "eu-west-1", used: 90, max: 100 },
  ],
  storage: [
    { bucket: "a", region: "eu-west-1", bytes: 5 },
    { bucket: "b", region: "eu-west-1", bytes: 7, growthBytesPerDay: 1, budgetBytes: 100 },
  ],
});

const values = (sources: SourceReport[]) =>
  new Map(
    samplesOf(report(...sources), now).map(({ name, dimensions: { Source, Place }, value }) => [
      [name, Source, Place].filter(Boolean).join(" "),
      value,
    ]),
  );

test("a report in numbers: ages as they are now, parts of what is allowed, worst quota, sums of buckets", () => {
  const found = values([source("orders")]);
  expect(found.get("RecoveryPointAgeSeconds orders eu-west-1")).toBe(3_600);
  expect(found.get("RpoUsedRatio orders eu-west-1")).toBe(0.5);
  expect(found.get("RpoBudgetSpentRatio orders eu-west-1")).toBe(0.5);
  expect(found.get("RpoBudgetBurnHourRatio orders eu-west-1")).toBe(2);
  expect(found.get("DrillAgeSeconds orders")).toBe(86_400);
  expect(found.get("PointsOwed orders")).toBe(1);
  expect(found.get("QuotaUsedRatio eu-west-1")).toBe(0.9);
  expect(found.get("StorageBytes eu-west-1")).toBe(12);
  expect(found.get("StorageBudgetBytes eu-west-1")).toBe(100);
  expect(found.get("RegionAnswered eu-west-1")).toBe(0);
  expect(found.get("ReportTimestampSeconds")).toBe(Date.parse(at) / 1_000);
  expect(found.get("Sources")).toBe(1);
});

test("continuous protection counts by its latest moment", () => {
  const places = [place("eu-west-1", { latestMoment: "2026-11-21T09:58:00Z" })];
  expect(values([source("orders", { places })]).get("RecoveryPointAgeSeconds orders eu-west-1")).toBe(240);
});

test("what is not known has no value, rather than one that looks well", () => {
  const places = [place("eu-west-1", { state: "not known" })];
  const { drill: _, ...undrilled } = source("orders", { places });
  const found = values([undrilled]);
  for (const name of ["RecoveryPointAgeSeconds", "RpoUsedRatio", "RestorablePointAgeSeconds"])
    expect(found.has(`${name} orders eu-west-1`), name).toBe(false);
  expect(found.has("DrillPassed orders")).toBe(false);
  expect(found.has("QuotaUsedRatio eu-central-1")).toBe(false);
});

test("in OpenMetrics each family is together, with its type, unit and help, and labels are escaped", () => {
  const text = openMetrics(report(source("orders"), source('odd"\\name')), now);
  const lines = text.split("\n");
  expect(lines.slice(-2)).toEqual(["# EOF", ""]);
  const families = lines.filter((line) => line.startsWith("# TYPE ")).map((line) => line.split(" ")[2]);
  expect(new Set(families).size).toBe(families.length);
  let family = "";
  for (const line of lines) {
    if (line.startsWith("# TYPE ")) family = line.split(" ")[2] ?? "";
    else if (line && !line.startsWith("#")) expect(line.startsWith(`${family}{`), line).toBe(true);
  }
  expect(lines).toContain("# UNIT holdfast_rpo_used_ratio ratio");
  expect(lines).toContain(
    'holdfast_rpo_used_ratio{environment="prod",source="orders",place="eu-west-1"} 0.5',
  );
  expect(text).toContain('source="odd\\"\\\\name"');
});

test("names for Prometheus are those of CloudWatch, in its spelling, and end with their unit", () => {
  expect(prometheusName("RpoBudgetBurnThreeDaysRatio")).toBe("holdfast_rpo_budget_burn_three_days_ratio");
  for (const [name, { unit }] of Object.entries(metrics)) {
    const end = { Seconds: /Seconds$/, Bytes: /Bytes$/, None: /Ratio$/, Count: /(?<!Seconds|Bytes|Ratio)$/ }[
      unit
    ];
    expect(name).toMatch(end);
  }
});

test("CloudWatch takes out of the log what is worth its price, by environment, source and region alone", () => {
  const lines = embeddedMetrics(report(source("orders")), now).map((document) => JSON.stringify(document));
  const taken = lines.flatMap((line) => embeddedIn(line, "eu-central-1"));
  expect(taken).toContainEqual({
    ...{ region: "eu-central-1", namespace: "Holdfast", name: "RpoUsedRatio", value: 0.5, unit: "None" },
    dimensions: { Environment: "prod", Source: "orders", Place: "eu-west-1" },
    atMs: now.getTime(),
  });
  const known = new Set(
    Object.entries(metrics)
      .filter(([, { cloudWatch }]) => cloudWatch)
      .map(([name]) => name),
  );
  for (const { name, dimensions } of taken) {
    expect(known.has(name), name).toBe(true);
    expect(["Environment", "Source", "Place"]).toEqual(expect.arrayContaining(Object.keys(dimensions)));
  }
  expect(taken.some(({ name }) => name === "Sources")).toBe(true);
});

test("an environment of more sources than are worth a metric each has those of the whole", () => {
  const many = Array.from({ length: cloudWatchSources + 1 }, (_, index) => source(`db${index}`));
  const documents = embeddedMetrics(report(...many), now);
  expect(documents.some((document) => "Source" in document)).toBe(false);
  expect(documents.some((document) => document.Sources === many.length)).toBe(true);
  expect(openMetrics(report(...many), now)).toContain('source="db50"');
});
