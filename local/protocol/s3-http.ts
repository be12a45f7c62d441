import { Readable } from "node:stream";
import { XMLParser } from "fast-xml-parser";
import { AwsError } from "../twin.ts";
import { dechunk, text } from "./body.ts";
import { s3Operation } from "./s3-route.ts";
import type { Codec, WireRequest, WireResponse } from "./wire.ts";
import { element, xmlHead } from "./xml.ts";

const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  isArray: (name) =>
    [
      "Object",
      "Part",
      "Tag",
      "Rule",
      "TopicConfiguration",
      "QueueConfiguration",
      "CloudFunctionConfiguration",
    ].includes(name),
});

/** Request headers and the input members they are, for all operations. */
const inputHeaders: Record<string, string> = {
  "if-match": "IfMatch",
  "if-none-match": "IfNoneMatch",
  range: "Range",
  "content-type": "ContentType",
  "cache-control": "CacheControl",
  "content-disposition": "ContentDisposition",
  "content-language": "ContentLanguage",
  "content-md5": "ContentMD5",
  "x-amz-copy-source": "CopySource",
  "x-amz-copy-source-if-match": "CopySourceIfMatch",
  "x-amz-metadata-directive": "MetadataDirective",
  "x-amz-tagging-directive": "TaggingDirective",
  "x-amz-tagging": "Tagging",
  "x-amz-storage-class": "StorageClass",
  "x-amz-server-side-encryption": "ServerSideEncryption",
  "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
  "x-amz-checksum-mode": "ChecksumMode",
  "x-amz-sdk-checksum-algorithm": "ChecksumAlgorithm",
  "x-amz-checksum-algorithm": "ChecksumAlgorithm",
  "x-amz-checksum-crc32": "ChecksumCRC32",
  "x-amz-checksum-crc32c": "ChecksumCRC32C",
  "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
  "x-amz-checksum-sha1": "ChecksumSHA1",
  "x-amz-checksum-sha256": "ChecksumSHA256",
};

/** Output members that are headers of the answer. */
const outputHeaders: Record<string, string> = {
  ETag: "etag",
  VersionId: "x-amz-version-id",
  DeleteMarker: "x-amz-delete-marker",
  CopySourceVersionId: "x-amz-copy-source-version-id",
  ServerSideEncryption: "x-amz-server-side-encryption",
  SSEKMSKeyId: "x-amz-server-side-encryption-aws-kms-key-id",
  BucketKeyEnabled: "x-amz-server-side-encryption-bucket-key-enabled",
  StorageClass: "x-amz-storage-class",
  TagCount: "x-amz-tagging-count",
  ChecksumCRC32: "x-amz-checksum-crc32",
  ChecksumCRC32C: "x-amz-checksum-crc32c",
  ChecksumCRC64NVME: "x-amz-checksum-crc64nvme",
  ChecksumSHA1: "x-amz-checksum-sha1",
  ChecksumSHA256: "x-amz-checksum-sha256",
  ChecksumType: "x-amz-checksum-type",
  AcceptRanges: "accept-ranges",
  ContentRange: "content-range",
  ContentType: "content-type",
  CacheControl: "cache-control",
  ContentDisposition: "content-disposition",
  ContentEncoding: "content-encoding",
  ContentLanguage: "content-language",
  LastModified: "last-modified",
  ContentLength: "content-length",
  BucketRegion: "x-amz-bucket-region",
};

/** S3's REST protocol with XML bodies, in path style and, for hosts like `bucket.localhost`, virtual-host style. */
export const s3Codec: Codec = async (request, perform) => {
  try {
    const { operation, root, input } = s3Operation(request);
    await readRequest(request, operation, root, input);
    return answer(operation, ((await perform(operation, input)) ?? {}) as Record<string, unknown>);
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    return errorAnswer(request, thrown);
  }
};

async function readRequest(
  request: WireRequest,
  operation: string,
  root: string | undefined,
  input: Record<string, unknown>,
): Promise<void> {
  for (const [header, member] of Object.entries(inputHeaders)) {
    const value = request.headers[header];
    if (value !== undefined) input[member] = value;
  }
  const metadata = Object.entries(request.headers).filter(([name]) => name.startsWith("x-amz-meta-"));
  if (metadata.length > 0)
    input.Metadata = Object.fromEntries(metadata.map(([name, value]) => [name.slice(11), value]));
  if (operation === "PutObject" || operation === "UploadPart") {
    const chunked = request.headers["x-amz-content-sha256"]?.startsWith("STREAMING-");
    const encoding = request.headers["content-encoding"]
      ?.split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "aws-chunked");
    if (encoding?.length) input.ContentEncoding = encoding.join(",");
    const heard = (name: string, value: string) => {
      const member = inputHeaders[name];
      if (member) input[member] = value;
    };
    // The algorithm of a checksum that comes in a trailer is known before its value.
    const trailer = request.headers["x-amz-trailer"]?.replace("x-amz-checksum-", "").toUpperCase();
    if (trailer && !input.ChecksumAlgorithm) input.ChecksumAlgorithm = trailer;
    input.Body = chunked
      ? Readable.from(dechunk(request.body as AsyncIterable<Buffer>, heard), { objectMode: false })
      : request.body;
    const length = request.headers["x-amz-decoded-content-length"] ?? request.headers["content-length"];
    if (length !== undefined) input.ContentLength = Number(length);
    return;
  }
  const body = await text(request.body);
  if (!body || !root) return;
  if (root === "Policy") {
    input.Policy = body;
    return;
  }
  const parsed = parser.parse(body, true) as Record<string, unknown>;
  const content = Object.entries(parsed).find(([name]) => !name.startsWith("?"))?.[1];
  input[root] = shape(root, content === "" ? {} : content);
}

