import { expect, test } from "vitest";
import { replicaName } from "../../functions/core/names.ts";
import { templatesOf } from "../../infra/templates.ts";
import { type RoleRights, resourcePoliciesOf, rolesOf, type Statement } from "../../scripts/statements.ts";
import { bucketDrilled, dev, prod, propagating, sourceBuckets } from "./environments.ts";

const roles = templatesOf(prod).flatMap(rolesOf);
const allowed = (role: RoleRights) => role.statements.filter(({ effect }) => effect === "Allow");

/** Everything that takes data away, in S3, RDS and KMS, or takes away what guards it. */
const deletes =
  /^(s3:(Delete|BypassGovernance|PutLifecycle|PutBucketVersioning|PutObjectRetention)|rds:Delete|kms:(Disable|ScheduleKeyDeletion|RevokeGrant))/;

/** Reading, by name. Whatever else is allowed on a source changes it, but to take a snapshot or replicate its backups. */
const reads =
  /^(s3:(Get|List)|rds:(Describe|List)|kms:(Decrypt|DescribeKey)|rds:Create(DB|DBCluster)Snapshot|rds:StartDBInstanceAutomatedBackupsReplication$)/;

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

/** Which action may have which wildcard, and why AWS leaves no other choice. */
const wildcards: { actions: RegExp; resource: RegExp; why: string }[] = [
  {
    actions: /^(rds:DescribeAccountAttributes|s3:ListAllMyBuckets)$/,
    resource: /^\*$/,
    why: "the Service Authorization Reference names no resource type for them",
  },
  {
    actions: /^cloudwatch:PutMetricData$/,
    resource: /^\*$/,
    why: "CloudWatch knows no resource for it; a condition narrows it to our namespace",
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

/** What restores and drills make, and take away again. */
const deletesScratch = /^rds:DeleteDB(Instance|Cluster)$/;

/** Whether a statement holds only for what carries the end of its time: nothing that is there to stay does. */
const isAboutScratch = ({ conditions }: Statement) =>
  conditions.includes("StringLike aws:ResourceTag/holdfast:expires-at *");

test("nothing but expire may delete from a vault, delete a snapshot or loosen what guards them", () => {
  for (const environment of [prod, dev]) {
    for (const role of templatesOf(environment).flatMap(rolesOf)) {
      if (role.of === `holdfast-${environment.name}-expire` || restores(role)) continue;
      const actions = allowed(role).flatMap(({ actions }) => actions);
      expect(
        actions.filter((action) => deletes.test(action) && !deletesScratch.test(action)),
        role.of,
      ).toEqual([]);
    }
  }
});

test("a database may be deleted only while it carries the environment's tag and the end of its time", () => {
  const scratch = roles.flatMap((role) =>
    allowed(role)
      .filter(({ actions }) => actions.some((action) => deletesScratch.test(action)))
      .map((statement) => ({ of: role.of, region: role.region, ...statement })),
  );
  expect([...new Set(scratch.map(({ of }) => of))].sort()).toEqual([
    "holdfast-prod-drill",
    "holdfast-prod-reaper",
    "holdfast-prod-restore",
  ]);
  for (const { of, region, resources, conditions } of scratch) {
    const names = of.endsWith("-drill") ? "prod-\\*-drill-\\*" : "\\*";
    for (const resource of resources)
      expect(resource).toMatch(new RegExp(`^arn:aws:rds:${region}:111122223333:(db|cluster):${names}$`));
    expect(conditions).toEqual([
      "StringEquals aws:ResourceTag/holdfast:environment prod",
      "StringLike aws:ResourceTag/holdfast:expires-at *",
    ]);
  }
});

test("expire may delete in its own region alone: the environment's tagged snapshots, and archives, never a fact", () => {
  const expires = roles.filter(({ of }) => of === "holdfast-prod-expire");
  expect(expires.map(({ region }) => region).sort()).toEqual(["eu-central-1", "eu-west-1"]);
  for (const role of expires) {
    const deletions = allowed(role).filter(({ actions }) => actions.some((action) => deletes.test(action)));
    const rds = `arn:aws:rds:${role.region}:111122223333`;
    const tagged = ["StringEquals aws:ResourceTag/holdfast:environment prod"];
    expect(
      deletions.map(({ actions, resources, conditions }) => [
        actions.filter((action) => deletes.test(action)),
        resources,
        conditions,
      ]),
    ).toEqual([
      [["rds:DeleteDBSnapshot"], [`${rds}:snapshot:prod-*`], tagged],
      [["rds:DeleteDBClusterSnapshot"], [`${rds}:cluster-snapshot:prod-*`], tagged],
      [["s3:DeleteObjectVersion"], [`arn:aws:s3:::holdfast-prod-111122223333-${role.region}/archives/*`], []],
    ]);
  }
});

test("expire changes nothing else: it reads, records facts and says so", () => {
  const rest = roles
    .filter(({ of }) => of === "holdfast-prod-expire")
    .flatMap(allowed)
    .flatMap(({ actions, resources }) => actions.map((action) => ({ action, resources })))
    .filter(
      ({ action }) => !deletes.test(action) && !/^(s3:(Get|List)|rds:(Describe|List)|logs:)/.test(action),
    );
  expect([...new Set(rest.map(({ action }) => action))].sort()).toEqual([
    "events:PutEvents",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "s3:PutObject",
    "sqs:SendMessage",
  ]);
  for (const { action, resources } of rest) {
    if (action === "s3:PutObject") expect(resources.join()).toMatch(/^[^,]*\/catalog\/\*$/);
  }
});

test("where deletions propagate, replicate may hide a replica's object and delete no version", () => {
  const [hiding, ...others] = templatesOf(propagating)
    .flatMap(rolesOf)
    .filter((role) => !restores(role))
    .flatMap((role) => allowed(role).map((statement) => ({ role, ...statement })))
    .filter(({ role, actions }) => !role.of.endsWith("-expire") && actions.some((one) => deletes.test(one)))
    .filter((statement) => !isAboutScratch(statement));
  expect(others).toEqual([]);
  expect(hiding?.role.of).toBe("holdfast-prod-replicate");
  expect(hiding?.actions).toEqual(["s3:DeleteObject"]);
  expect(hiding?.resources).toEqual([`arn:aws:s3:::${replicaName(prod, "uploads", "eu-central-1")}/*`]);
});

test("no role may both change a source and delete its copies; only connect changes one, as a plan asks", () => {
  const inSources = ({ resources }: Statement) =>
    resources.some(
      (resource) =>
        sourceBuckets(prod).some((bucket) => resource.startsWith(`arn:aws:s3:::${bucket}`)) ||
        // No source may have a name like a drill's clone.
        (/:rds:.*:(db|cluster):/.test(resource) && !/:prod-\*-drill-\*$/.test(resource)),
    );
  for (const role of templatesOf(propagating)
    .flatMap(rolesOf)
    .filter((one) => !restores(one))) {
    const changes = allowed(role)
      .filter((statement) => inSources(statement) && !isAboutScratch(statement))
      .flatMap(({ actions }) => actions.filter((action) => !reads.test(action)));
    const takesAway = allowed(role).flatMap(({ actions }) => actions.filter((one) => deletes.test(one)));
    expect(changes.length > 0 && takesAway.length > 0, role.of).toBe(false);
    if (changes.length > 0) {
      expect(role.of).toBe("holdfast-prod-connect");
      expect(changes).toEqual(["s3:PutBucketNotification", "rds:ModifyDBInstance", "rds:ModifyDBCluster"]);
    }
  }
});

test("connect may change the databases that a plan keeps continuously, by their names, and no other", () => {
  const modified = (environment: typeof prod) =>
    templatesOf(environment)
      .flatMap(rolesOf)
      .filter(({ of }) => of.endsWith("-connect"))
      .flatMap(allowed)
      .filter(({ actions }) => actions.some((action) => action.startsWith("rds:Modify")))
      .flatMap(({ resources }) => resources);
  expect(modified(prod)).toEqual([
    "arn:aws:rds:eu-west-1:111122223333:db:orders-db",
    "arn:aws:rds:eu-west-1:111122223333:cluster:ledger",
  ]);
  expect(modified(dev)).toEqual([]);
});

test("the recovery region's reconciler may begin the replication of automated backups; nobody may end or delete any", () => {
  const actions = roles.flatMap((role) =>
    allowed(role).flatMap((statement) =>
      statement.actions
        .filter((action) => /AutomatedBackup/.test(action) && !action.startsWith("rds:Describe"))
        .map((action) => [role.of, role.region, action, statement.resources]),
    ),
  );
  expect(actions).toEqual([
    [
      "holdfast-prod-reconcile",
      "eu-central-1",
      "rds:StartDBInstanceAutomatedBackupsReplication",
      [
        "arn:aws:rds:eu-west-1:111122223333:db:orders-db",
        "arn:aws:rds:eu-central-1:111122223333:auto-backup:*",
      ],
    ],
  ]);
});

test("the recovery region's reconciler copies snapshots; the primary's only takes them", () => {
  const rdsActions = (of: string, region: string) =>
    roles
      .filter((role) => role.of === of && role.region === region)
      .flatMap(allowed)
      .flatMap(({ actions }) => actions)
      .filter((action) => /^rds:(Create|Copy)/.test(action))
      .sort();
  expect(rdsActions("holdfast-prod-reconcile", "eu-west-1")).toEqual([
    "rds:CreateDBClusterSnapshot",
    "rds:CreateDBSnapshot",
  ]);
  expect(rdsActions("holdfast-prod-reconcile", "eu-central-1")).toEqual([
    "rds:CopyDBClusterSnapshot",
    "rds:CopyDBSnapshot",
  ]);
});

test("alert can record what it tells and the codes that acknowledge it, in its own vault, and no other fact", () => {
  const puts = roles
    .filter(({ of }) => of === "holdfast-prod-alert")
    .flatMap((role) => allowed(role).map((statement) => ({ region: role.region, ...statement })))
    .filter(({ actions }) => actions.includes("s3:PutObject"));
  expect(puts.flatMap(({ resources }) => resources)).toHaveLength(6);
  for (const { region, resources } of puts)
    for (const resource of resources)
      expect(resource).toMatch(new RegExp(`-${region}/catalog/(acknowledgements|findings|messages)/\\*$`));
});
