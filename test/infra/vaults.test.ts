import { expect, test } from "vitest";
import type { Resource } from "../../infra/templates.ts";
import { resourcePoliciesOf } from "../../scripts/statements.ts";
import { dev, prod, propagating } from "./environments.ts";
import { templatesOf } from "./synthesized.ts";

const vaultStacks = (environment: typeof prod) =>
  templatesOf(environment).filter(({ stack }) => stack.includes("-vault-"));
const bucketsOf = (environment: typeof prod) =>
  vaultStacks(environment).flatMap((template) =>
    Object.entries(template.resources)
      .filter(([, { Type }]) => Type === "AWS::S3::Bucket")
      .map(([id, bucket]) => ({ template, id, bucket, policy: policyOf(template.resources, id) })),
  );
type Denial = {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition: Record<string, Record<string, string | string[]>>;
};
const policyOf = (resources: Record<string, Resource>, id: string): Denial[] =>
  Object.values(resources).find(
    ({ Type, Properties }) => Type === "AWS::S3::BucketPolicy" && Properties.Bucket.Ref === id,
  )?.Properties.PolicyDocument.Statement;
const denial = (policy: Denial[], sid: string) => policy.find(({ Sid }) => Sid === sid);

test("vaults and replicas are versioned, closed, encrypted with our key, and take neither SSE-C nor plain HTTP", () => {
  const buckets = bucketsOf(prod);
  expect(buckets.map(({ bucket }) => bucket.Properties.BucketName).sort()).toEqual([
    "holdfast-prod-111122223333-eu-central-1",
    "holdfast-prod-111122223333-eu-west-1",
    "holdfast-prod-uploads-111122223333-eu-central-1",
  ]);
  for (const { template, bucket, policy } of buckets) {
    const [encryption] = bucket.Properties.BucketEncryption.ServerSideEncryptionConfiguration;
    const key = template.resources[encryption.ServerSideEncryptionByDefault.KMSMasterKeyID["Fn::GetAtt"][0]];
    expect(key?.Properties.EnableKeyRotation).toBe(true);
    expect(encryption.BucketKeyEnabled).toBe(true);
    expect(encryption.BlockedEncryptionTypes).toEqual({ EncryptionType: ["SSE-C"] });
    expect(bucket.Properties).toMatchObject({
      VersioningConfiguration: { Status: "Enabled" },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    expect(policy).toContainEqual(
      expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
    );
  }
});

test("in protected, what is written is locked for 35 days, and everything outlives its stack", () => {
  for (const { bucket } of bucketsOf(prod)) {
    expect(bucket.Properties.ObjectLockConfiguration.Rule.DefaultRetention).toEqual({
      Mode: "COMPLIANCE",
      Days: 35,
    });
  }
  for (const template of templatesOf(prod)) {
    expect(template.terminationProtection).toBe(true);
    for (const [id, { Type, DeletionPolicy }] of Object.entries(template.resources)) {
      if (Type === "AWS::S3::Bucket" || Type === "AWS::Logs::LogGroup")
        expect(DeletionPolicy, id).toBe("Retain");
      if (Type === "AWS::KMS::Key" && template.stack.includes("-vault-"))
        expect(DeletionPolicy, id).toBe("Retain");
    }
  }
});

test("in ephemeral, nothing is locked and nothing is left", () => {
  for (const template of templatesOf(dev)) {
    expect(template.terminationProtection).toBe(false);
    for (const [id, { Type, DeletionPolicy, Properties }] of Object.entries(template.resources)) {
      if (Type === "AWS::S3::Bucket") expect(Properties.ObjectLockConfiguration, id).toBeUndefined();
      // A version goes with its function.
      if (Type !== "AWS::Lambda::Version") expect(DeletionPolicy ?? "Delete", id).toBe("Delete");
    }
    const count = (type: string) =>
      Object.values(template.resources).filter(({ Type }) => Type === type).length;
    expect(count("Custom::S3AutoDeleteObjects")).toBe(count("AWS::S3::Bucket"));
  }
});

test("only expire deletes versions or hides objects, whatever rights others have", () => {
  for (const { template, bucket, policy } of bucketsOf(prod)) {
    const expire = `arn:aws:iam::111122223333:role/holdfast-prod-expire-${template.region}`;
    for (const [sid, action] of [
      ["OnlyExpireDeletesVersions", "s3:DeleteObjectVersion"],
      ["OnlyExpireHides", "s3:DeleteObject"],
    ] as const) {
      expect(denial(policy, sid)).toMatchObject({
        Effect: "Deny",
        Principal: { AWS: "*" },
        Action: action,
        Resource: `arn:aws:s3:::${bucket.Properties.BucketName}/*`,
        Condition: { ArnNotEquals: { "aws:PrincipalArn": [expire] } },
      });
    }
  }
});

test("where deletions propagate, replicate too may hide the replica's objects, and only those", () => {
  for (const { bucket, policy } of bucketsOf(propagating)) {
    const may = (sid: string) => denial(policy, sid)?.Condition.ArnNotEquals?.["aws:PrincipalArn"];
    const replicate = "arn:aws:iam::111122223333:role/holdfast-prod-replicate-eu-west-1";
    const isReplica = bucket.Properties.BucketName.includes("uploads");
    expect(may("OnlyExpireDeletesVersions")).not.toContain(replicate);
    expect(may("OnlyExpireHides")?.includes(replicate)).toBe(isReplica);
  }
});

test("in ephemeral, CDK's emptier may delete as well, and nobody else", () => {
  for (const { policy } of bucketsOf(dev)) {
    const may = denial(policy, "OnlyExpireDeletesVersions")?.Condition.ArnNotEquals?.["aws:PrincipalArn"];
    const [expire, emptier, ...others] = may ?? [];
    expect(expire).toMatch(/role\/holdfast-dev-expire-/);
    expect(JSON.stringify(emptier)).toContain("CustomS3AutoDeleteObjects");
    expect(others).toEqual([]);
  }
});

test("a fact is written once: a write without If-None-Match is refused to everybody", () => {
  for (const { bucket, policy } of bucketsOf(prod)) {
    const once = denial(policy, "FactsAreWrittenOnce");
    if (bucket.Properties.BucketName.includes("uploads")) {
      expect(once).toBeUndefined();
      continue;
    }
    expect(once).toMatchObject({
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${bucket.Properties.BucketName}/catalog/*`,
      Condition: { Null: { "s3:if-none-match": "true" } },
    });
  }
});

test("in protected, only deployments change what guards a bucket, and nobody deletes the key", () => {
  for (const { template, policy } of bucketsOf(prod)) {
    const guard = denial(policy, "OnlyDeploymentsChangeIt");
    expect(guard?.Action).toEqual(
      expect.arrayContaining([
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutEncryptionConfiguration",
      ]),
    );
    expect(guard?.Condition).toEqual({
      ArnNotEquals: {
        "aws:PrincipalArn": [
          `arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-${template.region}`,
        ],
      },
    });
  }
  for (const template of vaultStacks(prod)) {
    const [, key] = [...resourcePoliciesOf(template)].find(([id]) => id.startsWith("VaultKey")) ?? [];
    expect(key).toContainEqual(
      expect.objectContaining({ effect: "Deny", actions: ["kms:DisableKey", "kms:ScheduleKeyDeletion"] }),
    );
  }
});

test("each vault has a key that signs with ECDSA over P-256, which nobody deletes in protected", () => {
  for (const environment of [prod, dev]) {
    for (const template of vaultStacks(environment)) {
      const keys = Object.entries(template.resources).filter(
        ([, { Type, Properties }]) => Type === "AWS::KMS::Key" && Properties.KeyUsage === "SIGN_VERIFY",
      );
      expect(keys).toHaveLength(1);
      const [[id, key] = []] = keys;
      expect(key).toMatchObject({ Properties: { KeySpec: "ECC_NIST_P256" } });
      expect(Object.values(template.resources)).toContainEqual(
        expect.objectContaining({
          Type: "AWS::KMS::Alias",
          Properties: {
            AliasName: `alias/holdfast-${environment.name}-signing`,
            TargetKeyId: { "Fn::GetAtt": [id, "Arn"] },
          },
        }),
      );
      const refused = [...resourcePoliciesOf(template)]
        .filter(([of]) => of === id)
        .flatMap(([, statements]) => statements)
        .filter(({ effect }) => effect === "Deny");
      expect(refused.map(({ actions }) => actions)).toEqual(
        environment === prod ? [["kms:DisableKey", "kms:ScheduleKeyDeletion"]] : [],
      );
    }
  }
});

test("abandoned uploads go after 7 days, archives and old versions get cold, facts stay as they are", () => {
  for (const { bucket } of bucketsOf(prod)) {
    const rules = bucket.Properties.LifecycleConfiguration.Rules;
    expect(rules).toContainEqual(
      expect.objectContaining({
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        Status: "Enabled",
      }),
    );
    const cold = rules.filter((rule: Record<string, unknown>) => rule.NoncurrentVersionTransitions);
    expect(cold).toHaveLength(1);
    const isReplica = bucket.Properties.BucketName.includes("uploads");
    // A replica's newest versions keep their source's storage class.
    expect(cold[0].Transitions === undefined).toBe(isReplica);
    expect(cold[0].Prefix).toBe(isReplica ? undefined : "archives/");
    const going = rules.flatMap((rule: Record<string, unknown>) =>
      rule.ExpirationInDays || rule.NoncurrentVersionExpiration
        ? [[rule.Prefix, rule.ExpirationInDays, rule.NoncurrentVersionExpiration]]
        : [],
    );
    // What is written anew is no backup, and can be made of the facts again; the rest is no fact, and has had its time.
    const old = { NoncurrentDays: 1 };
    const passing = [
      ...[
        ["index/", undefined, old],
        ["changes/", 2, old],
      ],
      ...[
        ["idempotency/", 2, old],
        ["receipts/", 30, old],
      ],
    ];
    expect(going, "of all else only expire deletes").toEqual(isReplica ? [] : passing);
  }
});
