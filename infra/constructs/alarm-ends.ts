import { Stack } from "aws-cdk-lib";
import { EventField, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { alarmName } from "./alarm.ts";
import { regionalArn } from "./arns.ts";
import { route } from "./rules.ts";

/** Tells `page` when one of the environment's alarms in this region is over, and nothing of those that never began. */
export function tellEnds(
  scope: Construct,
  environment: Environment,
  { page, deadLetters }: { page: ITopic; deadLetters: IQueue },
): void {
  const alarms = `alarm:${alarmName(environment, "")}`;
  const name = EventField.fromPath("$.detail.alarmName");
  const at = EventField.fromPath("$.time");
  route(scope, "AlarmEnds", {
    pattern: {
      source: ["aws.cloudwatch"],
      detailType: ["CloudWatch Alarm State Change"],
      resources: [
        { prefix: regionalArn(environment, "cloudwatch", Stack.of(scope).region, alarms) },
      ] as never,
      detail: { state: { value: ["OK"] }, previousState: { value: ["ALARM"] } },
    },
    to: new SnsTopic(page, {
      message: RuleTargetInput.fromText(`OK: ${name} in ${Stack.of(scope).region}, over since ${at}`),
      deadLetterQueue: deadLetters,
    }),
  });
}
