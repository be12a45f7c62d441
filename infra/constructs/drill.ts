import { Duration } from "aws-cdk-lib";
import type { Environment } from "../../functions/core/environment.ts";
import { drillSubnetGroup, replicaName } from "../../functions/core/names.ts";
import { bucketArn, regionalArn } from "./arns.ts";
import type { ControlPlane } from "./control-plane.ts";
import { DrillNetwork } from "./drill-network.ts";
import { grantRemoveScratch, grantSeeDatabases, scratchOnly } from "./scratch.ts";
import type { Task } from "./task.ts";
import type { Vault } from "./vault.ts";

/**
 * What rehearses restores in the recovery region, as far as the environment's plans ask for it: the workflow, and, where
 * databases are drilled, a network that has no way out and what checks them there.
 */
export function addDrills(plane: ControlPlane, environment: Environment, vault: Vault): void {
  const drilled = environment.sources.filter(({ plan, kind }) => plan.drill && kind !== "archives");
  if (drilled.length === 0) return;
  const databases = drilled.some(({ kind }) => kind !== "bucket");
  const network = databases
    ? new DrillNetwork(plane, "DrillNetwork", { environment, region: environment.recoveryRegion })
    : undefined;
  const drill = plane.addTask("drill", {
    timeout: Duration.minutes(15),
    // What it found of a database with thousands of tables is put together in memory.
    memoryMiB: 1_024,
    // Half a day to restore, a day to read, and what it takes to try again; a bucket of millions changed takes longest.
    durable: { executionTimeout: Duration.days(4), retention: Duration.days(90) },
    ...(network ? { variables: { HOLDFAST_SCRATCH_SECURITY_GROUP_ID: network.cloneSecurityGroupId } } : {}),
  });
  plane.grantCatalog(drill);
  vault.grantFingerprints(drill);
  vault.grantSign(drill);
  drill.letInvoke(plane.reconcile);
  drill.letAskAbout(plane.reconcile);
  grantReadReplicas(environment, drill);
  if (!network) return;
  const check = addChecker(plane, network);
  check.letInvoke(drill);
  vault.grantRestoreSnapshots(drill);
  grantRehearse(environment, drill);
}

/** What checks restored databases, where they are. */
function addChecker(plane: ControlPlane, network: DrillNetwork): Task {
  // The database does the work; what comes back of a table is a few rows for each range of its keys. It ends before the
  // drill that waits for it would.
  const check = plane.addTask("check", {
    timeout: Duration.minutes(13),
    memoryMiB: 512,
    network: network.checker,
    // With RDS's authorities in it, which Node does not know and Lambda no longer loads by itself (Lambda developer
    // guide, Node.js).
    certificates: "/var/runtime/ca-cert.pem",
  });
  network.grantReadPasswords(check);
  return check;
}

/** Lets the task read the replicas of the buckets that are drilled. */
function grantReadReplicas(environment: Environment, task: Task): void {
  const replicas = environment.sources
    .filter(({ kind, plan }) => kind === "bucket" && plan.drill)
    .map(({ name }) => replicaName(environment, name, environment.recoveryRegion));
  task.allow(
    ["s3:ListBucket"],
    replicas.map((name) => bucketArn(environment, name)),
  );
  task.allow(
    ["s3:GetObject", "s3:GetObjectVersion"],
    replicas.map((name) => bucketArn(environment, name, "*")),
    { why: "Which objects are drawn is decided by lot." },
  );
}

/**
 * Lets the task restore the environment's snapshots into databases that are named as drills' are, in the network of
 * drills, change and delete those again, and nothing else: a source has another name and no tag of theirs.
 */
function grantRehearse(environment: Environment, task: Task): void {
  const { name, recoveryRegion: region } = environment;
  const rds = (resource: string) => regionalArn(environment, "rds", region, resource);
  const why =
    "A clone's name has the drill's slot in it, a snapshot's the point's; the rest is the environment's own.";
  const [clones, clusters] = [rds(`db:${name}-*-drill-*`), rds(`cluster:${name}-*-drill-*`)];
  // RDS asks for the groups too, by the names of its defaults where a call names none.
  const groups = [rds(`subgrp:${drillSubnetGroup(environment)}`), rds("og:default:*")];
  task.allow(["rds:RestoreDBInstanceFromDBSnapshot"], [clones, rds(`snapshot:${name}-*`), ...groups], {
    why,
  });
  const from = rds(`cluster-snapshot:${name}-*`);
  task.allow(["rds:RestoreDBClusterFromSnapshot"], [clusters, from, ...groups], { why });
  task.allow(["rds:CreateDBInstance"], [clones, clusters, ...groups, rds("subgrp:default")], { why });
  task.allow(["rds:AddTagsToResource"], [clones, clusters], { why });
  // Asked for one snapshot, RDS checks the wildcard of clusters besides.
  task.allow(["rds:DescribeDBClusterSnapshots"], [from, rds("cluster:*")], { why });
  grantSeeDatabases(environment, region, task);
  const when = scratchOnly(environment);
  task.allow(["rds:ModifyDBInstance"], [clones], { why, when });
  task.allow(["rds:ModifyDBCluster"], [clusters], { why, when });
  grantRemoveScratch(environment, region, task, `${name}-*-drill-*`);
  // RDS makes the secret of a clone's password in the caller's name (RDS user guide, Secrets Manager integration).
  const secrets = regionalArn(environment, "secretsmanager", region, "secret:rds!*");
  task.allow(["secretsmanager:CreateSecret", "secretsmanager:TagResource"], [secrets], {
    why: "RDS names the secret after an id that nobody knows before.",
  });
  task.allow(["kms:DescribeKey"], [regionalArn(environment, "kms", region, "key/*")], {
    why: "AWS's own key for secrets has an id that is not known; the condition narrows it to its alias.",
    when: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/aws/secretsmanager" } },
  });
}
