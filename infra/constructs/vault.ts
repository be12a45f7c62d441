import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms";
import { StorageClass } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { keyAlias, signingKeyAlias, vaultName } from "../../functions/core/names.ts";
import { passing } from "../../functions/core/passing.ts";
import { bucketArn, regionalArn } from "./arns.ts";
import { KeptBucket } from "./kept-bucket.ts";
import type { Task } from "./task.ts";

/** Days after which an archive, or a version that is no longer the newest, moves to Glacier Instant Retrieval. */
export const coldAfterDays = 30;

/**
 * What is no fact and is written again and again (functions/catalog/keys.ts). Its older versions go after a day, or once
 * the bucket's lock lets them go.
 */
export const indexKeys = {
  status: "index/status.json",
  reconcile: "index/reconcile.json",
  channels: "index/channels.json",
  episodes: "index/episodes.json",
} as const;

const markWhy = "Which findings there will be is not known at synth.";

/** S3 bills an object in the colder classes as 128 KiB at least, so smaller ones stay where they are. */
export const coldFromBytes = 128 * 1_024;

/**
 * The vault of one region: the bucket that holds the catalog and the archives' copies, the key that encrypts them and
 * the region's snapshot copies, and the key that signs what drills have proved. Facts stay in S3 Standard: they are small, and listed in every pass.
 */
export class Vault extends Construct {
  readonly key: Key;
  /** Of its private half KMS gives nothing away: a certificate can be made only by asking this key. */
  readonly signingKey: Key;
  readonly name: string;
  readonly #environment: Environment;

  constructor(scope: Construct, id: string, { environment }: { environment: Environment }) {
    super(scope, id);
    this.#environment = environment;
    const locked = environment.profile === "protected";
    this.name = vaultName(environment, Stack.of(this).region);
    const kept = {
      removalPolicy: locked ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(locked ? 30 : 7),
    };
    this.key = new Key(this, "Key", {
      alias: keyAlias(environment),
      description: `Encrypts the Holdfast vault and snapshot copies of ${environment.name}`,
      enableKeyRotation: true,
      ...kept,
    });
    this.signingKey = new Key(this, "SigningKey", {
      alias: signingKeyAlias(environment),
      description: `Signs the certificates of Holdfast's drills of ${environment.name}`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      ...kept,
    });
    if (locked) for (const key of [this.key, this.signingKey]) keepKey(key);
    const cold = { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL };
    const bucket = new KeptBucket(this, "Bucket", {
      environment,
      name: this.name,
      key: this.key,
      lifecycleRules: [
        {
          id: "cold-archives",
          prefix: "archives/",
          objectSizeGreaterThan: coldFromBytes,
          transitions: [{ ...cold, transitionAfter: Duration.days(coldAfterDays) }],
          noncurrentVersionTransitions: [{ ...cold, transitionAfter: Duration.days(coldAfterDays) }],
        },
        { id: "old-indexes", prefix: "index/", noncurrentVersionExpiration: Duration.days(1) },
        // S3 takes away the delete markers that it leaves here by itself (S3 API reference, LifecycleExpiration, Days).
        ...Object.values(passing).map(({ prefix, days }) => ({
          ...{ id: `passing-${prefix.slice(0, -1)}`, prefix, expiration: Duration.days(days) },
          noncurrentVersionExpiration: Duration.days(1),
        })),
      ],
    });
    // A write without the header could put a new version over a fact. The key holds for PutObject and CopyObject
    // (S3 user guide, "Enforce conditional writes"; for copies since October 2025).
    bucket.deny("FactsAreWrittenOnce", ["s3:PutObject"], "catalog/*", {
      Null: { "s3:if-none-match": "true" },
    });
  }

