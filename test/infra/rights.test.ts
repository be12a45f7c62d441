import { expect, test } from "vitest";
import { type RoleRights, resourcePoliciesOf, rolesOf } from "../../scripts/statements.ts";
import { bucketDrilled, dev, prod, propagating } from "./environments.ts";
import { templatesOf } from "./synthesized.ts";

const roles = templatesOf(prod).flatMap(rolesOf);
const allowed = (role: RoleRights) => role.statements.filter(({ effect }) => effect === "Allow");

test("no statement of any policy allows a bare * or a whole service", () => {
  for (const environment of [prod, dev, propagating, bucketDrilled]) {
    for (const template of templatesOf(environment)) {
      const policies = [...rolesOf(template).map(({ of, statements }) => [of, statements] as const)];
      for (const [of, statements] of [...policies, ...resourcePoliciesOf(template)]) {
        for (const { effect, actions, resources } of statements) {
          if (effect === "Deny") continue;
          // AWS's default key policy: without it IAM policies have no say over the key, and nobody can mend it
          // (KMS developer guide, default key policy).
          if (/Key/.test(of) && actions.includes("kms:*") && resources.join() === "*") continue;
          for (const action of actions) expect(action, of).not.toMatch(/^\*$|^[a-z0-9-]+:\*$/);
        }
      }
    }
  }
});

test("no role's action has a wildcard at all", () => {
  const actions = roles.flatMap(allowed).flatMap(({ actions }) => actions);
  expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  expect(actions.length).toBeGreaterThan(50);
});

test("only API Gateway may invoke the function that believes it about who asks, and only of its own API", () => {
  let found = 0;
  for (const { resources } of templatesOf(prod)) {
    const all = Object.entries(resources);
    const [api] = all.find(([, { Properties }]) => Properties?.FunctionName === "holdfast-prod-api") ?? [];
    if (!api) continue;
    found += 1;
    const permissions = all.filter(
      ([, { Type, Properties }]) =>
        Type === "AWS::Lambda::Permission" && JSON.stringify(Properties).includes(`"${api}"`),
    );
    expect(permissions.map(([, { Properties }]) => Properties)).toEqual([
      expect.objectContaining({
        Principal: "apigateway.amazonaws.com",
        SourceArn: { "Fn::Join": ["", expect.arrayContaining([expect.stringContaining("execute-api")])] },
      }),
    ]);
  }
  expect(found).toBe(2);
  const may = roles.flatMap(allowed).filter(({ actions }) => actions.includes("lambda:InvokeFunction"));
  expect(may.length).toBeGreaterThan(2);
  expect(may.flatMap(({ resources }) => resources).filter((one) => /-api(:|$)/.test(one))).toEqual([]);
});

