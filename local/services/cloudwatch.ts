import type { Operation, Service, Twin } from "../twin.ts";
import { type Alarm, type AlarmSpec, Alarms, queriesOf } from "./cloudwatch-alarms.ts";
import { dataOperations } from "./cloudwatch-data.ts";
import { comparison } from "./cloudwatch-evaluate.ts";
import { Metrics } from "./cloudwatch-metrics.ts";
import { checkQueries, refused } from "./cloudwatch-query.ts";
import { measureBuckets, measureQueues } from "./cloudwatch-sources.ts";

/**
 * CloudWatch: metrics that callers put, that functions embed in their logs and that other services here measure of
 * themselves; metric alarms, evaluated on the stand-in's clock, with topics as their actions.
 */
export function cloudWatchService(twin: Twin): Service & { metrics: Metrics } {
  const metrics = new Metrics();
  let measuredDay = 0;
  const alarms = new Alarms(twin, metrics, () => {
    measureQueues(twin);
    const day = Math.floor(twin.clock.now() / 86_400_000);
    // S3 reports once a day (S3 user guide, metrics and dimensions).
    if (day > measuredDay) measureBuckets(twin);
    measuredDay = day;
  });
  twin.onMeasure((measure) => metrics.add({ atMs: twin.clock.now(), ...measure }));
  return {
    name: "monitoring",
    metrics,
    operations: { ...dataOperations(twin, metrics), ...alarmOperations(alarms) },
    save: () => ({ metrics: metrics.save(), alarms: alarms.save(), measuredDay }),
    load(state) {
      const saved = state as { metrics: unknown; alarms: unknown; measuredDay: number };
      metrics.load(saved.metrics);
      alarms.load(saved.alarms);
      measuredDay = saved.measuredDay;
    },
  };
}

function alarmOperations(alarms: Alarms): Record<string, Operation> {
  return {
    PutMetricAlarm(input: AlarmSpec, { region }) {
      check(input);
      alarms.put(region, { ...input });
      return {};
    },
    DeleteAlarms({ AlarmNames }, { region }) {
      alarms.delete(region, AlarmNames);
      return {};
    },
    DescribeAlarms({ AlarmNames, AlarmNamePrefix = "", StateValue, MaxRecords = 50, NextToken }, { region }) {
      const found = [...alarms.all.values()]
        .filter(
          (alarm) =>
            alarm.region === region &&
            alarm.spec.AlarmName.startsWith(AlarmNamePrefix) &&
            (AlarmNames === undefined || AlarmNames.includes(alarm.spec.AlarmName)) &&
            (StateValue ?? alarm.state) === alarm.state,
        )
        .sort((a, b) => (a.spec.AlarmName < b.spec.AlarmName ? -1 : 1));
      const from = Number(NextToken ?? 0);
      const more = from + MaxRecords < found.length ? { NextToken: String(from + MaxRecords) } : {};
      return { MetricAlarms: found.slice(from, from + MaxRecords).map(shown), CompositeAlarms: [], ...more };
    },
  };
}

function check(input: AlarmSpec): void {
  const { AlarmName, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, ComparisonOperator } = input;
  if (!AlarmName) throw refused("The parameter AlarmName is required.", "MissingRequiredParameterException");
  if (!(EvaluationPeriods >= 1))
    throw refused("The parameter EvaluationPeriods must be greater than or equal to 1.");
  if (DatapointsToAlarm > EvaluationPeriods)
    throw refused("The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods.");
  if (!comparison(ComparisonOperator))
    throw refused(`The value ${ComparisonOperator} for ComparisonOperator is invalid.`);
  checkQueries(queriesOf(input));
}

function shown({ arn, spec, state, reason, sinceMs, putMs }: Alarm) {
  return {
    ...spec,
    AlarmArn: arn,
    ActionsEnabled: spec.ActionsEnabled ?? true,
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: new Date(sinceMs),
    StateTransitionedTimestamp: new Date(sinceMs),
    AlarmConfigurationUpdatedTimestamp: new Date(putMs),
  };
}
