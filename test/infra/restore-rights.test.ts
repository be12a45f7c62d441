import { expect, test } from "vitest";
import type { Environment } from "../../functions/core/environment.ts";
import { replicaName, vaultName } from "../../functions/core/names.ts";
import { appended } from "../../functions/core/restore.ts";
import { rolesOf, type Statement } from "../../scripts/statements.ts";
import { prod } from "./environments.ts";
import { templatesOf } from "./synthesized.ts";

/*
 * What the function that restores may do, in each region. It changes what was lost or gives way, which no other may; so
 * it deletes nothing that anything could be restored from.
 */
const into: Environment = { ...prod, restores: { buckets: ["acme-restored"] } };
const roles = (environment = into) =>
  templatesOf(environment)
    .flatMap(rolesOf)
    .filter(({ of }) => of === "holdfast-prod-restore");
const statements = (environment = into, region?: string): Statement[] =>
  roles(environment)
    .filter((role) => !region || role.region === region)
    .flatMap((role) => role.statements.filter(({ effect }) => effect === "Allow"));
const allows = (action: RegExp, region?: string) =>
  statements(into, region).filter(({ actions }) => actions.some((one) => action.test(one)));

test("it is there in both regions", () => {
  expect(
    roles()
      .map(({ region }) => region)
      .sort(),
  ).toEqual(["eu-central-1", "eu-west-1"]);
});

test("it deletes no snapshot, no version of an object, and nothing that loosens a lock or a key", () => {
  const never =
    /^(rds:Delete(DBSnapshot|DBClusterSnapshot|DBInstanceAutomatedBackup)|s3:(DeleteObjectVersion|Bypass|PutBucket|PutLifecycle|PutObjectRet)|kms:(Disable|Schedule|Revoke|Put))/;
  expect(allows(never)).toEqual([]);
});

test("it writes into nothing that Holdfast keeps, but facts", () => {
  const kept = [
    vaultName(prod, "eu-west-1"),
    vaultName(prod, "eu-central-1"),
    replicaName(prod, "uploads", "eu-central-1"),
  ];
  for (const { actions, resources } of allows(/^s3:(Put|Delete|Abort)/)) {
    for (const resource of resources.filter((one) => kept.some((name) => one.includes(`:::${name}/`)))) {
      expect(resource).toMatch(/\/(catalog|changes)\/\*$/);
      expect(actions).toEqual(["s3:PutObject"]);
    }
  }
});

test("it hides objects, without deleting a version, only in sources and in buckets declared for restores", () => {
  const where = (region: string) => allows(/^s3:DeleteObject$/, region).flatMap(({ resources }) => resources);
  expect(where("eu-west-1")).toEqual(["arn:aws:s3:::acme-uploads/*", "arn:aws:s3:::acme-restored/*"]);
  expect(where("eu-central-1")).toEqual(["arn:aws:s3:::acme-restored/*"]);
});

test("what it makes carries the environment's tag and an instant at which its time is over", () => {
  const makes = allows(/^rds:(Restore|CreateDBInstance|CreateDB(Cluster)?ParameterGroup)/);
  expect(makes).toHaveLength(2);
  for (const { actions, conditions } of makes) {
    expect(conditions, actions.join()).toEqual([
      "StringEquals aws:RequestTag/holdfast:environment prod",
      "StringLike aws:RequestTag/holdfast:expires-at *",
    ]);
  }
});

test("it deletes databases only while they carry both, and parameter groups only of its making", () => {
  for (const { actions, conditions } of allows(/^rds:DeleteDB(Instance|Cluster)$/)) {
    expect(conditions, actions.join()).toEqual([
      "StringEquals aws:ResourceTag/holdfast:environment prod",
      "StringLike aws:ResourceTag/holdfast:expires-at *",
    ]);
  }
  for (const { actions, conditions } of allows(/^rds:(Modify|Delete)DB(Cluster)?ParameterGroup$/))
    expect(conditions, actions.join()).toEqual(["StringEquals aws:ResourceTag/holdfast:environment prod"]);
});

