import type { Need } from "./iam-policy.ts";
import { keyArn } from "./services/kms.ts";
import type { Call, Twin } from "./twin.ts";

// biome-ignore lint/suspicious/noExplicitAny: each entry reads the input of its own operation.
type Input = any;

const objectActions: Record<string, string> = {
  PutObject: "s3:PutObject",
  CreateMultipartUpload: "s3:PutObject",
  UploadPart: "s3:PutObject",
  CompleteMultipartUpload: "s3:PutObject",
  AbortMultipartUpload: "s3:AbortMultipartUpload",
  ListParts: "s3:ListMultipartUploadParts",
  GetObject: "s3:GetObject",
  HeadObject: "s3:GetObject",
  GetObjectAttributes: "s3:GetObject",
  GetObjectTagging: "s3:GetObjectTagging",
  PutObjectTagging: "s3:PutObjectTagging",
  DeleteObject: "s3:DeleteObject",
};
const bucketActions: Record<string, string> = {
  ListObjectsV2: "s3:ListBucket",
  ListObjects: "s3:ListBucket",
  HeadBucket: "s3:ListBucket",
  ListObjectVersions: "s3:ListBucketVersions",
  ListMultipartUploads: "s3:ListBucketMultipartUploads",
  GetBucketLocation: "s3:GetBucketLocation",
  GetBucketVersioning: "s3:GetBucketVersioning",
  GetBucketNotificationConfiguration: "s3:GetBucketNotification",
  PutBucketNotificationConfiguration: "s3:PutBucketNotification",
};
/** Operations that encrypt what they write; parts are also decrypted again (S3 user guide, multipart permissions). */
const writes = new Set(["PutObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CopyObject"]);
const versioned = new Set(["s3:GetObject", "s3:GetObjectTagging", "s3:PutObjectTagging", "s3:DeleteObject"]);

/** The rights that a call to S3 needs, those on KMS keys of the buckets' default encryption included. */
export async function s3Needs(twin: Twin, call: Call): Promise<Need[]> {
  const { operation, input } = call as { operation: string; input: Input };
  if (operation === "ListBuckets") return [{ action: "s3:ListAllMyBuckets", resource: "*", context: {} }];
  const bucketAction = bucketActions[operation];
  if (bucketAction) {
    const context = { "s3:prefix": input.Prefix ?? "" };
    return [{ action: bucketAction, resource: `arn:aws:s3:::${input.Bucket}`, context }];
  }
  if (operation === "CopyObject" || operation === "UploadPartCopy") {
    const from = sourceOf(input.CopySource);
    const reads = readNeeds(twin, call, { ...from, action: "s3:GetObject" });
    const writes = writeNeeds(twin, call, "s3:PutObject");
    // Tags travel with a copy unless they are replaced; reading and writing them are rights of their own, asked for
    // only where there are tags.
    const copiesTags = operation === "CopyObject" && input.TaggingDirective !== "REPLACE";
    if (!copiesTags || !(await hasTags(twin, from))) return [...reads, ...writes];
    const resource = `arn:aws:s3:::${input.Bucket}/${input.Key}`;
    const tagReads = readNeeds(twin, call, { ...from, action: "s3:GetObjectTagging" });
    return [...reads, ...tagReads, ...writes, { action: "s3:PutObjectTagging", resource, context: {} }];
  }
  const action = objectActions[operation];
  if (!action) throw new Error(`no rights are known for s3:${operation}; add it to iam-needs-s3.ts`);
  if (action === "s3:PutObject") return writeNeeds(twin, call, action);
  return readNeeds(twin, call, { action, bucket: input.Bucket, key: input.Key, versionId: input.VersionId });
}

type Read = { action: string; bucket: string; key: string; versionId?: string };

function readNeeds(twin: Twin, { operation, input }: Call, { action, bucket, key, versionId }: Read): Need[] {
  // A named version has actions of its own: s3:GetObjectVersion (S3 user guide, object operations).
  const name = versionId && versioned.has(action) ? action.replace(/Object/, "ObjectVersion") : action;
  // HeadObject needs the key only for the checksum (S3 API reference, HeadObject).
  const decrypts =
    action === "s3:GetObject" && (operation !== "HeadObject" || input.ChecksumMode === "ENABLED");
  return [
    { action: name, resource: `arn:aws:s3:::${bucket}/${key}`, context: {} },
    ...(decrypts ? keyNeeds(twin, bucket, ["kms:Decrypt"]) : []),
  ];
}

