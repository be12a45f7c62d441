import { App, Duration, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import { AwsSolutionsChecks } from "cdk-nag";
import { expect, test } from "vitest";
import type { TaskName } from "../../infra/constructs/bundles.ts";
import { Task, type TaskProps } from "../../infra/constructs/task.ts";
import { prod } from "./environments.ts";

/** A stack with a durable task that an ordinary one may invoke. */
function durableTask(code = "1") {
  const app = new App();
  const stack = new Stack(app, "stack", { env: { account: prod.account, region: prod.recoveryRegion } });
  const page = Topic.fromTopicArn(stack, "Page", "arn:aws:sns:eu-central-1:111122223333:page");
  const make = (task: TaskName, more: Partial<TaskProps> = {}) =>
    new Task(stack, task, {
      environment: prod,
      task,
      bundles: () => Code.fromInline(`export const handler = () => ${code};`),
      timeout: Duration.minutes(15),
      memoryMiB: 512,
      page,
      ...more,
    });
  const durable = { executionTimeout: Duration.days(3), retention: Duration.days(30) };
  const task = make("check", { durable });
  task.letInvoke(make("reconcile"));
  return { app, template: Template.fromStack(stack) };
}

const version = ({ template }: ReturnType<typeof durableTask>) =>
  Object.entries(template.findResources("AWS::Lambda::Version"))[0] ?? ["", {}];

test("a durable task is made durable at its creation, with its limits", () => {
  durableTask().template.hasResourceProperties("AWS::Lambda::Function", {
    FunctionName: "holdfast-prod-check",
    DurableConfig: { ExecutionTimeout: 259_200, RetentionPeriodInDays: 30 },
  });
});

test("its alias means its newest version; older ones stay, for executions that began with them", () => {
  const made = durableTask();
  const [id, resource] = version(made);

  expect(resource).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
  made.template.hasResourceProperties("AWS::Lambda::Alias", {
    Name: "live",
    FunctionVersion: { "Fn::GetAtt": [id, "Version"] },
  });
  expect(version(durableTask("2"))[0]).not.toBe(id);
});

test("it may checkpoint its own executions, and is invoked by its alias alone", () => {
  const { template } = durableTask();
  const statements = Object.values(template.findResources("AWS::IAM::Policy")).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement,
  );
  const [aliasId = ""] = Object.keys(template.findResources("AWS::Lambda::Alias"));

  expect(statements).toContainEqual({
    Effect: "Allow",
    Action: ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"],
    Resource: "arn:aws:lambda:eu-central-1:111122223333:function:holdfast-prod-check:*",
  });
  expect(statements.filter(({ Action }) => Action === "lambda:InvokeFunction")).toEqual([
    { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: { Ref: aliasId } },
  ]);
});

test("cdk-nag's AwsSolutions has nothing against it", () => {
  expect(new AwsSolutionsChecks().validateScope(durableTask().app).violations).toEqual([]);
});
