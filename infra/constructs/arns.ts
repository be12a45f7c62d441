import type { Environment } from "../../functions/core/environment.ts";
import { partitionOf, roleName } from "../../functions/core/names.ts";

/*
 * ARNs written out from names that are known at synth. A reference to the resource would tie the stacks of one
 * region together by exports, and cannot cross regions at all.
 */

type At = Pick<Environment, "name" | "account" | "primaryRegion">;

/** `arn:<partition>:<service>:<region>:<account>:<resource>`. */
export function regionalArn(at: At, service: string, region: string, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${at.account}:${resource}`;
}

/** A bucket, or with `keys` (like `catalog/*`) objects in it. */
export function bucketArn(at: At, bucket: string, keys?: string): string {
  return `arn:${partitionOf(at.primaryRegion)}:s3:::${bucket}${keys ? `/${keys}` : ""}`;
}

/** The role of one of Holdfast's functions. */
export function roleArn(at: At, task: string, region: string): string {
  return `arn:${partitionOf(region)}:iam::${at.account}:role/${roleName(at, task, region)}`;
}
