import { Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  ArnPrincipal,
  Effect,
  type IGrantable,
  PolicyStatement,
  ServicePrincipal,
} from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
  StorageClass,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { functionName, keyAlias, vaultName } from "../../functions/core/names.ts";

/**
 * How long nobody can delete what is in a vault of profile `protected`. Not the longest tier: a compliance lock
 * cannot be undone by anyone, so it covers the time in which an attack is noticed; `expire` keeps the tiers.
 */
const lockDays = 35;

/** The vault of one region: a versioned, encrypted bucket with its key, that defends itself. */
export class Vault extends Construct {
  readonly key: Key;
  readonly bucket: Bucket;

  constructor(
    scope: Construct,
    id: string,
    { environment, region }: { environment: Environment; region: string },
  ) {
    super(scope, id);
    const kept = environment.profile === "protected";
    this.key = new Key(this, "Key", {
      alias: keyAlias(environment),
      description: `Holdfast ${environment.name}: encrypts the vault and the copies in ${region}`,
      enableKeyRotation: true,
      removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // Alarms publish to encrypted topics (SNS developer guide, key management, event sources).
    this.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: ["*"], // In a key's own policy "*" is that key.
        conditions: { StringEquals: { "aws:SourceAccount": environment.account } },
      }),
    );
    this.bucket = safeBucket(this, "Bucket", {
      environment,
      name: vaultName(environment, region),
      key: this.key,
    });
    protectFacts(this.bucket, environment);
  }

  /** Recording facts: creating them, never changing or deleting one. */
  grantRecord(grantee: IGrantable): void {
    allow(grantee, ["s3:PutObject"], [this.bucket.arnForObjects("catalog/*")]);
    this.key.grant(grantee, "kms:GenerateDataKey", "kms:Decrypt");
  }

  /** Reading and listing facts. Listing rights also make S3 answer 404 for what is absent, not 403. */
  grantReadFacts(grantee: IGrantable): void {
    allow(grantee, ["s3:GetObject"], [this.bucket.arnForObjects("catalog/*")]);
    allow(grantee, ["s3:ListBucket"], [this.bucket.bucketArn]);
    this.key.grantDecrypt(grantee);
  }

  /** Copying verified archives in, and reading them again. */
  grantKeepArchives(grantee: IGrantable): void {
    const actions = ["s3:PutObject", "s3:PutObjectTagging", "s3:GetObject", "s3:AbortMultipartUpload"];
    allow(grantee, actions, [this.bucket.arnForObjects("archives/*")]);
    this.key.grantEncryptDecrypt(grantee);
  }

  /** Copying snapshots into this region under this key (RDS user guide, encrypting with your own key). */
  grantEncryptCopies(grantee: IGrantable): void {
    this.key.grant(
      grantee,
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:Decrypt",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    );
    this.key.grant(grantee, "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext");
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ["kms:CreateGrant"],
        resources: [this.key.keyArn],
        conditions: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      }),
    );
  }
}

/** A bucket as every bucket of Holdfast is: versioned, encrypted with the vault's key, private, TLS only. */
export function safeBucket(
  scope: Construct,
  id: string,
  { environment, name, key }: { environment: Environment; name: string; key: Key },
): Bucket {
  const kept = environment.profile === "protected";
  const bucket = new Bucket(scope, id, {
    bucketName: name,
    versioned: true,
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    eventBridgeEnabled: true,
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: Duration.days(7) },
      {
        prefix: "archives/",
        transitions: [
          { storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(30) },
          { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(90) },
        ],
      },
    ],
    removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    autoDeleteObjects: !kept,
    ...(kept ? { objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(lockDays)) } : {}),
  });
  // Data that is encrypted with a key only its attacker has is lost (the Codefinger attack): no SSE-C at all.
  (bucket.node.defaultChild as CfnBucket).addPropertyOverride(
    "BucketEncryption.ServerSideEncryptionConfiguration.0.BlockedEncryptionTypes.EncryptionType",
    ["SSE-C"],
  );
  return bucket;
}

/** Only the future `expire` may delete; facts can be created, but never overwritten. */
function protectFacts(bucket: Bucket, environment: Environment): void {
  const role = (name: string) => `arn:aws:iam::${environment.account}:role/${name}`;
  const mayDelete = [role(`${functionName(environment, "expire")}-*`)];
  // An ephemeral vault is emptied by CDK's own clean-up function when its stack is deleted.
  if (environment.profile === "ephemeral")
    mayDelete.push(role(`holdfast-${environment.name}-*CustomS3AutoDelete*`));
  const anyone = new ArnPrincipal("*");
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: "OnlyExpireDeletes",
      effect: Effect.DENY,
      principals: [anyone],
      actions: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
      resources: [bucket.arnForObjects("*")],
      conditions: { ArnNotLike: { "aws:PrincipalArn": mayDelete } },
    }),
  );
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: "FactsAreWrittenOnce",
      effect: Effect.DENY,
      principals: [anyone],
      actions: ["s3:PutObject"],
      resources: [bucket.arnForObjects("catalog/*")],
      // The form of the S3 user guide, "Enforce conditional writes on Amazon S3 buckets".
      conditions: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
    }),
  );
}

/** Adds exactly these actions on exactly these resources to what the grantee may. */
export function allow(
  grantee: IGrantable,
  actions: string[],
  resources: string[],
  conditions?: Record<string, unknown>,
): void {
  const statement = new PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) });
  grantee.grantPrincipal.addToPrincipalPolicy(statement);
}

/** The objects of a bucket that is only known by name. */
export function objectsOf(bucket: IBucket, prefix = ""): string {
  return bucket.arnForObjects(`${prefix}*`);
}
