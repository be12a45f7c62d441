import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { type ISecurityGroup, type IVpc, SubnetType } from "aws-cdk-lib/aws-ec2";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  CfnAlias,
  type CfnFunction,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { durableAlias, functionName, queueName, roleName } from "../../functions/core/names.ts";
import type { HoldfastVariables } from "../../functions/env.ts";
import { pagingAlarm, silenceAlarm, silentAfterMinutes } from "./alarm.ts";
import { regionalArn } from "./arns.ts";
import type { Bundles, TaskName } from "./bundles.ts";
import { letRulesSend } from "./rules.ts";

/** What a function is made from. */
export type TaskProps = {
  readonly environment: Environment;
  readonly task: TaskName;
  /**
   * Of which source it is, where each has its own.
   * @default - there is one for all
   */
  readonly of?: string;
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
  /**
   * A file of certificates that Node trusts besides its own.
   * @default - none
   */
  readonly certificates?: string;
  /**
   * Makes it a durable function (functions/durable.ts). Lambda takes that at creation only: adding it to a task that is
   * deployed, or taking it away, needs another task name.
   * @default - an ordinary function
   */
  readonly durable?: Durable;
  /**
   * The network in which it runs.
   * @default - none of ours: it reaches AWS's public endpoints
   */
  readonly network?: Network | Subnets;
};

/** How long a durable task's executions may take, and how long what is kept of them can be read after their end. */
export type Durable = { readonly executionTimeout: Duration; readonly retention: Duration };

/** Subnets that a function runs in, and what may reach it there. */
export type Network = { readonly vpc: IVpc; readonly securityGroup: ISecurityGroup };

/** A network that somebody else made, by its ids. */
export type Subnets = { readonly subnetIds: string[]; readonly securityGroupIds: string[] };

/**
 * One function with all that is its own: role, log group, dead letters, alarms. Its role can do nothing but write
 * its log and what `allow` gives it.
 */
export class Task extends Construct {
  /** What it is called in AWS, without the environment's name. */
  readonly name: string;
  readonly function: LambdaFunction;
  /** What others invoke: of a durable task the alias of its newest version, else the function itself. */
  readonly invokedArn: string;
  /** Where everything ends that was meant for this function and could not be delivered or done. */
  readonly deadLetters: Queue;
  readonly #role: Role;
  readonly #executions: string;
  readonly #props: TaskProps;

