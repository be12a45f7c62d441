import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDatum,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { matches, present, refused, same } from "./expect.ts";
import type { Case, Place } from "./place.ts";

const invalid = { name: /^InvalidParameterValue(Exception)?$/, status: 400 };

function metricIn(place: Place) {
  const { cloudwatch } = place.here;
  const Namespace = place.name("metrics");
  const now = Date.now();
  const Metric = { Namespace, MetricName: "Sold", Dimensions: [{ Name: "Shop", Value: Namespace }] };
  const put = (...data: Partial<MetricDatum>[]) => {
    const MetricData = data.map((datum) => ({
      MetricName: "Sold",
      Dimensions: Metric.Dimensions,
      ...datum,
    }));
    return cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
  };
  /** A statistic of the last hour and the next, by periods of two hours: one or two values. */
  const read = async (Stat: string, more: MetricDataQuery[] = []) => {
    const query = { Id: "sold", MetricStat: { Metric, Period: 7_200, Stat }, ReturnData: more.length === 0 };
    const { MetricDataResults } = await cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: [query, ...more],
        StartTime: new Date(now - 3_600_000),
        EndTime: new Date(now + 3_600_000),
      }),
    );
    return present("the result", MetricDataResults?.[0]);
  };
  /** Waits until so much has been counted. */
  const counted = (samples: number) =>
    place.until(`${samples} samples`, async () =>
      sum((await read("SampleCount")).Values) === samples ? true : undefined,
    );
  return { cloudwatch, Namespace, Metric, put, read, counted };
}

function sum(values: number[] = []): number {
  return values.reduce((all, one) => all + one, 0);
}

async function alarmIn(place: Place) {
  const { cloudwatch } = place.here;
  const AlarmName = place.name("alarm");
  const put = (Threshold: number, more: object = {}) =>
    cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: AlarmName,
        MetricName: "Late",
        Period: 300,
        Statistic: "Maximum",
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold,
        ...more,
      }),
    );
  place.afterwards(`alarm ${AlarmName}`, () =>
    cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] })),
  );
  const read = async () => {
    const found = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
    return found.MetricAlarms?.[0];
  };
  return { cloudwatch, AlarmName, put, read };
}

