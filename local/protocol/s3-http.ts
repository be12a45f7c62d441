import { Readable } from "node:stream";
import { XMLParser } from "fast-xml-parser";
import { AwsError } from "../twin.ts";
import { dechunk, text } from "./body.ts";
import { headerOf, headerText, headerValue, inputHeaders } from "./s3-headers.ts";
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
    if (value !== undefined) input[member] = headerValue(member, value);
  }
  const encoding = request.headers["content-encoding"]
    ?.split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "aws-chunked");
  if (encoding?.length) input.ContentEncoding = encoding.join(",");
  const metadata = Object.entries(request.headers).filter(([name]) => name.startsWith("x-amz-meta-"));
  if (metadata.length > 0)
    input.Metadata = Object.fromEntries(metadata.map(([name, value]) => [name.slice(11), value]));
  if (operation === "PutObject" || operation === "UploadPart") {
    const chunked = request.headers["x-amz-content-sha256"]?.startsWith("STREAMING-");
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
  if (root === "MultipartUpload") {
    const parts = (value.Part ?? []) as { PartNumber: string }[];
    return { Parts: parts.map((part) => ({ ...part, PartNumber: Number(part.PartNumber) })) };
  }
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
  for (const [name, value] of Object.entries(others)) {
    const header = headerOf(operation, name);
    if (value === undefined) continue;
    if (header) headers[header] = headerText(name, value);
    else rest[name] = value;
  }
  if (operation === "GetObject")
    return { status: headers["content-range"] ? 206 : 200, headers, body: Body as Readable };
  if (operation.startsWith("Head") || operation.startsWith("Put")) return { status: 200, headers };
  if (["DeleteObject", "DeleteObjectTagging", "DeleteBucket", "AbortMultipartUpload"].includes(operation))
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
    case "ListParts": {
      const { Parts, ...rest } = output;
      return element("ListPartsResult", { ...rest, Part: Parts });
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