  constructor(scope: Construct, id: string, props: TaskProps) {
    super(scope, id);
    this.#props = props;
    const { environment } = props;
    const locked = environment.profile === "protected";
    const name = props.of ? `${props.task}-${props.of}` : props.task;
    this.name = name;
    const executions = `function:${functionName(environment, name)}:*`;
    this.#executions = regionalArn(environment, "lambda", Stack.of(this).region, executions);
    this.#role = new Role(this, "Role", {
      roleName: roleName(environment, name, Stack.of(this).region),
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    });
    this.deadLetters = new Queue(this, "DeadLetters", {
      queueName: `${queueName(environment, name)}-dlq`,
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
      logGroupName: `/aws/lambda/${functionName(environment, name)}`,
      retention: locked ? RetentionDays.ONE_YEAR : RetentionDays.ONE_MONTH,
      removalPolicy: locked ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(this.#role);
    this.function = new LambdaFunction(this, "Function", {
      functionName: functionName(environment, name),
      code: props.bundles(props.task),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      role: this.#role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      deadLetterQueue: this.deadLetters,
      environment: {
        ...props.variables,
        ...(props.nodeOptions ? { NODE_OPTIONS: props.nodeOptions } : {}),
        ...(props.certificates ? { NODE_EXTRA_CA_CERTS: props.certificates } : {}),
      },
      ...(props.durable ? durably(props.durable) : {}),
      ...(props.network && "vpc" in props.network ? within(props.network) : {}),
    });
    if (props.network && "subnetIds" in props.network) this.#joinSubnets(props.network);
    this.invokedArn = props.durable ? this.#publish() : this.function.functionArn;
    if (props.network) this.#joinNetwork(environment);
    this.#watch(props);
  }

  /** Lets another task invoke this one: a durable one by its alias alone. */
  letInvoke(other: Task): void {
    other.allow(["lambda:InvokeFunction"], [this.invokedArn]);
  }

  /** Lets another task ask whether an execution of this durable one goes on. */
  letAskAbout(other: Task): void {
    other.allow(["lambda:GetDurableExecution"], [this.#executions], { why: whyExecutions });
  }

  /** Allows the task something. A resource with a wildcard needs the reason why no other can be named. */
  allow(
    actions: string[],
    resources: string[],
    about: { why?: string; when?: Record<string, Record<string, string | string[]>> } = {},
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

  /** A durable task is invoked by an alias: an execution goes on with the version that it began with. */
  #publish(): string {
    const actions = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"];
    this.allow(actions, [this.#executions], { why: whyExecutions });
    const { functionName: name, currentVersion } = this.function;
    const live = { functionName: name, functionVersion: currentVersion.version, name: durableAlias };
    return new CfnAlias(this, "Live", live).ref;
  }

  /** By the resource's own property: the L2 asks for a whole VPC, of which only its owner knows more. */
  #joinSubnets(vpcConfig: Subnets): void {
    (this.function.node.defaultChild as CfnFunction).vpcConfig = vpcConfig;
  }

  /** Lambda puts a function into a network with the function's own rights (Lambda developer guide, VPC). */
  #joinNetwork(environment: Environment): void {
    const actions = [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses",
    ];
    const why = "Lambda makes the function's network interfaces; the function's own code is denied it.";
    this.allow(actions, ["*"], { why });
    const itself = regionalArn(
      environment,
      "lambda",
      Stack.of(this).region,
      `function:${functionName(environment, this.name)}`,
    );
    this.#role.addToPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions,
        resources: ["*"],
        conditions: { ArnEquals: { "lambda:SourceFunctionArn": itself } },
      }),
    );
  }

  /** Pages when the task, which a schedule runs every so many minutes, was not run three times. Of schedules the first counts. */
  watchRuns(everyMinutes: number): void {
    if (this.node.tryFindChild("NotRunning")) return;
    const { environment, page } = this.#props;
    const minutes = silentAfterMinutes(everyMinutes);
    silenceAlarm(this, "NotRunning", {
      ...{ environment, name: `${this.name}-not-running` },
      metric: this.function.metricInvocations(),
      everyMinutes,
      says: `${this.name} has not run for ${minutes} minutes.`,
      section: "alarm-not-running",
      page,
    });
  }

  #watch({ environment, page }: TaskProps): void {
    const task = this.name;
    // One error may be a passing fault, and everything is tried again; two periods in fifteen minutes are not.
    pagingAlarm(this, "Errors", {
      ...{ environment, name: `${task}-errors` },
      metric: this.function.metricErrors({ period: Duration.minutes(5) }),
      says: `${task} keeps failing.`,
      section: "alarm-errors",
      page,
      threshold: 1,
      periods: { over: 2, of: 3 },
    });
    pagingAlarm(this, "DeadLetterDepth", {
      ...{ environment, name: `${task}-dead-letters` },
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      says: `Something that ${task} was to do has been given up.`,
      section: "alarm-dead-letters",
      page,
      threshold: 1,
    });
  }
}

const whyExecutions = "Lambda checks it against an execution's ARN, with its version, name and id in it.";

function durably({ executionTimeout, retention }: Durable) {
  return {
    durableConfig: { executionTimeout, retentionPeriod: retention },
    // Executions under way go on with their version; one that is gone would end them.
    currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
  };
}

function within({ vpc, securityGroup }: Network) {
  return { vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED }, securityGroups: [securityGroup] };
}
