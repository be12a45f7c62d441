import { isContinuousAt } from "../../functions/core/continuity.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { identifierOf } from "../../functions/core/source.ts";
import { regionalArn } from "./arns.ts";
import type { Task } from "./task.ts";

/** The databases whose every moment is to be restorable at a place, as ARNs in the primary region. */
function continuous(
  environment: Environment,
  role: "primary" | "recovery",
): { instances: string[]; clusters: string[] } {
  const arns = (kind: "rds-instance" | "rds-cluster", type: string) =>
    environment.sources
      .filter((source) => source.kind === kind && isContinuousAt(source, { role }))
      .map((source) =>
        regionalArn(environment, "rds", environment.primaryRegion, `${type}:${identifierOf(source)}`),
      );
  return { instances: arns("rds-instance", "db"), clusters: arns("rds-cluster", "cluster") };
}

/** Whether any plan asks for it: without, no right is given. */
export function asksForContinuity(environment: Environment): boolean {
  const { instances, clusters } = continuous(environment, "primary");
  return instances.length + clusters.length > 0;
}

/**
 * Lets the task have automated backups kept. IAM cannot narrow a modification to one setting, so that role may change
 * more than its code does: it is `connect`'s, which takes nothing but a source's name, and which may delete no copy.
 */
export function grantKeepBackups(environment: Environment, task: Task): void {
  const { instances, clusters } = continuous(environment, "primary");
  task.allow(["rds:DescribeDBInstances", "rds:ModifyDBInstance"], instances);
  task.allow(["rds:DescribeDBClusters", "rds:ModifyDBCluster"], clusters);
}

/** Lets the task replicate automated backups of the declared instances into the recovery region; not end that. */
export function grantReplicateBackups(environment: Environment, task: Task): void {
  const { instances } = continuous(environment, "recovery");
  if (instances.length === 0) return;
  const replicas = regionalArn(environment, "rds", environment.recoveryRegion, "auto-backup:*");
  task.allow(["rds:StartDBInstanceAutomatedBackupsReplication"], [...instances, replicas], {
    why: "RDS gives a replica its id when it is begun.",
  });
}

/** Lets the task see the automated backups that are replicated into a region. */
export function grantObserveReplicas(environment: Environment, task: Task, region: string): void {
  const { instances } = continuous(environment, "recovery");
  if (instances.length === 0 || region !== environment.recoveryRegion) return;
  const all = ["auto-backup:*", "db:*"].map((one) => regionalArn(environment, "rds", region, one));
  task.allow(["rds:DescribeDBInstanceAutomatedBackups"], all, {
    why: "Everything of the kind is listed in pages; RDS checks a listing against the kind's wildcard.",
  });
}
