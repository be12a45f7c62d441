import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { functionName, queueName, roleName } from "../../functions/core/names.ts";
import type { HoldfastVariables } from "../../functions/env.ts";
import { pagingAlarm } from "./alarm.ts";
import type { Bundles, TaskName } from "./bundles.ts";
import { letRulesSend } from "./rules.ts";

/** What a function is made from. */
export type TaskProps = {
  readonly environment: Environment;
  readonly task: TaskName;
  readonly bundles: Bundles;
  readonly timeout: Duration;
  readonly memoryMiB: number;
  readonly page: ITopic;
  /** @default - none: the function reads no variable of ours */
  readonly variables?: HoldfastVariables;
  /**
   * Options for Node.
   * @default - Lambda's own
   */
  readonly nodeOptions?: string;
};

/**
 * One function with all that is its own: role, log group, dead letters, alarms. Its role can do nothing but write
 * its log and what `allow` gives it.
 */
export class Task extends Construct {
  readonly name: TaskName;
  readonly function: LambdaFunction;
  /** Where everything ends that was meant for this function and could not be delivered or done. */
  readonly deadLetters: Queue;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: TaskProps) {
    super(scope, id);
    const { environment, task } = props;
    const locked = environment.profile === "protected";
    this.name = task;
    this.#role = new Role(this, "Role", {
      roleName: roleName(environment, task, Stack.of(this).region),
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    });
    this.deadLetters = new Queue(this, "DeadLetters", {
      queueName: `${queueName(environment, task)}-dlq`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    letRulesSend(this.deadLetters, environment);
    Validations.of(this.deadLetters).acknowledge({
      id: "AwsSolutions-SQS3",
      reason: "It is the dead-letter queue, also of rules, schedules and asynchronous invocations.",
    });
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${functionName(environment, task)}`,
      retention: locked ? RetentionDays.ONE_YEAR : RetentionDays.ONE_MONTH,
      removalPolicy: locked ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(this.#role);
    this.function = new LambdaFunction(this, "Function", {
      functionName: functionName(environment, task),
      code: props.bundles(task),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      role: this.#role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      deadLetterQueue: this.deadLetters,
      environment: { ...props.variables, ...(props.nodeOptions ? { NODE_OPTIONS: props.nodeOptions } : {}) },
    });
    this.#watch(props);
  }

  /** Allows the task something. A resource with a wildcard needs the reason why no other can be named. */
  allow(
    actions: string[],
    resources: string[],
    about: { why?: string; when?: Record<string, Record<string, string>> } = {},
  ): void {
    if (resources.length === 0) return;
    for (const resource of resources.filter((one) => one.includes("*"))) {
      if (!about.why) throw new Error(`${this.name}: ${actions} on ${resource} has no reason`);
      Validations.of(this.#role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${resource}]`,
        reason: about.why,
      });
    }
    const conditions = about.when ? { conditions: about.when } : {};
    this.#role.addToPolicy(new PolicyStatement({ actions, resources, ...conditions }));
  }

  #watch({ page, task }: TaskProps): void {
    // One error may be a passing fault, and everything is tried again; two periods in fifteen minutes are not.
    pagingAlarm(this, "Errors", {
      metric: this.function.metricErrors({ period: Duration.minutes(5) }),
      says: `${task} keeps failing.`,
      section: "alarm-errors",
      page,
      threshold: 1,
      periods: { over: 2, of: 3 },
    });
    pagingAlarm(this, "DeadLetterDepth", {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      says: `Something that ${task} was to do has been given up.`,
      section: "alarm-dead-letters",
      page,
      threshold: 1,
    });
  }
}
