import { severityOf } from "./finding.ts";
import { metricsNamespace } from "./names.ts";
import type { PlaceReport, SourceReport, StatusReport } from "./report.ts";

/** What a metric is of, besides its environment: that, one source, or what a source has in one region, or a region. */
type Of = "environment" | "place" | "source" | "source and place";

/** A metric: its name in CloudWatch ends with its unit, and its name for Prometheus is made of it. */
export type MetricDefinition = {
  readonly of: Of;
  readonly unit: "Seconds" | "Bytes" | "Count" | "None";
  readonly help: string;
  /** Whether it goes to CloudWatch too, where each series costs money. */
  readonly cloudWatch: boolean;
};

/** Every metric. docs/metrics.md has this table; dashboards and alert rules may name nothing else (test/infra/metrics.test.ts). */
export const metrics = {
  Sources: { of: "environment", unit: "Count", cloudWatch: true, help: "Sources that are protected." },
  SourcesLate: {
    of: "environment",
    unit: "Count",
    cloudWatch: true,
    help: "Sources that are out of an objective.",
  },
  SourcesUnknown: {
    ...{ of: "environment", unit: "Count", cloudWatch: true },
    help: "Sources of which it is not known how they stand, because a region did not answer.",
  },
  PagingFindings: { of: "environment", unit: "Count", cloudWatch: true, help: "Open findings that page." },
  NotifyingFindings: {
    ...{ of: "environment", unit: "Count", cloudWatch: true },
    help: "Open findings that can wait for the morning.",
  },
  ReportTimestampSeconds: {
    ...{ of: "environment", unit: "Seconds", cloudWatch: false },
    help: "When the watch looked, in seconds since 1970 UTC: everything else here is as it was then, but ages are counted to now.",
  },
  RegionAnswered: {
    of: "place",
    unit: "Count",
    cloudWatch: true,
    help: "1 if the region answered the watch, else 0.",
  },
  QuotaUsedRatio: {
    of: "place",
    unit: "None",
    cloudWatch: true,
    help: "The part of the tightest quota that is used.",
  },
  StorageBytes: {
    of: "place",
    unit: "Bytes",
    cloudWatch: true,
    help: "Size of the buckets that keep backups.",
  },
  StorageGrowthBytes: {
    ...{ of: "place", unit: "Bytes", cloudWatch: false },
    help: "By how much those buckets grow a day.",
  },
  StorageBudgetBytes: {
    of: "place",
    unit: "Bytes",
    cloudWatch: false,
    help: "What those buckets may come to.",
  },
  RpoUsedRatio: {
    ...{ of: "source and place", unit: "None", cloudWatch: true },
    help: "Age of the newest that can be restored, as a part of the RPO: above 1 the objective is missed.",
  },
  RpoSeconds: { of: "source and place", unit: "Seconds", cloudWatch: false, help: "The RPO." },
  RecoveryPointAgeSeconds: {
    ...{ of: "source and place", unit: "Seconds", cloudWatch: false },
    help: "Age of the newest that can be restored.",
  },
  IntactPointAgeSeconds: {
    ...{ of: "source and place", unit: "Seconds", cloudWatch: false },
    help: "Age of the newest point that was read again and compared.",
  },
  RestorablePointAgeSeconds: {
    ...{ of: "source and place", unit: "Seconds", cloudWatch: false },
    help: "Age of the newest point that was restored and checked.",
  },
  RpoBudgetSpentRatio: {
    ...{ of: "source and place", unit: "None", cloudWatch: true },
    help: "The part that is used of the time that the plan allows out of the RPO in 30 days.",
  },
  RpoBudgetBurnHourRatio: {
    ...{ of: "source and place", unit: "None", cloudWatch: false },
    help: "How many times faster than allowed that was used in the last hour.",
  },
  RpoBudgetBurnThreeDaysRatio: {
    ...{ of: "source and place", unit: "None", cloudWatch: false },
    help: "How many times faster than allowed that was used in the last three days.",
  },
  RtoBudgetSpentRatio: {
    ...{ of: "source and place", unit: "None", cloudWatch: false },
    help: "The part that is used of the time that the plan allows out of the RTO in 30 days.",
  },
  RtoSeconds: { of: "source", unit: "Seconds", cloudWatch: false, help: "The RTO." },
  DrillRtoSeconds: {
    of: "source",
    unit: "Seconds",
    cloudWatch: false,
    help: "The RTO that the newest drill measured.",
  },
  DrillAgeSeconds: {
    of: "source",
    unit: "Seconds",
    cloudWatch: false,
    help: "How long ago the newest drill ended.",
  },
  DrillPassed: {
    of: "source",
    unit: "Count",
    cloudWatch: false,
    help: "1 if the newest drill passed, else 0.",
  },
  PointsOwed: {
    of: "source",
    unit: "Count",
    cloudWatch: false,
    help: "Slots that owed a point and have none.",
  },
  ThreeTwoOneHolds: { of: "source", unit: "Count", cloudWatch: false, help: "1 if 3-2-1-1-0 holds, else 0." },
  OpenFindings: { of: "source", unit: "Count", cloudWatch: false, help: "Open findings of the source." },
} as const satisfies Record<string, MetricDefinition>;

