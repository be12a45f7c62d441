import { expect, test } from "vitest";
import { templatesOf } from "../../infra/templates.ts";
import { rolesOf } from "../../scripts/statements.ts";
import { hydrating, prod } from "./environments.ts";

/*
 * What reads a restored database whole: where it is, and what it may.
 */
const templates = templatesOf(hydrating);
const planes = [
  { stack: "holdfast-prod-protection", region: "eu-west-1", digit: 0 },
  { stack: "holdfast-prod-recovery", region: "eu-central-1", digit: 1 },
];
const functionsOf = (all: typeof templates, stack: string) =>
  Object.values(all.find((one) => one.stack === stack)?.resources ?? {}).filter(
    ({ Type }) => Type === "AWS::Lambda::Function",
  );

test.each(planes)("in $region it is in the network that the environment names there", ({ stack, digit }) => {
  const fn = functionsOf(templates, stack).find(
    ({ Properties }) => Properties.FunctionName === "holdfast-prod-hydrate",
  );
  expect(fn?.Properties).toMatchObject({
    VpcConfig: {
      SubnetIds: [`subnet-0123456789abcdef${digit}`],
      SecurityGroupIds: [`sg-0123456789abcdef${digit}`],
    },
    Timeout: 780,
  });
});

test.each(planes)(
  "in $region it may read passwords of what restores made, and the source's secret",
  ({ stack, region }) => {
    const roles = rolesOf(templates.find((one) => one.stack === stack) as (typeof templates)[number]);
    const role = roles.find((one) => one.of === "holdfast-prod-hydrate");
    const allowed = role?.statements.filter(({ effect }) => effect === "Allow") ?? [];
    const own = allowed.filter(({ actions }) => !actions.every((action) => /^(logs|sqs|ec2):/.test(action)));
    const secret = `arn:aws:secretsmanager:${region}:111122223333:secret`;
    const database = `arn:aws:rds:${region}:111122223333:db`;
    const tag = "aws:ResourceTag/aws:rds:primaryDBInstanceArn";
    expect(own).toEqual([
      {
        effect: "Allow",
        actions: ["secretsmanager:GetSecretValue"],
        resources: [`${secret}:orders-reader-AbCdEf`],
        conditions: [],
      },
      {
        effect: "Allow",
        actions: ["secretsmanager:GetSecretValue"],
        resources: [`${secret}:rds!db-*`],
        conditions: [
          `StringLike ${tag} ${database}:orders-db*-????????t??????z`,
          `StringNotLike ${tag} ${database}:*-before-????????t??????z | ${database}:*-undone-????????t??????z`,
        ],
      },
    ]);
    const others = roles.filter(({ statements }) =>
      statements.some(
        ({ actions, resources }) =>
          actions.includes("lambda:InvokeFunction") && resources.join().includes("holdfast-prod-hydrate"),
      ),
    );
    expect(others.map(({ of }) => of)).toEqual(["holdfast-prod-restore"]);
  },
);

test("without a network there is none, and with one of a region none in the other", () => {
  const named = (all: typeof templates, stack: string) =>
    functionsOf(all, stack).filter(({ Properties }) => String(Properties.FunctionName).includes("hydrate"))
      .length;
  const half = { ...hydrating, restores: { hydrate: { recovery: hydrating.restores?.hydrate?.recovery } } };
  expect(planes.map(({ stack }) => named(templatesOf(prod), stack))).toEqual([0, 0]);
  expect(planes.map(({ stack }) => named(templatesOf(half as typeof hydrating), stack))).toEqual([0, 1]);
});
