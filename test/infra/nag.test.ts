import { Stack } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks } from "cdk-nag";
import { expect, test } from "vitest";
import { loadEnvironment } from "../../infra/load-environment.ts";
import { assemble } from "../../infra/templates.ts";
import { propagating } from "./environments.ts";

const complaints = (app: ReturnType<typeof assemble>["app"]) =>
  new AwsSolutionsChecks()
    .validateScope(app)
    .violations.map(({ ruleName, violatingResources }) => [
      ruleName,
      violatingResources.map(({ constructPath }) => constructPath),
    ]);

test.each(["local", "dev", "prod"])("cdk-nag's AwsSolutions has nothing against %s", async (name) => {
  expect(complaints(assemble(await loadEnvironment(name)).app)).toEqual([]);
});

test("nor against deletions that propagate and keys of the customer's own", () => {
  expect(complaints(assemble(propagating).app)).toEqual([]);
});

test("it would complain", async () => {
  const { app } = assemble(await loadEnvironment("dev"));
  new Queue(new Stack(app, "careless"), "Queue");
  expect(complaints(app)).toEqual([
    ["AwsSolutions-SQS3", ["careless/Queue/Resource"]],
    ["AwsSolutions-SQS4", ["careless/Queue/Resource"]],
  ]);
});
