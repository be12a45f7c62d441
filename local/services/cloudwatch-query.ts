import { AwsError } from "../twin.ts";
import { type MetricName, type Metrics, statistic } from "./cloudwatch-metrics.ts";

/** One metric with how it is added up, as GetMetricData and alarms name it. */
export type MetricStat = {
  Metric: { Namespace?: string; MetricName?: string; Dimensions?: { Name: string; Value: string }[] };
  Period: number;
  Stat: string;
};

/** One member of MetricDataQueries, or of an alarm's Metrics. */
export type Query = {
  Id: string;
  MetricStat?: MetricStat;
  Expression?: string;
  Label?: string;
  ReturnData?: boolean;
};

/** A stretch of time for one data point: from an instant until before another. */
export type Window = { fromMs: number; toMs: number };

const statistics = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"];

/** Refuses queries that AWS refuses, and those that are more than the stand-in knows. */
export function checkQueries(queries: Query[]): void {
  const ids = queries.map(({ Id }) => Id);
  if (new Set(ids).size < ids.length)
    throw refused("The values for parameter id in MetricDataQueries are not unique.");
  for (const { Id, MetricStat, Expression } of queries) {
    if (!/^[a-z][A-Za-z0-9_]{0,254}$/.test(Id)) throw refused(`The value ${Id} for parameter Id is invalid.`);
    if ((MetricStat === undefined) === (Expression === undefined))
      throw refused(`MetricDataQuery ${Id} has to have either a MetricStat or an Expression.`);
    if (MetricStat) checkStat(MetricStat);
    else if (!ids.includes(fill(Expression).of))
      throw refused(`Error in expression '${Id}': Invalid syntax`, "ValidationError");
  }
}

function checkStat({ Period, Stat }: MetricStat): void {
  if (!(Period > 0) || Period % 60 !== 0)
    throw refused(`The value ${Period} for parameter Period is invalid.`);
  if (!statistics.includes(Stat))
    throw new AwsError("NotEmulated", `not emulated: the statistic ${Stat}`, 501);
}

/** The period of a query, in seconds. */
export function periodOf(query: Query, queries: Query[]): number {
  const { MetricStat, Expression } = query;
  return MetricStat?.Period ?? periodOf(named(queries, fill(Expression).of), queries);
}

/** A value for each window; undefined where nothing was measured. */
export function valuesOf(
  from: { metrics: Metrics; region: string },
  query: Query,
  queries: Query[],
  windows: Window[],
): (number | undefined)[] {
  const { MetricStat, Expression } = query;
  if (!MetricStat) {
    const { of, value } = fill(Expression);
    return valuesOf(from, named(queries, of), queries, windows).map((found) => found ?? value);
  }
  const metric = metricOf(from.region, MetricStat.Metric);
  return windows.map(({ fromMs, toMs }) => {
    const stats = from.metrics.between(metric, fromMs, toMs);
    return stats && statistic(MetricStat.Stat, stats);
  });
}

/** A metric of a region by what a call says of it. */
export function metricOf(
  region: string,
  { Namespace = "", MetricName = "", Dimensions = [] }: MetricStat["Metric"],
): MetricName {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  return { region, namespace: Namespace, name: MetricName, dimensions };
}

function named(queries: Query[], id: string): Query {
  const found = queries.find(({ Id }) => Id === id);
  if (!found) throw refused(`Error in expression: ${id} is not defined`, "ValidationError");
  return found;
}

/** Of metric math the one function that our alarms need: a value in the place of what is missing. */
function fill(expression = ""): { of: string; value: number } {
  const [, of = "", value] = /^FILL\(\s*([a-z]\w*)\s*,\s*(-?\d+(?:\.\d+)?)\s*\)$/.exec(expression) ?? [];
  if (value === undefined)
    throw new AwsError("NotEmulated", `not emulated: the expression ${expression}`, 501);
  return { of, value: Number(value) };
}

/** A refusal as CloudWatch words it. */
export function refused(message: string, code = "InvalidParameterValueException"): AwsError {
  return new AwsError(code, message, 400);
}