/** Metrics and alarms: the watch's heartbeat, and who misses it. */
export const cloudWatchCases: Case[] = [
  {
    name: "CloudWatch: what is put is added up by count, sum, average, least and greatest",
    async run(place) {
      const { put, read, counted } = metricIn(place);
      await put({ Value: 1 }, { Value: 4 }, { Value: 10 });
      await counted(3);
      same("the status", (await read("Sum")).StatusCode, "Complete");
      for (const [stat, value] of [
        ["Sum", 15],
        ["Average", 5],
        ["Minimum", 1],
        ["Maximum", 10],
      ] as const)
        same(stat, (await read(stat)).Values, [value]);
    },
  },
  {
    name: "CloudWatch: values with counts and statistic sets count as often as they say",
    async run(place) {
      const { put, read, counted } = metricIn(place);
      const StatisticValues = { SampleCount: 2, Sum: 7, Minimum: 3, Maximum: 4 };
      await put({ Values: [1, 2], Counts: [3, 1] }, { StatisticValues });
      await counted(6);
      same("the sum", (await read("Sum")).Values, [12]);
      same("the greatest", (await read("Maximum")).Values, [4]);
    },
  },
  {
    name: "CloudWatch: a data point counts at its own time",
    async run(place) {
      const { put, read, counted } = metricIn(place);
      await put({ Value: 1 }, { Value: 2, Timestamp: new Date(Date.now() - 5 * 3_600_000) });
      await counted(1);
      same("what is within the hour", (await read("Sum")).Values, [1]);
    },
  },
  {
    name: "CloudWatch: the region, the namespace and each dimension tell metrics apart",
    async run(place) {
      const { cloudwatch, put, read, counted, Namespace, Metric } = metricIn(place);
      await put({ Value: 2, Dimensions: [{ Name: "Shop", Value: "south" }] });
      await put({ Value: 4, Dimensions: [] });
      const MetricData = [{ MetricName: "Sold", Dimensions: Metric.Dimensions, Value: 8 }];
      await place.there.cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
      const other = { Namespace: place.name("others"), MetricData };
      await cloudwatch.send(new PutMetricDataCommand(other));
      await put({ Value: 1 });
      await counted(1);
      same("the values", (await read("Sum")).Values, [1]);
    },
  },
  {
    name: "CloudWatch: FILL gives a value for each period in which there was none, and leaves the others",
    async run(place) {
      const { put, read, counted } = metricIn(place);
      await put({ Value: 3 });
      await counted(1);
      const filled = await read("Sum", [{ Id: "filled", Expression: "FILL(sold, 0)" }]);
      same("what comes back", filled.Id, "filled");
      const values = (filled.Values ?? []).filter((value) => value !== 0);
      same("what is not filled", values, [3]);
    },
  },
  {
    name: "CloudWatch: a request that is compressed is taken",
    async run(place) {
      const { put, counted } = metricIn(place);
      // The SDK compresses what has 10 KB or more.
      await put(...Array.from({ length: 400 }, () => ({ Value: 1, Unit: "Count" as const })));
      await counted(400);
    },
  },
  {
    name: "CloudWatch: nobody puts metrics into a namespace of AWS",
    async run(place) {
      const MetricData = [{ MetricName: "Invocations", Value: 1 }];
      const call = place.here.cloudwatch.send(
        new PutMetricDataCommand({ Namespace: "AWS/Lambda", MetricData }),
      );
      await refused("it", call, invalid);
    },
  },
  {
    name: "CloudWatch: a data point of three weeks ago or of tomorrow is refused",
    async run(place) {
      const { put } = metricIn(place);
      const at = (days: number) => new Date(Date.now() + days * 86_400_000);
      await refused("three weeks ago", put({ Value: 1, Timestamp: at(-21) }), invalid);
      await refused("tomorrow", put({ Value: 1, Timestamp: at(1) }), invalid);
    },
  },
  {
    name: "CloudWatch: a data point has a value, or values, or a statistic set, and not two of them",
    async run(place) {
      const { put } = metricIn(place);
      const error = { name: /^InvalidParameter(Combination|Value)(Exception)?$/, status: 400 };
      await refused("two", put({ Value: 1, Values: [1] }), error);
    },
  },
  {
    name: "CloudWatch: a new alarm has insufficient data, and is found by name, prefix and state",
    async run(place) {
      const { cloudwatch, AlarmName, put, read } = await alarmIn(place);
      await put(10, { AlarmDescription: "docs/runbook.md#alarm", TreatMissingData: "missing" });
      const alarm = present("the alarm", await read());
      same("its state", alarm.StateValue, "INSUFFICIENT_DATA");
      same("its threshold", alarm.Threshold, 10);
      same("its description", alarm.AlarmDescription, "docs/runbook.md#alarm");
      same("M of N", [alarm.DatapointsToAlarm, alarm.EvaluationPeriods], [2, 3]);
      matches("its ARN", alarm.AlarmArn, new RegExp(`^arn:aws:cloudwatch:[^:]+:\\d{12}:alarm:${AlarmName}$`));
      for (const filter of [{ AlarmNamePrefix: AlarmName.slice(0, -1) }, { AlarmNames: [AlarmName] }]) {
        const asked = { ...filter, StateValue: "INSUFFICIENT_DATA" as const };
        const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand(asked));
        same(
          "who is found",
          MetricAlarms?.map((one) => one.AlarmName),
          [AlarmName],
        );
        const { MetricAlarms: ok } = await cloudwatch.send(
          new DescribeAlarmsCommand({ ...asked, StateValue: "OK" }),
        );
        same("who is found among those that are OK", ok, []);
      }
    },
  },
  {
    name: "CloudWatch: an alarm that is put again has the new settings, and after its deletion is gone",
    async run(place) {
      const { cloudwatch, AlarmName, put, read } = await alarmIn(place);
      await put(10);
      await put(20);
      same("its threshold", (await read())?.Threshold, 20);
      await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
      same("what is left", await read(), undefined);
    },
  },
  {
    name: "CloudWatch: an alarm may not want more breaching points than it looks at",
    async run(place) {
      const { put } = await alarmIn(place);
      const error = {
        name: /^(ValidationError|ValidationException|InvalidParameterValue(Exception)?)$/,
        status: 400,
      };
      await refused("4 of 3", put(10, { DatapointsToAlarm: 4 }), error);
    },
  },
];
