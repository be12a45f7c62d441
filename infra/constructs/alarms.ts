import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

/** The alarms of one region: each pages, and names its section in the runbook. */
export class Alarms {
  readonly #page: ITopic;

  constructor(page: ITopic) {
    this.#page = page;
  }

  /** Some invocation failed. */
  onErrors(scope: Construct, of: IFunction, task: string): void {
    const metric = of.metricErrors({ period: Duration.minutes(5), statistic: "Sum" });
    this.#alarm(scope, "ErrorsAlarm", metric, {
      above: 0,
      times: 2,
      section: "function-errors",
      what: `${task} fails`,
    });
  }

  /** Something arrived in a dead-letter queue. */
  onDepth(scope: Construct, of: Queue, section: string): void {
    const metric = of.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(1),
      statistic: "Maximum",
    });
    this.#alarm(scope, `${of.node.id}Alarm`, metric, {
      above: 0,
      times: 1,
      section,
      what: `${of.node.path} holds messages`,
    });
  }

  /** A queue's work is not being done. */
  onOldMessages(scope: Construct, of: Queue, seconds: number): void {
    const metric = of.metricApproximateAgeOfOldestMessage({
      period: Duration.minutes(5),
      statistic: "Maximum",
    });
    const what = `${of.node.path} is not being worked off`;
    this.#alarm(scope, "AgeAlarm", metric, { above: seconds, times: 1, section: "old-messages", what });
  }

  /** The reconciler did not run at all: missing data is the alarm. */
  onSilence(scope: Construct, of: IFunction): void {
    const metric = of.metricInvocations({ period: Duration.minutes(5), statistic: "Sum" });
    new Alarm(scope, "SilenceAlarm", {
      metric,
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription:
        "The reconciler has not run for 15 minutes: no backup is made. docs/runbook.md#reconciler-silent",
    }).addAlarmAction(new SnsAction(this.#page));
  }

  #alarm(
    scope: Construct,
    id: string,
    metric: IMetric,
    { above, times, section, what }: { above: number; times: number; section: string; what: string },
  ): void {
    new Alarm(scope, id, {
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: times,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${what}. docs/runbook.md#${section}`,
    }).addAlarmAction(new SnsAction(this.#page));
  }
}