/** Names that differ between the XML and the SDK's shapes. */
function shape(root: string, content: unknown): unknown {
  const value = content as Record<string, unknown>;
  if (root === "Delete") return { Objects: value.Object, Quiet: value.Quiet === "true" };
  if (root === "Tagging") return { TagSet: (value.TagSet as { Tag?: unknown[] } | undefined)?.Tag ?? [] };
  if (root === "NotificationConfiguration") {
    const { QueueConfiguration, TopicConfiguration, CloudFunctionConfiguration, EventBridgeConfiguration } =
      value;
    return {
      ...(EventBridgeConfiguration === undefined ? {} : { EventBridgeConfiguration: {} }),
      ...(QueueConfiguration ? { QueueConfigurations: QueueConfiguration } : {}),
      ...(TopicConfiguration ? { TopicConfigurations: TopicConfiguration } : {}),
      ...(CloudFunctionConfiguration ? { LambdaFunctionConfigurations: CloudFunctionConfiguration } : {}),
    };
  }
  return value;
}

function answer(operation: string, output: Record<string, unknown>): WireResponse {
  const headers: Record<string, string> = {};
  const rest: Record<string, unknown> = {};
  const { Body, Metadata, ...others } = output;
  for (const [name, value] of Object.entries((Metadata as Record<string, string>) ?? {}))
    headers[`x-amz-meta-${name}`] = value;
  const inXml = operation.startsWith("List") || operation === "GetObjectTagging";
  for (const [name, value] of Object.entries(others)) {
    const header = inXml ? undefined : outputHeaders[name];
    if (value === undefined) continue;
    if (header) headers[header] = value instanceof Date ? value.toUTCString() : String(value);
    else rest[name] = value;
  }
  if (operation === "GetObject")
    return { status: headers["content-range"] ? 206 : 200, headers, body: Body as Readable };
  if (operation.startsWith("Head") || operation.startsWith("Put")) return { status: 200, headers };
  if (operation === "DeleteObject" || operation === "DeleteBucket" || operation === "AbortMultipartUpload")
    return { status: 204, headers };
  if (operation === "GetBucketPolicy") return { status: 200, headers, body: String(rest.Policy) };
  return {
    status: 200,
    headers: { ...headers, "content-type": "application/xml" },
    body: `${xmlHead}${xmlOf(operation, rest)}`,
  };
}

/** The answer's XML: its root is named after the operation, its lists are flattened except for a few. */
function xmlOf(operation: string, output: Record<string, unknown>): string {
  const only = Object.values(output)[0];
  switch (operation) {
    case "ListBuckets":
      return element("ListAllMyBucketsResult", output, (list) => (list === "Buckets" ? "Bucket" : undefined));
    case "ListObjectsV2":
      return element("ListBucketResult", output);
    case "ListObjectVersions": {
      const { Versions, DeleteMarkers, ...rest } = output;
      return element("ListVersionsResult", { ...rest, Version: Versions, DeleteMarker: DeleteMarkers });
    }
    case "CopyObject":
      return element("CopyObjectResult", only);
    case "UploadPartCopy":
      return element("CopyPartResult", only);
    case "DeleteObjects":
      return element("DeleteResult", { Deleted: output.Deleted, Error: output.Errors });
    case "GetBucketVersioning":
      return element("VersioningConfiguration", output);
    case "GetBucketLocation":
      return element("LocationConstraint", output.LocationConstraint);
    case "GetObjectTagging":
      return element("Tagging", output, (list) => (list === "TagSet" ? "Tag" : undefined));
    case "GetBucketNotificationConfiguration": {
      const {
        EventBridgeConfiguration,
        QueueConfigurations,
        TopicConfigurations,
        LambdaFunctionConfigurations,
      } = output;
      return element("NotificationConfiguration", {
        TopicConfiguration: TopicConfigurations,
        QueueConfiguration: QueueConfigurations,
        CloudFunctionConfiguration: LambdaFunctionConfigurations,
        EventBridgeConfiguration,
      });
    }
    default:
      return element(`${operation}Result`, output);
  }
}

function errorAnswer(request: WireRequest, thrown: AwsError): WireResponse {
  const headers: Record<string, string> = { "content-type": "application/xml" };
  if (thrown.details.DeleteMarker) headers["x-amz-delete-marker"] = "true";
  if (thrown.details.VersionId) headers["x-amz-version-id"] = String(thrown.details.VersionId);
  if (thrown.details.Region) headers["x-amz-bucket-region"] = String(thrown.details.Region);
  if (request.method === "HEAD" || thrown.httpStatus === 304) return { status: thrown.httpStatus, headers };
  const body =
    xmlHead +
    element("Error", { Code: thrown.code, Message: thrown.message, ...thrown.details, RequestId: "0" });
  return { status: thrown.httpStatus, headers, body };
}
