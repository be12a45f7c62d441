import {
  CustomResourceProviderBase,
  DefaultStackSynthesizer,
  Duration,
  RemovalPolicy,
  Stack,
  Validations,
} from "aws-cdk-lib";
import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { partitionOf } from "../../functions/core/names.ts";
import { bucketArn, roleArn } from "./arns.ts";

/**
 * How long nobody, root included, can delete a version in `protected`. 35 days is AWS's own longest point-in-time
 * retention: an intruder who has every right destroys nothing younger, and what is older still has the bucket
 * policy before it. It is not the longest tier of the plans, because compliance mode takes nothing back: data
 * that must be erased by law, or a bucket declared by mistake, would be kept and paid for until that tier ends.
 */
export const lockDays = 35;

/** What a bucket that loses nothing is made from. */
export type KeptBucketProps = {
  readonly environment: Environment;
  readonly name: string;
  readonly key: IKey;
  /** In days: when a version that is no longer the newest moves to a colder class that is still read at once. */
  readonly lifecycleRules: s3.LifecycleRule[];
  /**
   * ARNs of roles that may hide objects behind delete markers; they never delete a version.
   * @default - none: only `expire` deletes
   */
  readonly hiders?: string[];
};

/**
 * A bucket that loses nothing: versioned, encrypted with a key of ours, TLS only, closed to the public, locked in
 * `protected`, and with a policy of its own that lets only `expire` delete, whatever rights others have.
 */
export class KeptBucket extends Construct {
  readonly bucket: s3.Bucket;
  readonly #props: KeptBucketProps;

  constructor(scope: Construct, id: string, props: KeptBucketProps) {
    super(scope, id);
    this.#props = props;
    const locked = props.environment.profile === "protected";
    this.bucket = new s3.Bucket(this, "Bucket", {
      bucketName: props.name,
      versioned: true,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: props.key,
      bucketKeyEnabled: true,
      // SSE-C lets a thief encrypt data with a key that only he has ("Codefinger").
      blockedEncryptionTypes: [s3.BlockedEncryptionType.SSE_C],
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        { id: "abandoned-uploads", abortIncompleteMultipartUploadAfter: Duration.days(7) },
        ...props.lifecycleRules,
      ],
      ...(locked
        ? {
            objectLockDefaultRetention: s3.ObjectLockRetention.compliance(Duration.days(lockDays)),
            removalPolicy: RemovalPolicy.RETAIN,
          }
        : { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true }),
    });
    // By the resource's own property: the L2's switch would bring a custom resource with a function of its own.
    const resource = this.bucket.node.defaultChild as s3.CfnBucket;
    resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    this.#letOnlyExpireDelete();
    if (locked) this.#letOnlyDeploymentsChangeIt();
    Validations.of(this.bucket).acknowledge(
      {
        id: "AwsSolutions-S1",
        reason:
          "Access logs would need a bucket that needs the same guard, and cannot lie in one with a default lock; CloudTrail data events, which name the role, are the account's to switch on.",
      },
      {
        id: "CloudFormation-Validate::W9003",
        reason:
          "CDK writes a lifecycle rule's size as a number; CloudFormation takes it as the text it wants.",
      },
    );
  }

  /** Adds a refusal that holds whatever rights a caller has. */
  deny(sid: string, actions: string[], keys: string | undefined, conditions: Conditions): void {
    const { environment, name } = this.#props;
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions,
        resources: [bucketArn(environment, name, keys)],
        conditions,
      }),
    );
  }

  #letOnlyExpireDelete(): void {
    const { environment, hiders = [] } = this.#props;
    const stack = Stack.of(this);
    // By principal ARN: it names the role whether or not it exists yet.
    const may = [roleArn(environment, "expire", stack.region), ...this.#emptierArns(stack)];
    const unless = (roles: string[]) => ({ ArnNotEquals: { "aws:PrincipalArn": roles } });
    this.deny("OnlyExpireDeletesVersions", ["s3:DeleteObjectVersion"], "*", unless(may));
    this.deny("OnlyExpireHides", ["s3:DeleteObject"], "*", unless([...may, ...hiders]));
  }

  /** In `ephemeral`, CDK's own function empties the bucket when the stack is deleted. */
  #emptierArns(stack: Stack): string[] {
    const emptier = stack.node.tryFindChild("Custom::S3AutoDeleteObjectsCustomResourceProvider");
    return emptier instanceof CustomResourceProviderBase ? [emptier.roleArn] : [];
  }

  /** What guards the bucket is changed by a deployment, which is reviewed, or not at all. */
  #letOnlyDeploymentsChangeIt(): void {
    const { account, region, synthesizer } = Stack.of(this);
    const qualifier = synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    const deployer = `arn:${partitionOf(region)}:iam::${account}:role/cdk-${qualifier}-cfn-exec-role-${account}-${region}`;
    const actions = [
      "s3:DeleteBucket",
      "s3:DeleteBucketPolicy",
      "s3:PutBucketNotification",
      "s3:PutBucketObjectLockConfiguration",
      "s3:PutBucketOwnershipControls",
      "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock",
      "s3:PutBucketVersioning",
      "s3:PutEncryptionConfiguration",
      "s3:PutLifecycleConfiguration",
      "s3:PutReplicationConfiguration",
    ];
    this.deny("OnlyDeploymentsChangeIt", actions, undefined, {
      ArnNotEquals: { "aws:PrincipalArn": [deployer] },
    });
  }
}

type Conditions = Record<string, Record<string, string | string[]>>;
