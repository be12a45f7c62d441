import { AwsSolutionsChecks } from "cdk-nag";
import { expect, test } from "vitest";
import { assemble, type Resource, type Template } from "../../infra/templates.ts";
import { rolesOf } from "../../scripts/statements.ts";
import { bucketDrilled, dev, prod } from "./environments.ts";
import { templatesOf } from "./synthesized.ts";

const { app, templates } = assemble(prod);
const recovery = templates.find(({ stack }) => stack === "holdfast-prod-recovery") as Template;
const of = (type: string): [string, Resource][] =>
  Object.entries(recovery.resources).filter(([, { Type }]) => Type === type);
const groupOf = (description: RegExp) =>
  of("AWS::EC2::SecurityGroup").find(([, { Properties }]) => description.test(Properties.GroupDescription));
const idOf = (value: { "Fn::GetAtt": [string, string] }) => value["Fn::GetAtt"][0];
const network = /^AWS::(EC2|RDS)::/;

test("there is a network for drills in the recovery region, only where databases are drilled", () => {
  const withNetwork = (from: Template[]) =>
    from.filter(({ resources }) => Object.values(resources).some(({ Type }) => network.test(Type)));

  expect(withNetwork(templates).map(({ stack }) => stack)).toEqual(["holdfast-prod-recovery"]);
  expect(withNetwork(templatesOf(dev))).toEqual([]);
  expect(withNetwork(templatesOf(bucketDrilled))).toEqual([]);
});

test("nothing leads out of it or into it: no gateway, no peering, no route, no public address", () => {
  const types = Object.values(recovery.resources).map(({ Type }) => Type);

  expect([...new Set(types.filter((type) => network.test(type)))].sort()).toEqual([
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::RDS::DBSubnetGroup",
  ]);
  for (const [, { Properties }] of of("AWS::EC2::Subnet"))
    expect(Properties.MapPublicIpOnLaunch ?? false).toBe(false);
});

test("its subnets are in two zones, as RDS wants them, under the name that drills restore into", () => {
  const zones = of("AWS::EC2::Subnet").map(
    ([, { Properties }]) => Properties.AvailabilityZone["Fn::Select"][0],
  );
  const [[, group] = []] = of("AWS::RDS::DBSubnetGroup");

  expect(zones).toEqual([0, 1]);
  expect(group?.Properties.DBSubnetGroupName).toBe("holdfast-prod-drill");
  expect(group?.Properties.SubnetIds).toEqual(of("AWS::EC2::Subnet").map(([id]) => ({ Ref: id })));
});

test("clones let in the checker alone and send nothing; the endpoint is the checker's too", () => {
  const [clones, checker, endpoints] = [/^Databases that/, /^Checks/, /^Secrets Manager/].map(groupOf);
  const ingress = of("AWS::EC2::SecurityGroupIngress").map(([, { Properties }]) => [
    idOf(Properties.GroupId),
    idOf(Properties.SourceSecurityGroupId),
    Properties.ToPort,
  ]);

  expect(ingress.sort()).toEqual(
    [
      [clones?.[0], checker?.[0], 65_535],
      [endpoints?.[0], checker?.[0], 443],
    ].sort(),
  );
  for (const group of [clones, checker, endpoints])
    expect(group?.[1].Properties.SecurityGroupIngress).toBeUndefined();
  for (const group of [clones, endpoints])
    expect(group?.[1].Properties.SecurityGroupEgress).toMatchObject([{ CidrIp: "255.255.255.255/32" }]);
  expect(checker?.[1].Properties.SecurityGroupEgress).toMatchObject([
    { CidrIp: "10.0.0.0/24", IpProtocol: "tcp" },
  ]);
});

test("the checker runs there, and waits for its right to", () => {
  const [id, { Properties, ...checker }] = of("AWS::Lambda::Function").find(
    ([, one]) => one.Properties.FunctionName === "holdfast-prod-check",
  ) as [string, Resource & { DependsOn?: string[] }];

  expect(Properties.VpcConfig.SubnetIds).toHaveLength(2);
  expect(Properties.VpcConfig.SecurityGroupIds.map(idOf)).toEqual([groupOf(/^Checks/)?.[0]]);
  expect(
    checker.DependsOn?.some((one) => one.startsWith("PlaneCheckRoleDefaultPolicy")),
    id,
  ).toBe(true);
});

test("the checker may read passwords of clones, and nothing else at all", () => {
  const role = rolesOf(recovery).find((one) => one.of === "holdfast-prod-check");
  const statements = role?.statements.filter(({ actions }) => !/^(logs|sqs):/.test(actions[0] ?? ""));
  const secret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret";
  const rds = "arn:aws:rds:eu-central-1:111122223333";

  expect(statements?.filter(({ actions }) => !actions[0]?.startsWith("ec2:"))).toEqual([
    {
      effect: "Allow",
      actions: ["secretsmanager:GetSecretValue"],
      resources: [`${secret}:rds!db-*`],
      conditions: [`StringLike aws:ResourceTag/aws:rds:primaryDBInstanceArn ${rds}:db:prod-*-drill-*`],
    },
    {
      effect: "Allow",
      actions: ["secretsmanager:GetSecretValue"],
      resources: [`${secret}:rds!cluster-*`],
      conditions: [`StringLike aws:ResourceTag/aws:rds:primaryDBClusterArn ${rds}:cluster:prod-*-drill-*`],
    },
  ]);
  const [allowed, denied] = statements?.filter(({ actions }) => actions[0]?.startsWith("ec2:")) ?? [];
  expect([allowed?.effect, denied?.effect]).toEqual(["Allow", "Deny"]);
  expect(denied?.actions).toEqual(allowed?.actions);
  expect(denied?.conditions).toEqual([
    "ArnEquals lambda:SourceFunctionArn arn:aws:lambda:eu-central-1:111122223333:function:holdfast-prod-check",
  ]);
});

test("through the endpoint the checker alone reads secrets that RDS made", () => {
  const [[, endpoint] = []] = of("AWS::EC2::VPCEndpoint");

  expect(endpoint?.Properties).toMatchObject({
    ServiceName: "com.amazonaws.eu-central-1.secretsmanager",
    PrivateDnsEnabled: true,
    PolicyDocument: {
      Statement: [
        {
          Effect: "Allow",
          Action: "secretsmanager:GetSecretValue",
          Resource: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!*",
          Condition: {
            ArnEquals: {
              "aws:PrincipalArn": "arn:aws:iam::111122223333:role/holdfast-prod-check-eu-central-1",
            },
          },
        },
      ],
    },
  });
});

test("cdk-nag's AwsSolutions has nothing against it", () => {
  expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
});
