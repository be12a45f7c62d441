import { cloneTagNames } from "../../functions/core/clone.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { tagNames } from "../../functions/core/provider.ts";
import { regionalArn } from "./arns.ts";
import type { Task } from "./task.ts";

const anyName =
  "A restored database may have any name; the condition allows only what carries Holdfast's own tags.";

/** What only databases carry that this environment has restored, and that are not there to stay. */
export function scratchOnly({ name }: Pick<Environment, "name">) {
  return {
    StringEquals: { [`aws:ResourceTag/${tagNames.environment}`]: name },
    StringLike: { [`aws:ResourceTag/${cloneTagNames.expiresAt}`]: "*" },
  };
}

/** Lets the task see every database of a region with its tags. */
export function grantSeeDatabases(environment: Environment, region: string, task: Task): void {
  const all = "Everything of the kind is listed in pages; RDS checks a listing against the kind's wildcard.";
  const rds = (kind: string) => regionalArn(environment, "rds", region, `${kind}:*`);
  task.allow(["rds:DescribeDBInstances"], [rds("db")], { why: all });
  task.allow(["rds:DescribeDBClusters"], [rds("cluster")], { why: all });
}

/**
 * Lets the task delete what a restore or a drill has made and not declared to stay: IAM itself refuses everything that
 * does not carry the environment's tag and an instant at which its time is over, sources included. `names`: a pattern
 * for their identifiers.
 */
export function grantRemoveScratch(environment: Environment, region: string, task: Task, names = "*"): void {
  const rds = (kind: string) => regionalArn(environment, "rds", region, `${kind}:${names}`);
  const when = scratchOnly(environment);
  task.allow(["rds:DeleteDBInstance"], [rds("db")], { why: anyName, when });
  task.allow(["rds:DeleteDBCluster"], [rds("cluster")], { why: anyName, when });
}
