import { Alarm, ComparisonOperator, type Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

/** The sections of docs/runbook.md that alarms link to. */
export type AlarmSection = "alarm-errors" | "alarm-dead-letters" | "alarm-backlog" | "alarm-not-running";

/** What makes an alarm page. */
export type PagingAlarmProps = {
  readonly metric: Metric;
  /** One sentence: what has happened. */
  readonly says: string;
  readonly section: AlarmSection;
  readonly page: ITopic;
  readonly threshold: number;
  /** @default GREATER_THAN_OR_EQUAL_TO_THRESHOLD */
  readonly comparison?: ComparisonOperator;
  /** Periods of the metric that must be over the threshold, and of how many. @default - 1 of 1 */
  readonly periods?: { over: number; of: number };
  /** What no data means. @default NOT_BREACHING: nothing happened, so nothing went wrong */
  readonly missing?: TreatMissingData;
};

/** An alarm that pages, says when it is over, and links to what to do. */
export function pagingAlarm(scope: Construct, id: string, props: PagingAlarmProps): void {
  const { over, of } = props.periods ?? { over: 1, of: 1 };
  const alarm = new Alarm(scope, id, {
    metric: props.metric,
    threshold: props.threshold,
    comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    datapointsToAlarm: over,
    evaluationPeriods: of,
    treatMissingData: props.missing ?? TreatMissingData.NOT_BREACHING,
    alarmDescription: `${props.says} What to do: docs/runbook.md#${props.section}`,
  });
  alarm.addAlarmAction(new SnsAction(props.page));
  alarm.addOkAction(new SnsAction(props.page));
}