type Source = { bucket: string; key: string; versionId?: string };

function sourceOf(copySource: string): Source {
  const [path = "", versionId] = copySource.split("?versionId=");
  const plain = decodeURIComponent(path.replace(/^\//, ""));
  const slash = plain.indexOf("/");
  return { bucket: plain.slice(0, slash), key: plain.slice(slash + 1), ...(versionId ? { versionId } : {}) };
}

async function hasTags(twin: Twin, { bucket, key, versionId }: Source): Promise<boolean> {
  const region = bucketRegion(twin, bucket);
  const ask = { service: "s3", region, operation: "", input: {}, principal: "aws" } as const;
  try {
    const read = twin.service("s3")?.operations.GetObjectTagging;
    const answer = await read?.({ Bucket: bucket, Key: key, VersionId: versionId }, ask);
    return ((answer as { TagSet?: unknown[] } | undefined)?.TagSet ?? []).length > 0;
  } catch {
    return false; // No such object: the call itself will say so.
  }
}

function writeNeeds(twin: Twin, call: Call, action: string): Need[] {
  const { operation, input } = call as { operation: string; input: Input };
  const resource = `arn:aws:s3:::${input.Bucket}/${input.Key}`;
  const context = { "s3:if-none-match": input.IfNoneMatch, "s3:if-match": input.IfMatch };
  const inParts = operation.startsWith("UploadPart") || operation === "CreateMultipartUpload";
  return [
    { action, resource, context },
    ...(input.Tagging ? [{ action: "s3:PutObjectTagging", resource, context: {} }] : []),
    ...(writes.has(operation)
      ? keyNeeds(
          twin,
          input.Bucket,
          inParts ? ["kms:GenerateDataKey", "kms:Decrypt"] : ["kms:GenerateDataKey"],
        )
      : []),
  ];
}

/** The rights on the customer's key with which a bucket encrypts; none for AWS's own keys. */
function keyNeeds(twin: Twin, bucket: string, actions: string[]): Need[] {
  const region = bucketRegion(twin, bucket);
  const ask = { service: "s3", region, operation: "", input: {}, principal: "aws" } as const;
  let given: string | undefined;
  try {
    // biome-ignore lint/suspicious/noExplicitAny: the shape of GetBucketEncryption's answer.
    const answer = twin.service("s3")?.operations.GetBucketEncryption?.({ Bucket: bucket }, ask) as any;
    given =
      answer?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
        ?.KMSMasterKeyID;
  } catch {
    return []; // No such bucket: the call itself will say so.
  }
  if (!given) return [];
  const resource = keyArn(twin, region, given);
  const context = {
    "kms:ViaService": `s3.${region}.amazonaws.com`,
    "kms:ResourceAliases": aliasesOf(twin, region, resource),
  };
  return actions.map((action) => ({ action, resource, context }));
}

function bucketRegion(twin: Twin, bucket: string): string {
  const ask = { service: "s3", region: "us-east-1", operation: "", input: {}, principal: "aws" } as const;
  try {
    // biome-ignore lint/suspicious/noExplicitAny: the shape of GetBucketLocation's answer.
    const answer = twin.service("s3")?.operations.GetBucketLocation?.({ Bucket: bucket }, ask) as any;
    return answer?.LocationConstraint || "us-east-1";
  } catch {
    return "us-east-1";
  }
}

function aliasesOf(twin: Twin, region: string, arn: string): string[] {
  const ask = { service: "kms", region, operation: "", input: {}, principal: "aws" } as const;
  const answer = twin.service("kms")?.operations.ListAliases?.({}, ask) as
    | { Aliases: { AliasName: string; TargetKeyId: string }[] }
    | undefined;
  return (answer?.Aliases ?? [])
    .filter(({ TargetKeyId }) => arn.endsWith(`/${TargetKeyId}`))
    .map(({ AliasName }) => AliasName);
}
