import { expect, test } from "vitest";
import { rolesOf } from "../../scripts/statements.ts";
import { beating, prod } from "./environments.ts";
import { templatesOf } from "./synthesized.ts";

const templates = templatesOf(beating);
const primary = templates.find(({ stack }) => stack === "holdfast-prod-protection");
const of = (type: string) => Object.values(primary?.resources ?? {}).filter(({ Type }) => Type === type);

test("a source with a heartbeat has a function of its own in its own network, run each minute", () => {
  const fn = of("AWS::Lambda::Function").find(
    ({ Properties }) => Properties.FunctionName === "holdfast-prod-heartbeat-orders",
  );
  expect(fn?.Properties).toMatchObject({
    VpcConfig: { SubnetIds: ["subnet-0123456789abcdef0"], SecurityGroupIds: ["sg-0123456789abcdef0"] },
    Timeout: 30,
  });
  // The watch looks each minute too.
  const schedule = of("AWS::Scheduler::Schedule").find(
    ({ Properties }) =>
      Properties.ScheduleExpression === "rate(1 minute)" && /secretArn/.test(Properties.Target.Input),
  );
  expect(JSON.parse(schedule?.Properties.Target.Input)).toEqual({
    scheduledTime: "<aws.scheduler.scheduled-time>",
    secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-beat-AbCdEf",
    database: "shop",
  });
});

test("it may read its own secret and nothing else of AWS", () => {
  const role = templates.flatMap(rolesOf).find((one) => one.of === "holdfast-prod-heartbeat-orders");
  const allowed = role?.statements.filter(({ effect }) => effect === "Allow") ?? [];
  expect(
    allowed
      .filter(({ actions }) => !actions.every((action) => /^(logs|sqs|ec2):/.test(action)))
      .map(({ actions, resources }) => [actions, resources]),
  ).toEqual([
    [
      ["secretsmanager:GetSecretValue"],
      ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-beat-AbCdEf"],
    ],
  ]);
});

test("without being asked for there is none", () => {
  const names = templatesOf(prod).flatMap(({ resources }) =>
    Object.values(resources).flatMap(({ Type, Properties }) =>
      Type === "AWS::Lambda::Function" ? [String(Properties.FunctionName)] : [],
    ),
  );
  expect(names.filter((name) => name.includes("heartbeat"))).toEqual([]);
});
