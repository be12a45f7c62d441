import { AwsError } from "../twin.ts";
import type { WireRequest } from "./wire.ts";

/** Sub-resources of a bucket: what PUT and GET of `?name` are called, and the member that a PUT's body is. */
const bucketResources: Record<string, { suffix: string; member: string }> = {
  versioning: { suffix: "BucketVersioning", member: "VersioningConfiguration" },
  notification: { suffix: "BucketNotificationConfiguration", member: "NotificationConfiguration" },
  encryption: { suffix: "BucketEncryption", member: "ServerSideEncryptionConfiguration" },
  lifecycle: { suffix: "BucketLifecycleConfiguration", member: "LifecycleConfiguration" },
  policy: { suffix: "BucketPolicy", member: "Policy" },
  ownershipControls: { suffix: "BucketOwnershipControls", member: "OwnershipControls" },
  tagging: { suffix: "BucketTagging", member: "Tagging" },
  "object-lock": { suffix: "ObjectLockConfiguration", member: "ObjectLockConfiguration" },
  publicAccessBlock: { suffix: "PublicAccessBlock", member: "PublicAccessBlockConfiguration" },
};

const queryMembers: Record<string, string> = {
  prefix: "Prefix",
  delimiter: "Delimiter",
  "start-after": "StartAfter",
  "continuation-token": "ContinuationToken",
  "key-marker": "KeyMarker",
  versionId: "VersionId",
  uploadId: "UploadId",
  "max-buckets": "MaxBuckets",
  "encoding-type": "EncodingType",
  "response-cache-control": "ResponseCacheControl",
  "response-content-disposition": "ResponseContentDisposition",
  "response-content-encoding": "ResponseContentEncoding",
  "response-content-language": "ResponseContentLanguage",
  "response-content-type": "ResponseContentType",
};

/** What else may be in a query; anything other names a sub-resource that the stand-in does not have. */
const knownInQuery = /^(x-id|list-type|fetch-owner|max-keys|partNumber|X-Amz-.*)$/i;

/** The operation of a request by its method, path and query, the member its body is, and the input as far as the address has it. */
export function s3Operation({ method, path, query, headers }: WireRequest): {
  operation: string;
  root?: string;
  input: Record<string, unknown>;
} {
  const host = headers.host ?? "";
  const virtual = /^(.+)\.(localhost|s3[.-].*)(:\d+)?$/.exec(host)?.[1];
  const parts = decodeURIComponent(path).replace(/^\//, "");
  const slash = parts.indexOf("/");
  const bucket = virtual ?? (slash < 0 ? parts : parts.slice(0, slash));
  const key = virtual ? parts : slash < 0 ? "" : parts.slice(slash + 1);
  const input: Record<string, unknown> = {};
  if (bucket) input.Bucket = bucket;
  if (key) input.Key = key;
  for (const [name, member] of Object.entries(queryMembers)) {
    const value = query.get(name);
    if (value !== null) input[member] = value;
  }
  if (query.has("max-keys")) input.MaxKeys = Number(query.get("max-keys"));
  if (query.has("partNumber")) input.PartNumber = Number(query.get("partNumber"));
  if (!bucket) return { operation: "ListBuckets", input };
  if (!key) return { ...ofBucket(method, query), input };
  return { ...ofObject(method, query, headers), input };
}

function ofBucket(method: string, query: URLSearchParams): { operation: string; root?: string } {
  for (const [name, { suffix, member }] of Object.entries(bucketResources)) {
    if (!query.has(name)) continue;
    if (method === "GET") return { operation: `Get${suffix}` };
    if (method === "PUT") return { operation: `Put${suffix}`, root: member };
    throw unknown(method, query);
  }
  if (query.has("location")) return { operation: "GetBucketLocation" };
  if (query.has("versions")) return { operation: "ListObjectVersions" };
  if (method === "POST" && query.has("delete")) return { operation: "DeleteObjects", root: "Delete" };
  if (method === "GET" && query.get("list-type") === "2") return { operation: "ListObjectsV2" };
  // What is not known is not the bucket itself: DELETE with ?cors must not delete it.
  holdToKnown(method, query);
  if (method === "PUT") return { operation: "CreateBucket", root: "CreateBucketConfiguration" };
  if (method === "HEAD") return { operation: "HeadBucket" };
  if (method === "DELETE") return { operation: "DeleteBucket" };
  throw unknown(method, query);
}

function ofObject(
  method: string,
  query: URLSearchParams,
  headers: WireRequest["headers"],
): { operation: string; root?: string } {
  const copies = headers["x-amz-copy-source"] !== undefined;
  if (query.has("tagging")) {
    if (method === "PUT") return { operation: "PutObjectTagging", root: "Tagging" };
    return { operation: method === "DELETE" ? "DeleteObjectTagging" : "GetObjectTagging" };
  }
  if (query.has("uploadId")) {
    if (method === "PUT") return { operation: copies ? "UploadPartCopy" : "UploadPart" };
    if (method === "POST") return { operation: "CompleteMultipartUpload", root: "MultipartUpload" };
    return { operation: method === "DELETE" ? "AbortMultipartUpload" : "ListParts" };
  }
  if (method === "POST" && query.has("uploads")) return { operation: "CreateMultipartUpload" };
  holdToKnown(method, query);
  if (method === "PUT") return { operation: copies ? "CopyObject" : "PutObject" };
  if (method === "GET") return { operation: "GetObject" };
  if (method === "HEAD") return { operation: "HeadObject" };
  if (method === "DELETE") return { operation: "DeleteObject" };
  throw unknown(method, query);
}

function holdToKnown(method: string, query: URLSearchParams): void {
  for (const name of query.keys())
    if (!Object.hasOwn(queryMembers, name) && !knownInQuery.test(name)) throw unknown(method, query);
}

function unknown(method: string, query: URLSearchParams): AwsError {
  return new AwsError("NotImplemented", `not emulated: s3 ${method} ?${query}`, 501);
}
