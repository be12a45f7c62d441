import type { IGrantable } from "aws-cdk-lib/aws-iam";
import type { Environment } from "../../functions/core/environment.ts";
import { keyAlias, partitionOf, replicaName, vaultName } from "../../functions/core/names.ts";
import { allow } from "./vault.ts";

/*
 * Rights on what Holdfast protects, by intent. They name sources one by one; where AWS knows no resource for an
 * action, or a name is not known before AWS makes it, the reason stands beside the wildcard.
 */

/** The wildcards that AWS forces on us, with the reason of each; the template tests allow no other. */
export const forcedWildcards: Record<string, string> = {
  "rds:DescribeAccountAttributes": "AWS knows no resource for it (Service Authorization Reference, RDS).",
  "rds:DescribeDBInstances":
    "A list of all instances of the region is asked for in pages, not instance by instance.",
  "rds:DescribeDBClusters": "As DescribeDBInstances.",
  "rds:DescribeDBSnapshots": "As DescribeDBInstances.",
  "rds:DescribeDBClusterSnapshots": "As DescribeDBInstances.",
  "s3:ListAllMyBuckets": "AWS knows no resource for it (Service Authorization Reference, S3).",
};

/** Looking at databases, snapshots, quotas and buckets of the region. */
export function grantObserve(grantee: IGrantable): void {
  allow(grantee, Object.keys(forcedWildcards), ["*"]);
}

/** Taking snapshots of the environment's databases, under the environment's names. */
export function grantTakeSnapshots(grantee: IGrantable, environment: Environment): void {
  const arn = rdsArn(environment, environment.primaryRegion);
  for (const source of environment.sources) {
    if (source.kind === "rds-instance")
      allow(grantee, ["rds:CreateDBSnapshot"], [arn("db", source.instance)]);
    if (source.kind === "rds-cluster")
      allow(grantee, ["rds:CreateDBClusterSnapshot"], [arn("cluster", source.cluster)]);
  }
  allow(
    grantee,
    ["rds:CreateDBSnapshot", "rds:AddTagsToResource"],
    [arn("snapshot", `${environment.name}-*`)],
  );
  allow(
    grantee,
    ["rds:CreateDBClusterSnapshot", "rds:AddTagsToResource"],
    [arn("cluster-snapshot", `${environment.name}-*`)],
  );
}

/** Copying the environment's snapshots from the primary region into the recovery region. */
export function grantCopySnapshots(grantee: IGrantable, environment: Environment): void {
  const from = rdsArn(environment, environment.primaryRegion);
  const to = rdsArn(environment, environment.recoveryRegion);
  const ours = `${environment.name}-*`;
  allow(grantee, ["rds:CopyDBSnapshot"], [from("snapshot", ours), to("snapshot", ours)]);
  allow(
    grantee,
    ["rds:CopyDBClusterSnapshot"],
    [from("cluster-snapshot", ours), to("cluster-snapshot", ours)],
  );
  allow(grantee, ["rds:AddTagsToResource"], [to("snapshot", ours), to("cluster-snapshot", ours)]);
  // The sources' own keys are not declared; only through RDS, and only of this account.
  const partition = partitionOf(environment.primaryRegion);
  const keys = `arn:${partition}:kms:${environment.primaryRegion}:${environment.account}:key/*`;
  allow(grantee, ["kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant"], [keys], {
    StringEquals: { "kms:ViaService": `rds.${environment.primaryRegion}.amazonaws.com` },
  });
}

/** Reading the objects of the environment's protected buckets, with their versions and tags. */
export function grantReadBuckets(grantee: IGrantable, environment: Environment): void {
  for (const source of environment.sources) {
    if (source.kind !== "bucket") continue;
    const arn = `arn:${partitionOf(environment.primaryRegion)}:s3:::${source.bucket}`;
    allow(grantee, ["s3:ListBucket"], [arn]);
    const actions = [
      "s3:GetObject",
      "s3:GetObjectVersion",
      "s3:GetObjectTagging",
      "s3:GetObjectVersionTagging",
    ];
    allow(grantee, actions, [`${arn}/*`]);
    if (source.keyArn) allow(grantee, ["kms:Decrypt"], [source.keyArn]);
  }
}

/** Reading the archives that drop into the environment's prefixes, with their sidecars. */
export function grantReadArchives(grantee: IGrantable, environment: Environment): void {
  for (const source of environment.sources) {
    if (source.kind !== "archives") continue;
    const arn = `arn:${partitionOf(environment.primaryRegion)}:s3:::${source.bucket}`;
    allow(grantee, ["s3:ListBucket"], [arn]);
    const actions = [
      "s3:GetObject",
      "s3:GetObjectVersion",
      "s3:GetObjectTagging",
      "s3:GetObjectVersionTagging",
    ];
    allow(grantee, actions, [`${arn}/${source.prefix}*`]);
    if (source.keyArn) allow(grantee, ["kms:Decrypt"], [source.keyArn]);
  }
}

/** Writing the replicas in the recovery region. Hiding a key (a delete marker) only where the source asks for it. */
export function grantWriteReplicas(grantee: IGrantable, environment: Environment): void {
  for (const source of environment.sources) {
    if (source.kind !== "bucket") continue;
    const arn = `arn:${partitionOf(environment.recoveryRegion)}:s3:::${replicaName(environment, source.name, environment.recoveryRegion)}`;
    allow(grantee, ["s3:ListBucket"], [arn]);
    const actions = [
      "s3:PutObject",
      "s3:PutObjectTagging",
      "s3:GetObject",
      "s3:GetObjectTagging",
      "s3:AbortMultipartUpload",
    ];
    allow(grantee, actions, [`${arn}/*`]);
    if (source.deletions === "propagate") allow(grantee, ["s3:DeleteObject"], [`${arn}/*`]);
  }
  grantVaultKeyElsewhere(grantee, environment, environment.recoveryRegion, [
    "kms:GenerateDataKey",
    "kms:Decrypt",
  ]);
}

/** Reading the facts in the other region's vault, to mirror them. */
export function grantMirrorFrom(grantee: IGrantable, environment: Environment, region: string): void {
  const arn = `arn:${partitionOf(region)}:s3:::${vaultName(environment, region)}`;
  allow(grantee, ["s3:ListBucket"], [arn]);
  allow(grantee, ["s3:GetObject", "s3:GetObjectTagging"], [`${arn}/catalog/*`]);
  grantVaultKeyElsewhere(grantee, environment, region, ["kms:Decrypt"]);
}

/** The other region's vault key has an id that this stack cannot know; its alias says which key it is. */
function grantVaultKeyElsewhere(
  grantee: IGrantable,
  environment: Environment,
  region: string,
  actions: string[],
): void {
  allow(grantee, actions, [`arn:${partitionOf(region)}:kms:${region}:${environment.account}:key/*`], {
    "ForAnyValue:StringEquals": { "kms:ResourceAliases": keyAlias(environment) },
  });
}

function rdsArn(environment: Environment, region: string): (type: string, id: string) => string {
  return (type, id) => `arn:${partitionOf(region)}:rds:${region}:${environment.account}:${type}:${id}`;
}