/** Which action may have which wildcard, and why AWS leaves no other choice. */
const wildcards: { actions: RegExp; resource: RegExp; why: string }[] = [
  {
    actions: /^lambda:SendDurableExecutionCallback(Success|Failure)$/,
    resource: /^arn:aws:lambda:[a-z0-9-]+:111122223333:function:holdfast-prod-restore:\*$/,
    why: "an execution's ARN has its version, name and id in it",
  },
  {
    actions: /^(rds:DescribeAccountAttributes|s3:ListAllMyBuckets)$/,
    resource: /^\*$/,
    why: "the Service Authorization Reference names no resource type for them",
  },
  {
    actions: /^cloudwatch:(Put|Get)MetricData$/,
    resource: /^\*$/,
    why: "CloudWatch knows no resource for them; a condition narrows writing to our namespace",
  },
  {
    actions:
      /^sns:(CheckIfPhoneNumberIsOptedOut|GetSMSAttributes|GetSMSSandboxAccountStatus|ListSMSSandboxPhoneNumbers)$/,
    resource: /^\*$/,
    why: "what holds for the account's SMS in a region has no resource",
  },
  {
    actions: /^rds:Describe/,
    resource: /^arn:aws:rds:[a-z0-9-]+:111122223333:(db|cluster|snapshot|cluster-snapshot):\*$/,
    why: "a listing of all is checked against the kind's wildcard",
  },
  {
    actions: /^rds:DescribeDB(Cluster)?Parameter(s|Groups)$/,
    resource: /^arn:aws:rds:[a-z0-9-]+:111122223333:(pg|cluster-pg):\*$/,
    why: "a database may have any parameter group, another one tomorrow",
  },
  {
    actions: /^rds:(Create|Copy|Delete|AddTags|ListTags)/,
    resource: /^arn:aws:rds:[a-z0-9-]+:111122223333:(snapshot|cluster-snapshot):prod-\*$/,
    why: "a snapshot's name ends with a slot that is not known at synth",
  },
  {
    actions: /^rds:(DescribeDBInstanceAutomatedBackups|StartDBInstanceAutomatedBackupsReplication)$/,
    resource: /^arn:aws:rds:eu-central-1:111122223333:(auto-backup|db):\*$/,
    why: "RDS gives replicated automated backups their id when it begins them",
  },
  {
    actions:
      /^rds:(Restore(DBInstanceFromDBSnapshot|DBClusterFromSnapshot)|CreateDBInstance|(Modify|Delete)DB(Instance|Cluster)|AddTagsToResource)$/,
    resource: /^arn:aws:rds:eu-central-1:111122223333:(db|cluster):prod-\*-drill-\*$/,
    why: "a clone's name ends with the drill's slot; no source may be called so",
  },
  {
    actions: /^rds:(Restore(DBInstanceFromDBSnapshot|DBClusterFromSnapshot)|DescribeDBClusterSnapshots)$/,
    resource: /^arn:aws:rds:eu-central-1:111122223333:(snapshot|cluster-snapshot):prod-\*$/,
    why: "which point is restored is not known at synth",
  },
  {
    actions: /^rds:(Restore(DBInstanceFromDBSnapshot|DBClusterFromSnapshot)|CreateDBInstance)$/,
    resource: /^arn:aws:rds:eu-central-1:111122223333:og:default:\*$/,
    why: "RDS asks for the default option group, which has the engine and its version in its name",
  },
  {
    actions: /^rds:DeleteDB(Instance|Cluster)$/,
    resource: /^arn:aws:rds:[a-z0-9-]+:111122223333:(db|cluster):\*$/,
    why: "what was restored may have any name; a condition asks for the tags that only such databases carry",
  },
  {
    actions: /^kms:/,
    resource: /^arn:aws:kms:[a-z0-9-]+:111122223333:key\/\*$/,
    why: "a key of another region, or of a database, has an id that is not known; a condition narrows it",
  },
  {
    actions: /^s3:/,
    resource: /^arn:aws:s3:::[a-z0-9-]+\/([a-z-]+\/)*\*$/,
    why: "the keys of objects are not known at synth",
  },
  {
    actions:
      /^ec2:(Describe(NetworkInterfaces|Subnets)|(Create|Delete)NetworkInterface|(Una|A)ssignPrivateIpAddresses)$/,
    resource: /^\*$/,
    why: "Lambda makes a function's network interfaces in its name, and the function's own code is denied it",
  },
  {
    actions: /^secretsmanager:GetSecretValue$/,
    resource: /^arn:aws:secretsmanager:[a-z0-9-]+:111122223333:secret:rds!(db|cluster)-\*$/,
    why: "RDS names the secret; a condition on its tag narrows it to clones",
  },
  {
    actions: /^secretsmanager:(CreateSecret|TagResource)$/,
    resource: /^arn:aws:secretsmanager:[a-z0-9-]+:111122223333:secret:rds!\*$/,
    why: "RDS makes and names the secret of a clone in the caller's name",
  },
  {
    actions: /^lambda:(CheckpointDurableExecution|GetDurableExecution(State)?)$/,
    resource: /^arn:aws:lambda:[a-z0-9-]+:111122223333:function:holdfast-prod-[a-z]+:\*$/,
    why: "an execution's ARN has its version, name and id in it",
  },
  {
    actions: /^rds:(Describe|ListTags)/,
    resource:
      /^arn:aws:rds:[a-z0-9-]+:111122223333:(auto-backup|cluster-auto-backup|subgrp|og|db|cluster|snapshot|cluster-snapshot|pg|cluster-pg):\*$/,
    why: "a restore that is planned may need any of the kind, by its name",
  },
];

/** Whether a role is that of restores: test/infra/restore-rights.test.ts says what it may, and why. */
const restores = ({ of }: RoleRights) => of.endsWith("-restore");

test("a wildcard resource is only where AWS allows no other", () => {
  const used = new Set<(typeof wildcards)[number]>();
  for (const role of roles.filter((one) => !restores(one))) {
    for (const { actions, resources, conditions } of allowed(role)) {
      for (const resource of resources.filter((one) => one.includes("*"))) {
        for (const action of actions) {
          const listed = wildcards.find((one) => one.actions.test(action) && one.resource.test(resource));
          expect(listed, `${role.of}: ${action} on ${resource}`).toBeDefined();
          if (listed) used.add(listed);
          if (resource.includes(":kms:")) {
            expect(conditions.join(), `${role.of} on ${resource}`).toMatch(
              /kms:(ResourceAliases|ViaService)/,
            );
          }
        }
      }
    }
  }
  expect([...used].length).toBe(wildcards.length);
});

test("alert can record what it tells and the codes that acknowledge it, in its own vault, and no other fact", () => {
  const puts = roles
    .filter(({ of }) => of === "holdfast-prod-alert")
    .flatMap((role) => allowed(role).map((statement) => ({ region: role.region, ...statement })))
    .filter(({ actions }) => actions.includes("s3:PutObject"));
  expect(puts.flatMap(({ resources }) => resources)).toHaveLength(10);
  for (const { region, resources } of puts)
    for (const resource of resources)
      expect(resource).toMatch(
        new RegExp(
          `-${region}/(catalog/(acknowledgements|findings|messages)/\\*|changes/\\*|index/episodes.json)$`,
        ),
      );
});