  /** Lets the task list the catalog and read its facts, and what was made of them for whoever asks. */
  grantRead(task: Task): void {
    // The whole bucket may be listed: a GET of a key that is not there answers 404 only to who may list it.
    task.allow(["s3:ListBucket"], [bucketArn(this.#environment, this.name)]);
    this.#allowObjects(task, ["s3:GetObject"], "catalog/*", "Facts are many objects under one prefix.");
    task.allow(
      ["s3:GetObject"],
      Object.values(indexKeys).map((key) => bucketArn(this.#environment, this.name, key)),
    );
    task.allow(["kms:Decrypt"], [this.key.keyArn]);
  }

  /** Lets the task record facts, which the bucket's policy makes once and for all. */
  grantRecord(task: Task): void {
    this.#allowObjects(task, ["s3:PutObject"], "catalog/*", "Facts are many objects under one prefix.");
    this.#allowObjects(task, ["s3:PutObject"], `${passing.changes.prefix}*`, markWhy);
    task.allow(["kms:GenerateDataKey"], [this.key.keyArn]);
  }

  /** Lets the task write what is overwritten each time, of which there is one object. */
  grantWriteIndex(task: Task, name: keyof typeof indexKeys): void {
    task.allow(["s3:PutObject"], [bucketArn(this.#environment, this.name, indexKeys[name])]);
  }

  /** Lets the task leave receipts of what channels took, and see those that were left. */
  grantReceipts(task: Task): void {
    const why = "Which messages there will be is not known at synth.";
    this.#allowObjects(task, ["s3:GetObject", "s3:PutObject"], `${passing.receipts.prefix}*`, why);
  }

  /** Lets the task remember what it answered to requests with a key. */
  grantRemember(task: Task): void {
    const why = "Which requests there will be is not known at synth.";
    this.#allowObjects(task, ["s3:GetObject", "s3:PutObject"], `${passing.idempotency.prefix}*`, why);
  }

  /** Lets the task record what it finds wrong, and no other fact. */
  grantRecordFindings(task: Task): void {
    const why = "Which findings there will be is not known at synth.";
    this.#allowObjects(task, ["s3:PutObject"], "catalog/findings/*", why);
    this.#allowObjects(task, ["s3:PutObject"], `${passing.changes.prefix}*`, markWhy);
    task.allow(["kms:GenerateDataKey"], [this.key.keyArn]);
  }

  /** Lets the task record what it tells, with the codes that acknowledge it, and no fact about a point. */
  grantRecordTold(task: Task): void {
    const why = "Which findings there will be is not known at synth.";
    const facts = ["catalog/acknowledgements/*", "catalog/findings/*", "catalog/messages/*"];
    for (const keys of [...facts, `${passing.changes.prefix}*`])
      this.#allowObjects(task, ["s3:PutObject"], keys, why);
    const index = bucketArn(this.#environment, this.name, indexKeys.episodes);
    task.allow(["s3:GetObject", "s3:PutObject"], [index]);
    task.allow(["kms:GenerateDataKey"], [this.key.keyArn]);
  }

  /** Lets the task copy archives into the vault and read them back. */
  grantKeepArchives(task: Task): void {
    const actions = [
      "s3:AbortMultipartUpload",
      "s3:GetObject",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
      "s3:PutObjectTagging",
    ];
    this.#allowObjects(task, actions, "archives/*", "Which archives will arrive is not known at synth.");
    task.allow(["kms:Decrypt", "kms:GenerateDataKey"], [this.key.keyArn]);
  }

  /** Lets the task delete archives' copies, version by version, as far as Object Lock lets anyone. Facts it cannot delete. */
  grantExpireArchives(task: Task): void {
    task.allow(["s3:ListBucketVersions"], [bucketArn(this.#environment, this.name)]);
    const actions = [
      "s3:DeleteObjectVersion",
      "s3:GetObjectLegalHold",
      "s3:GetObjectRetention",
      "s3:GetObjectVersion",
    ];
    this.#allowObjects(task, actions, "archives/*", "Which archives will arrive is not known at synth.");
  }

  /** Lets the task have RDS encrypt snapshot copies with the vault's key (RDS user guide, copying a snapshot). */
  grantEncryptSnapshots(task: Task): void {
    const actions = [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ];
    task.allow(actions, [this.key.keyArn]);
    task.allow(["kms:CreateGrant"], [this.key.keyArn], {
      when: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    });
  }

  /** Lets the task have RDS restore snapshots that are encrypted with the vault's key (RDS user guide, KMS key management). */
  grantRestoreSnapshots(task: Task): void {
    task.allow(["kms:DescribeKey"], [this.key.keyArn]);
    task.allow(["kms:CreateGrant"], [this.key.keyArn], {
      when: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    });
  }

  /** Lets the task sign what it has proved, and read the public key for who checks the signature. */
  grantSign(task: Task): void {
    task.allow(["kms:GetPublicKey", "kms:Sign"], [this.signingKey.keyArn]);
  }

  /** Lets the task keep what it found in restored databases, and read what earlier drills found. */
  grantFingerprints(task: Task): void {
    const why = "Which points will be drilled is not known at synth.";
    this.#allowObjects(task, ["s3:GetObject", "s3:PutObject"], "fingerprints/*", why);
    task.allow(["kms:Decrypt", "kms:GenerateDataKey"], [this.key.keyArn]);
  }

  #allowObjects(task: Task, actions: string[], keys: string, why: string): void {
    task.allow(actions, [bucketArn(this.#environment, this.name, keys)], { why });
  }
}

/** A deleted key destroys what Object Lock keeps: nobody may schedule that, short of changing this policy first. */
function keepKey(key: Key): void {
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: "NobodyDeletesTheKey",
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ["kms:DisableKey", "kms:ScheduleKeyDeletion"],
      resources: ["*"],
    }),
  );
}

/** Lets the task list the vault in another region, to see when its passes were last there. */
export function grantList(environment: Environment, region: string, task: Task): void {
  task.allow(["s3:ListBucket"], [bucketArn(environment, vaultName(environment, region))]);
}

/** Lets the task read the catalog of the vault in another region, to mirror it. */
export function grantMirrorFrom(environment: Environment, region: string, task: Task): void {
  const name = vaultName(environment, region);
  grantList(environment, region, task);
  task.allow(["s3:GetObject"], [bucketArn(environment, name, "catalog/*")], {
    why: "Facts are many objects under one prefix.",
  });
  allowVaultKeyElsewhere(environment, region, task, ["kms:Decrypt"]);
}

/**
 * Lets the task use the vault's key of another region. Its id is not known in this region's stack, and CDK's
 * references across regions would add functions of their own; the alias is known, and KMS checks it.
 */
export function allowVaultKeyElsewhere(
  environment: Environment,
  region: string,
  task: Task,
  actions: string[],
): void {
  task.allow(actions, [regionalArn(environment, "kms", region, "key/*")], {
    why: "The key's id in the other region is not known here; the condition narrows it to the vault's alias.",
    when: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": keyAlias(environment) } },
  });
}
