import type { Environment } from "./environment.ts";
import type { PointId, Slot } from "./slot.ts";

/*
 * Every name that two places must agree on, built from the environment alone, so that either region, the CLI
 * and a stranger with this file find everything with no look-up.
 */

type Named = Pick<Environment, "name" | "account">;

/** The vault's bucket in a region. */
export function vaultName({ name, account }: Named, region: string): string {
  return `holdfast-${name}-${account}-${region}`;
}

/** The bucket in the recovery region that holds a bucket source's replica, key for key. */
export function replicaName({ name, account }: Named, source: string, recoveryRegion: string): string {
  return `holdfast-${name}-${source}-${account}-${recoveryRegion}`;
}

/** The alias of the vault's KMS key, the same in both regions. */
export function keyAlias({ name }: Pick<Environment, "name">): string {
  return `alias/holdfast-${name}`;
}

/** The alias of the key that drills' certificates are signed with, the same in both regions. */
export function signingKeyAlias({ name }: Pick<Environment, "name">): string {
  return `alias/holdfast-${name}-signing`;
}

/** The environment's event bus, the same name in both regions. */
export function busName({ name }: Pick<Environment, "name">): string {
  return `holdfast-${name}`;
}

/** The SNS topic of a severity, the same name in both regions. */
export function topicName({ name }: Pick<Environment, "name">, severity: "page" | "notify"): string {
  return `holdfast-${name}-${severity}`;
}

/** A function's name, the same in both regions. */
export function functionName({ name }: Pick<Environment, "name">, task: string): string {
  return `holdfast-${name}-${task}`;
}

/**
 * The IAM role of a function. IAM is global, so the region is in it; vault policies name the role of `expire`
 * before it exists.
 */
export function roleName({ name }: Pick<Environment, "name">, task: string, region: string): string {
  return `holdfast-${name}-${task}-${region}`;
}

/** The environment's HTTP API, the same name in both regions. */
export function apiName({ name }: Pick<Environment, "name">): string {
  return `holdfast-${name}`;
}

/** The prefix of the domain on which people sign in to a region's user pool; of one name there is one in each region of AWS. */
export function signInDomain({ name, account }: Named): string {
  return `holdfast-${name}-${account}`;
}

/** The managed policy of who has a role in one region's API. */
export function rolePolicyName(
  { name }: Pick<Environment, "name">,
  role: "viewer" | "operator" | "admin",
  region: string,
): string {
  return `holdfast-${name}-${role}-${region}`;
}

/** A queue's name; its dead-letter queue has `-dlq` after it. */
export function queueName({ name }: Pick<Environment, "name">, task: string): string {
  return `holdfast-${name}-${task}`;
}

/**
 * The snapshot of a point, in either region. RDS keeps identifiers in lower case. The environment's name is in
 * it because two environments of one account may have sources of one name. A retry has a name of its own: a
 * failed snapshot keeps its identifier until it is deleted, and only `expire` may delete.
 */
export function snapshotId(
  { name }: Pick<Environment, "name">,
  source: string,
  point: PointId,
  attempt = 1,
): string {
  return `${name}-${source}-${point.toLowerCase()}${attempt > 1 ? `-r${attempt}` : ""}`;
}

/** The durable execution that does something with a source at a slot. Environments of one account share the name space. */
export function executionName(
  { name }: Pick<Environment, "name">,
  source: string,
  what: "drill",
  slot: Slot,
): string {
  return `${name}-${source}-${what}-${slot}`;
}

/** The alias that durable functions are invoked by: an execution goes on with the version that it began with. */
export const durableAlias = "live";

/**
 * What a drill restores a database into. Of a cluster it is the cluster, and its only instance has "-1" after it; RDS
 * allows 63 characters.
 */
export function drillCloneId(environment: Pick<Environment, "name">, source: string, drill: Slot): string {
  return executionName(environment, source, "drill", drill).toLowerCase();
}

/** The subnet group that drills restore into: subnets with no way out. */
export function drillSubnetGroup({ name }: Pick<Environment, "name">): string {
  return `holdfast-${name}-drill`;
}

/** The CloudWatch namespace of every metric of ours. */
export const metricsNamespace = "Holdfast";

/** The metric that each pass of the watch in a region leaves, in both regions' CloudWatch: the alarms go by it. */
export function watchHeartbeatMetric({ name }: Pick<Environment, "name">, watchRegion: string) {
  return {
    namespace: metricsNamespace,
    name: "WatchHeartbeat",
    dimensions: { Environment: name, Region: watchRegion },
  };
}

/** The attempts that a point gets in one region before the next slot takes over. */
export const maxAttempts = 9;

/** The AWS partition of a region: arn:<partition>:… */
export function partitionOf(region: string): "aws" | "aws-cn" | "aws-us-gov" {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
