import { expect, test } from "vitest";
import { replicaName } from "../../functions/core/names.ts";
import { type RoleRights, rolesOf, type Statement } from "../../scripts/statements.ts";
import { dev, prod, propagating, sourceBuckets } from "./environments.ts";
import { templatesOf } from "./synthesized.ts";

const roles = templatesOf(prod).flatMap(rolesOf);
const allowed = (role: RoleRights) => role.statements.filter(({ effect }) => effect === "Allow");

/** Everything that takes data away, in S3, RDS and KMS, or takes away what guards it. */
const deletes =
  /^(s3:(Delete|BypassGovernance|PutLifecycle|PutBucketVersioning|PutObjectRetention)|rds:Delete|kms:(Disable|ScheduleKeyDeletion|RevokeGrant))/;

/** Reading, by name. Whatever else is allowed on a source changes it, but to take a snapshot or replicate its backups. */
const reads =
  /^(s3:(Get|List)|rds:(Describe|List)|kms:(Decrypt|DescribeKey)|rds:Create(DB|DBCluster)Snapshot|rds:StartDBInstanceAutomatedBackupsReplication$)/;

/** What restores and drills make, and take away again. */
const deletesScratch = /^rds:DeleteDB(Instance|Cluster)$/;

/** Whether a role is that of restores: test/infra/restore-rights.test.ts says what it may, and why. */
const restores = ({ of }: RoleRights) => of.endsWith("-restore");

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
    if (action === "s3:PutObject") expect(resources.join()).toMatch(/^[^,]*\/(catalog|changes)\/\*$/);
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