/** A metric's name. */
export type MetricName = keyof typeof metrics;

/** One value, with what it is of; `Place` is a region. */
export type Sample = {
  name: MetricName;
  dimensions: { Environment: string; Source?: string; Place?: string };
  value: number;
};

/**
 * Everything that a report says in numbers, with ages as they are now; what is not known has no value. In the order of
 * the table, each metric's samples together.
 */
export function samplesOf(report: StatusReport, now: Date): Sample[] {
  const found: Sample[] = [];
  const add = (name: MetricName, of: { Source?: string; Place?: string }, value: number | undefined) => {
    if (value === undefined || !Number.isFinite(value)) return;
    found.push({ name, dimensions: { Environment: report.environment, ...of }, value });
  };
  ofEnvironment(report, add);
  for (const { region: Place, answered } of report.regions) {
    add("RegionAnswered", { Place }, answered ? 1 : 0);
    const used = report.quotas.flatMap(({ region, used, max }) => (region === Place ? [used / max] : []));
    add("QuotaUsedRatio", { Place }, used.length > 0 ? Math.max(...used) : undefined);
    const buckets = report.storage.filter(({ region }) => region === Place);
    add("StorageBytes", { Place }, total(buckets.map(({ bytes }) => bytes)));
    add("StorageGrowthBytes", { Place }, total(buckets.map(({ growthBytesPerDay }) => growthBytesPerDay)));
    add("StorageBudgetBytes", { Place }, total(buckets.map(({ budgetBytes }) => budgetBytes)));
  }
  for (const source of report.sources) {
    ofSource(source, now, (name, value) => add(name, { Source: source.source }, value));
    for (const place of source.places) {
      const of = { Source: source.source, Place: place.region };
      ofPlace(source, place, now, (name, value) => add(name, of, value));
    }
  }
  const order = new Map(Object.keys(metrics).map((name, index) => [name, index]));
  return found.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
}

type Add = (name: MetricName, value: number | undefined) => void;

function ofEnvironment(
  { sources, findings, at }: StatusReport,
  add: (name: MetricName, of: object, value: number) => void,
): void {
  const paging = findings.filter(({ kind }) => severityOf(kind) === "page").length;
  add("Sources", {}, sources.length);
  add("SourcesLate", {}, sources.filter(({ late }) => late.length > 0).length);
  add("SourcesUnknown", {}, sources.filter(({ unknown }) => unknown.length > 0).length);
  add("PagingFindings", {}, paging);
  add("NotifyingFindings", {}, findings.length - paging);
  add("ReportTimestampSeconds", {}, Date.parse(at) / 1_000);
}

function ofSource(source: SourceReport, now: Date, add: Add): void {
  const { drill } = source;
  add("RtoSeconds", source.rtoSeconds);
  add("DrillRtoSeconds", drill?.rtoSeconds);
  add("DrillAgeSeconds", drill && ageSeconds(drill.at, now));
  add("DrillPassed", drill && (drill.outcome === "passed" ? 1 : 0));
  add("PointsOwed", source.owed.length);
  add("ThreeTwoOneHolds", source.threeTwoOne.holds ? 1 : 0);
  add("OpenFindings", source.openFindings);
}

function ofPlace(source: SourceReport, place: PlaceReport, now: Date, add: Add): void {
  // Where nobody could look, what was there when somebody last could says nothing.
  const known = place.state !== "not known";
  const newest = known ? (place.latestMoment ?? place.available?.at) : undefined;
  const age = newest === undefined ? undefined : ageSeconds(newest, now);
  add("RpoSeconds", place.rpoSeconds);
  add("RecoveryPointAgeSeconds", age);
  add("RpoUsedRatio", age === undefined ? undefined : age / place.rpoSeconds);
  add("IntactPointAgeSeconds", place.intact && ageSeconds(place.intact.at, now));
  add("RestorablePointAgeSeconds", place.restorable && ageSeconds(place.restorable.at, now));
  for (const { objective, region, allowedSeconds, spentSeconds, ...burn } of source.budgets) {
    if (region !== place.region) continue;
    add(objective === "rpo" ? "RpoBudgetSpentRatio" : "RtoBudgetSpentRatio", spentSeconds / allowedSeconds);
    if (objective !== "rpo") continue;
    add("RpoBudgetBurnHourRatio", burn.burnHour);
    add("RpoBudgetBurnThreeDaysRatio", burn.burnThreeDays);
  }
}

function ageSeconds(at: string, now: Date): number {
  return Math.max(0, (now.getTime() - Date.parse(at)) / 1_000);
}

function total(values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? known.reduce((all, one) => all + one, 0) : undefined;
}

/** A metric's name for Prometheus: `RpoUsedRatio` is `holdfast_rpo_used_ratio`. */
export function prometheusName(name: MetricName): string {
  const snake = name.replaceAll(/(?<!^)([A-Z])/g, "_$1").toLowerCase();
  return `${metricsNamespace.toLowerCase()}_${snake}`;
}
