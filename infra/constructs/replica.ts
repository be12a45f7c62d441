import { Duration } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { StorageClass } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { replicaName } from "../../functions/core/names.ts";
import type { BucketSource } from "../../functions/core/source.ts";
import { bucketArn, roleArn } from "./arns.ts";
import { KeptBucket } from "./kept-bucket.ts";
import type { Task } from "./task.ts";
import { allowVaultKeyElsewhere, coldAfterDays, coldFromBytes } from "./vault.ts";

/** The bucket in the recovery region that holds a bucket source's objects key for key, with every older version. */
export class Replica extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { environment, source, key }: { environment: Environment; source: BucketSource; key: IKey },
  ) {
    super(scope, id);
    new KeptBucket(this, "Bucket", {
      environment,
      name: replicaName(environment, source.name, environment.recoveryRegion),
      key,
      lifecycleRules: [
        {
          id: "cold-older-versions",
          objectSizeGreaterThan: coldFromBytes,
          noncurrentVersionTransitions: [
            {
              storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
              transitionAfter: Duration.days(coldAfterDays),
            },
          ],
        },
      ],
      hiders:
        source.deletions === "propagate"
          ? [roleArn(environment, "replicate", environment.primaryRegion)]
          : [],
    });
  }
}

/**
 * Lets the task write the replicas, from the primary region. For a source whose deletions propagate it may put a
 * delete marker over a key, which hides it; it may delete no version.
 */
export function grantReplicate(environment: Environment, sources: BucketSource[], task: Task): void {
  const nameOf = (source: BucketSource) => replicaName(environment, source.name, environment.recoveryRegion);
  const objectsOf = (source: BucketSource) => bucketArn(environment, nameOf(source), "*");
  const why = "A replica has whatever keys its source has.";
  task.allow(
    ["s3:ListBucket", "s3:ListBucketVersions"],
    sources.map((source) => bucketArn(environment, nameOf(source))),
  );
  task.allow(
    [
      "s3:AbortMultipartUpload",
      "s3:GetObject",
      "s3:GetObjectTagging",
      "s3:GetObjectVersion",
      "s3:GetObjectVersionTagging",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
      "s3:PutObjectTagging",
    ],
    sources.map(objectsOf),
    { why },
  );
  const hiding = sources.filter(({ deletions }) => deletions === "propagate");
  task.allow(["s3:DeleteObject"], hiding.map(objectsOf), { why });
  if (sources.length > 0) {
    allowVaultKeyElsewhere(environment, environment.recoveryRegion, task, [
      "kms:Decrypt",
      "kms:GenerateDataKey",
    ]);
  }
}
