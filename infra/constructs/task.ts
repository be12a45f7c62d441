import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { functionName, queueName } from "../../functions/core/names.ts";
import type { HoldfastVariable } from "../../functions/env.ts";
import type { Alarms } from "./alarms.ts";
import type { TaskName } from "./bundle.ts";
import { deadLetterQueue } from "./task-queue.ts";
import { allow } from "./vault.ts";

/** What every task of a region is given. */
export type Surroundings = {
  environment: Environment;
  region: string;
  codeOf: (task: TaskName) => string;
  variables: Record<HoldfastVariable, string>;
  alarms: Alarms;
};

/** One Lambda function with a role, a log group and alarms of its own, and a place for asynchronous events that fail. */
export class Task extends Construct {
  readonly function: LambdaFunction;

  constructor(
    scope: Construct,
    task: TaskName,
    { environment, region, codeOf, variables, alarms }: Surroundings,
    sizes: { memoryMb: number; timeoutSeconds: number },
  ) {
    super(scope, task);
    const name = functionName(environment, task);
    const kept = environment.profile === "protected";
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/holdfast/${environment.name}/${task}`,
      retention: kept ? RetentionDays.ONE_YEAR : RetentionDays.ONE_MONTH,
      removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", {
      roleName: `${name}-${region}`,
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    });
    allow(role, ["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn]);
    const failed = deadLetterQueue(this, "Failed", {
      name: `${queueName(environment, task)}-failed`,
      alarms,
      section: "dead-letters",
    });
    this.function = new LambdaFunction(this, "Function", {
      functionName: name,
      code: Code.fromAsset(codeOf(task)),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: sizes.memoryMb,
      timeout: Duration.seconds(sizes.timeoutSeconds),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: variables,
      onFailure: new SqsDestination(failed),
    });
    alarms.onErrors(this, this.function, task);
  }
}
