import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import type { Construct } from "constructs";
import type { Task } from "./task.ts";

/** What a schedule may say besides how often. */
export type RunsProps = {
  /** What the task is told. @default - nothing but for when it was scheduled */
  readonly input?: Record<string, string>;
  /**
   * Whether it pages when it was not run. Only what runs daily or more often can: CloudWatch looks back for a week.
   * @default true
   */
  readonly alarmed?: boolean;
};

/**
 * Runs a task every so many minutes by EventBridge Scheduler. Retries end before the next run is due; what could
 * not be delivered goes to the task's dead letters. UTC has no hour that is skipped.
 */
export function runEvery(
  scope: Construct,
  id: string,
  minutes: number,
  task: Task,
  { input = {}, alarmed = true }: RunsProps = {},
): void {
  const { functionArn } = task.function;
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal("scheduler.amazonaws.com") });
  // Written out: grantInvoke would allow every version and alias besides.
  role.addToPolicy(new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [functionArn] }));
  task.deadLetters.grantSendMessages(role);
  new CfnSchedule(scope, id, {
    description: `Runs ${task.name} every ${minutes} ${minutes === 1 ? "minute" : "minutes"}`,
    scheduleExpression: `rate(${minutes} ${minutes === 1 ? "minute" : "minutes"})`,
    scheduleExpressionTimezone: "UTC",
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: functionArn,
      roleArn: role.roleArn,
      input: JSON.stringify({ scheduledTime: "<aws.scheduler.scheduled-time>", ...input }),
      deadLetterConfig: { arn: task.deadLetters.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: minutes * 60, maximumRetryAttempts: 5 },
    },
  });
  if (alarmed && minutes <= 1_440) task.watchRuns(minutes);
}
