import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  type Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";

/** The sections of docs/runbook.md that alarms link to. */
export type AlarmSection =
  | "alarm-errors"
  | "alarm-dead-letters"
  | "alarm-backlog"
  | "alarm-not-running"
  | "alarm-watch-silent";

/** What every alarm is made from. */
type AlarmProps = {
  readonly environment: Pick<Environment, "name">;
  /** What it is called after `holdfast-<env>-`: an SMS has not much more than that. */
  readonly name: string;
  /** One sentence: what has happened. */
  readonly says: string;
  readonly section: AlarmSection;
  readonly page: ITopic;
};

/** What makes an alarm page. */
export type PagingAlarmProps = AlarmProps & {
  readonly metric: IMetric;
  readonly threshold: number;
  /** @default GREATER_THAN_OR_EQUAL_TO_THRESHOLD */
  readonly comparison?: ComparisonOperator;
  /** Periods of the metric that must be over the threshold, and of how many. @default - 1 of 1 */
  readonly periods?: { over: number; of: number };
  /** What no data means. @default NOT_BREACHING: nothing happened, so nothing went wrong */
  readonly missing?: TreatMissingData;
};

/**
 * An alarm that pages and links to what to do. Its end is told by a rule (`tellEnds`): an action for the state OK would
 * send a message for each alarm when it is first deployed, for that is a change to OK as well.
 */
export function pagingAlarm(scope: Construct, id: string, props: PagingAlarmProps): void {
  const { over, of } = props.periods ?? { over: 1, of: 1 };
  const alarm = new Alarm(scope, id, {
    alarmName: alarmName(props.environment, props.name),
    metric: props.metric,
    threshold: props.threshold,
    comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    datapointsToAlarm: over,
    evaluationPeriods: of,
    treatMissingData: props.missing ?? TreatMissingData.NOT_BREACHING,
    alarmDescription: `${props.says} What to do: docs/runbook.md#${props.section}`,
  });
  alarm.addAlarmAction(new SnsAction(props.page));
}

/** Periods in which nothing was heard before an alarm says so. */
export const silentPeriods = 3;

/** What is to be heard of, and how often. */
export type SilenceAlarmProps = AlarmProps & {
  /** Of what is counted; its period and statistic are set here. */
  readonly metric: Metric;
  readonly everyMinutes: number;
};

/** After how many minutes without a sign a silence is an alarm; CloudWatch evaluates it within two minutes more. */
export function silentAfterMinutes(everyMinutes: number): number {
  return silentPeriods * Math.max(5, everyMinutes);
}

/**
 * An alarm that pages when something that comes regularly has not come three times. FILL puts a zero where nothing was
 * counted: CloudWatch would else go on with older data points for a time that it does not tell, before it treats what is
 * missing as missing (CloudWatch user guide, "How alarm state is evaluated when data is missing").
 */
export function silenceAlarm(scope: Construct, id: string, props: SilenceAlarmProps): void {
  const { metric, everyMinutes, ...about } = props;
  const period = Duration.minutes(silentAfterMinutes(everyMinutes) / silentPeriods);
  const counted = metric.with({ period, statistic: "Sum" });
  pagingAlarm(scope, id, {
    ...about,
    metric: new MathExpression({ expression: "FILL(counted, 0)", usingMetrics: { counted }, period }),
    threshold: 1,
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    periods: { over: silentPeriods, of: silentPeriods },
    missing: TreatMissingData.BREACHING,
  });
}

/** An alarm's name in AWS: all of an environment's begin alike. */
export function alarmName({ name }: Pick<Environment, "name">, what: string): string {
  return `holdfast-${name}-${what}`;
}
