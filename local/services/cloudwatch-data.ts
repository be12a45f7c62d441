import { AwsError, type Operation, type Twin } from "../twin.ts";
import type { Metrics, Stats } from "./cloudwatch-metrics.ts";
import { checkQueries, metricOf, periodOf, type Query, refused, valuesOf } from "./cloudwatch-query.ts";

type Datum = {
  MetricName?: string;
  Dimensions?: { Name: string; Value: string }[];
  Timestamp?: Date | number | string;
  Value?: number;
  Values?: number[];
  Counts?: number[];
  StatisticValues?: { SampleCount: number; Sum: number; Minimum: number; Maximum: number };
  Unit?: string;
};

/** Values are between -2^360 and 2^360 (API reference, PutMetricData). */
const largest = 2 ** 360;
const twoWeeksMs = 14 * 86_400_000;
const twoHoursMs = 2 * 3_600_000;

/** PutMetricData, GetMetricData and ListMetrics. */
export function dataOperations(twin: Twin, metrics: Metrics): Record<string, Operation> {
  return {
    PutMetricData({ Namespace, MetricData = [] }, { region }) {
      if (!Namespace)
        throw refused("The parameter Namespace is required.", "MissingRequiredParameterException");
      if (/^AWS\//.test(Namespace) || !/^[A-Za-z0-9._\-/#: ]{1,255}$/.test(Namespace))
        throw refused(`The value ${Namespace} for parameter Namespace is invalid.`);
      if (MetricData.length > 1_000)
        throw refused("The collection MetricData must not have a size greater than 1000.");
      const now = twin.clock.now();
      // All or nothing: whatever is wrong with one refuses the call.
      const taken = (MetricData as Datum[]).map((datum, index) =>
        read(datum, now, `MetricData.member.${index + 1}`),
      );
      for (const { atMs, stats, name, dimensions, unit } of taken)
        metrics.addStats(
          { region, namespace: Namespace, name, dimensions, ...(unit ? { unit } : {}) },
          stats,
          atMs,
        );
      return {};
    },
    GetMetricData(
      { MetricDataQueries = [], StartTime, EndTime, ScanBy = "TimestampDescending", MaxDatapoints },
      call,
    ) {
      if (MaxDatapoints !== undefined)
        throw new AwsError("NotEmulated", "not emulated: GetMetricData with MaxDatapoints", 501);
      const queries = MetricDataQueries as Query[];
      checkQueries(queries);
      const startMs = Math.floor(instant(StartTime) / 60_000) * 60_000;
      const endMs = instant(EndTime);
      if (!(startMs < endMs))
        throw refused("The parameter StartTime must be less than the parameter EndTime.", "ValidationError");
      const results = queries
        .filter(({ ReturnData = true }) => ReturnData)
        .map((query) => {
          const periodMs = periodOf(query, queries) * 1_000;
          const windows = Array.from({ length: Math.ceil((endMs - startMs) / periodMs) }, (_, index) => ({
            fromMs: startMs + index * periodMs,
            toMs: startMs + (index + 1) * periodMs,
          }));
          const values = valuesOf({ metrics, region: call.region }, query, queries, windows);
          const points = values.flatMap((value, index) =>
            value === undefined ? [] : [{ value, at: new Date(startMs + index * periodMs) }],
          );
          if (ScanBy !== "TimestampAscending") points.reverse();
          return {
            Id: query.Id,
            Label: query.Label ?? query.MetricStat?.Metric.MetricName ?? query.Id,
            Timestamps: points.map(({ at }) => at),
            Values: points.map(({ value }) => value),
            StatusCode: "Complete",
          };
        });
      return { MetricDataResults: results, Messages: [] };
    },
    ListMetrics({ Namespace, MetricName, Dimensions = [] }, { region }) {
      const wanted = Object.entries(metricOf(region, { Dimensions }).dimensions);
      const found = metrics
        .list(region)
        .filter(
          ({ namespace, name, dimensions }) =>
            (Namespace ?? namespace) === namespace &&
            (MetricName ?? name) === name &&
            wanted.every(([key, value]) =>
              value === undefined ? key in dimensions : dimensions[key] === value,
            ),
        );
      return {
        Metrics: found.map(({ namespace, name, dimensions }) => ({
          Namespace: namespace,
          MetricName: name,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        })),
      };
    },
  };
}

/** One datum, checked. `where` names it as CloudWatch's refusals do. */
function read(datum: Datum, nowMs: number, where: string) {
  const { MetricName: name, Dimensions = [], Unit: unit, Timestamp } = datum;
  if (!name)
    throw refused(`The parameter ${where}.MetricName is required.`, "MissingRequiredParameterException");
  if (Dimensions.length > 30)
    throw refused(`The collection ${where}.Dimensions must not have a size greater than 30.`);
  for (const { Name, Value } of Dimensions)
    if (!Name || !Value)
      throw refused(`The parameter ${where}.Dimensions needs a Name and a Value for each.`);
  const atMs = Timestamp === undefined ? nowMs : instant(Timestamp);
  if (atMs < nowMs - twoWeeksMs)
    throw refused(`The parameter ${where}.Timestamp must specify a time within the past two weeks.`);
  if (atMs > nowMs + twoHoursMs)
    throw refused(
      `The parameter ${where}.Timestamp must specify a time no more than two hours in the future.`,
    );
  return {
    name,
    unit,
    atMs,
    stats: statsOf(datum, where),
    dimensions: metricOf("", { Dimensions }).dimensions,
  };
}

function statsOf({ Value, Values, Counts, StatisticValues }: Datum, where: string): Stats {
  if ([Value, Values, StatisticValues].filter((one) => one !== undefined).length !== 1)
    throw refused(
      `The parameters ${where}.Value, ${where}.Values and ${where}.StatisticValues are mutually exclusive and you must specify one.`,
      "InvalidParameterCombinationException",
    );
  if (StatisticValues) {
    const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = StatisticValues;
    return { count, sum, min, max };
  }
  const values = Values ?? [Value as number];
  if (!values.every((value) => typeof value === "number" && Math.abs(value) <= largest))
    throw refused(`The value ${values} for parameter ${where}.Value is invalid.`);
  const counts = Counts ?? values.map(() => 1);
  if (counts.length !== values.length)
    throw refused(`${where}.Values and ${where}.Counts must have the same size.`);
  return {
    count: counts.reduce((all, one) => all + one, 0),
    sum: values.reduce((all, one, index) => all + one * (counts[index] ?? 0), 0),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** An instant as it comes in process, as JSON or as a form. */
function instant(given: unknown): number {
  if (given instanceof Date) return given.getTime();
  const ms = typeof given === "number" ? given * 1_000 : Date.parse(String(given));
  if (Number.isNaN(ms)) throw refused(`The timestamp ${given} is invalid.`);
  return ms;
}