test("it tags snapshots of its naming, and else only with what says whose and until when, or what says so already", () => {
  for (const { resources, conditions } of allows(/^rds:AddTagsToResource$/)) {
    if (conditions.length > 0) continue;
    for (const resource of resources) expect(resource).toMatch(/:(snapshot|cluster-snapshot):[a-z-]+\*$/);
  }
});

test("without a tag of ours it changes only declared databases, under their names and those that follow from them", () => {
  const untagged = allows(/^rds:Modify/, "eu-west-1").filter(({ conditions }) => conditions.length === 0);
  expect(untagged.map(({ actions, resources }) => [actions, resources])).toEqual([
    [
      ["rds:ModifyDBInstance"],
      [
        "arn:aws:rds:eu-west-1:111122223333:db:orders-db",
        "arn:aws:rds:eu-west-1:111122223333:db:orders-db-*",
      ],
    ],
    [
      ["rds:ModifyDBCluster"],
      [
        "arn:aws:rds:eu-west-1:111122223333:cluster:ledger",
        "arn:aws:rds:eu-west-1:111122223333:cluster:ledger-*",
      ],
    ],
    // The instances of a cluster may have any names.
    [["rds:ModifyDBInstance"], ["arn:aws:rds:eu-west-1:111122223333:db:*"]],
  ]);
  const noCluster = { ...into, sources: into.sources.filter(({ kind }) => kind !== "rds-cluster") };
  const all = statements(noCluster).filter(
    ({ actions, resources, conditions }) =>
      actions.includes("rds:ModifyDBInstance") &&
      conditions.length === 0 &&
      resources.join().endsWith("db:*"),
  );
  expect(all).toEqual([]);
});

test("the names of what gives way are within its rights, however long the database's own is", () => {
  const instance = `orders-${"x".repeat(50)}-db`;
  const [orders, ...others] = into.sources;
  const long = { ...into, sources: [{ ...orders, instance } as (typeof into.sources)[number], ...others] };
  const patterns = statements(long, "eu-west-1")
    .filter(({ actions, conditions }) => actions.includes("rds:ModifyDBInstance") && conditions.length === 0)
    .flatMap(({ resources }) => resources)
    .filter((one) => one.includes(":db:orders"))
    .map((one) => new RegExp(`^${(one.split(":").at(-1) ?? "").replace("*", ".*")}$`));
  for (const suffix of ["before-20261121t030512z", "undone-20261121t030512z", "20261121t030512z"])
    expect(
      patterns.some((pattern) => pattern.test(appended(instance, suffix))),
      suffix,
    ).toBe(true);
});

test("each of its regions is its own: it names no resource of another", () => {
  for (const { region, statements } of roles()) {
    for (const resource of statements.flatMap(({ resources }) => resources)) {
      const [, , , other = ""] = resource.startsWith("arn:") ? resource.split(":") : [];
      if (other !== "") expect(other, resource).toBe(region);
    }
  }
});

test("a wildcard of a resource has a condition, or is of a kind whose names nobody knows before", () => {
  const known =
    /:(db|cluster|snapshot|cluster-snapshot|auto-backup|cluster-auto-backup|pg|cluster-pg|og|subgrp):|:s3:::|:kms:|:function:holdfast-prod-restore:\*$|:secret:rds!\*$|:role\/\*$/;
  for (const { actions, resources, conditions } of statements()) {
    for (const resource of resources.filter((one) => one.includes("*"))) expect(resource).toMatch(known);
    if (resources.some((one) => one.includes(":kms:") && one.endsWith("/*")))
      expect(conditions.join(), actions.join()).toContain("kms:ViaService");
    if (actions.includes("iam:PassRole"))
      expect(conditions).toEqual(["StringEquals iam:PassedToService monitoring.rds.amazonaws.com"]);
  }
});
