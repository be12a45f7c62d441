import { Duration } from "aws-cdk-lib";
import { type EventPattern, type IEventBus, type IRuleTarget, Rule } from "aws-cdk-lib/aws-events";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IQueue, Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { busName } from "../../functions/core/names.ts";
import { regionalArn } from "./arns.ts";

/** One rule: what it matches, on which bus, and where it sends it. */
export type RouteProps = {
  readonly pattern: EventPattern;
  /** @default - the account's default bus, on which AWS's services put their events */
  readonly bus?: IEventBus;
  readonly to: IRuleTarget;
};

/** A rule with one target. */
export function route(scope: Construct, id: string, { pattern, bus, to }: RouteProps): void {
  new Rule(scope, id, { eventPattern: pattern, targets: [to], ...(bus ? { eventBus: bus } : {}) });
}

/**
 * A queue as a rule's target. CDK's own would add a statement to both queues' policies for each rule, and a queue
 * policy holds 20 (SQS developer guide, quotas); `letRulesSend` gives one for all rules instead.
 */
export function into(queue: IQueue, deadLetters: IQueue): IRuleTarget {
  return {
    bind: () => ({
      arn: queue.queueArn,
      deadLetterConfig: { arn: deadLetters.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: Duration.days(1).toSeconds(), maximumRetryAttempts: 185 },
    }),
  };
}

/** Lets the environment's rules, on its own bus and on the default one, send to the queue. */
export function letRulesSend(queue: Queue, environment: Environment): void {
  const { name } = environment;
  const { region } = queue.env;
  queue.addToResourcePolicy(
    new PolicyStatement({
      sid: "RulesSend",
      principals: [new ServicePrincipal("events.amazonaws.com")],
      actions: ["sqs:SendMessage"],
      resources: [queue.queueArn],
      conditions: {
        ArnLike: {
          // A rule's name begins with its stack's.
          "aws:SourceArn": [
            regionalArn(environment, "events", region, `rule/holdfast-${name}-*`),
            regionalArn(environment, "events", region, `rule/${busName(environment)}/*`),
          ],
        },
      },
    }),
  );
}

/** The environment's bus in the other region as a rule's target: same account, so the role's right is enough. */
export function intoOtherBus(
  scope: Construct,
  environment: Environment,
  region: string,
  deadLetters: IQueue,
): IRuleTarget {
  const arn = regionalArn(environment, "events", region, `event-bus/${busName(environment)}`);
  const role = new Role(scope, "ForwardRole", { assumedBy: new ServicePrincipal("events.amazonaws.com") });
  role.addToPolicy(new PolicyStatement({ actions: ["events:PutEvents"], resources: [arn] }));
  return { bind: () => ({ arn, role, deadLetterConfig: { arn: deadLetters.queueArn } }) };
}
