import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";
import { HttpRequest } from "@smithy/core/protocols";
import { eachElement } from "../core/xml.ts";

/** The members of an input, beside bucket, key and version, that are sent here, each as its header. */
const headers: Record<string, string> = {
  ChecksumMode: "x-amz-checksum-mode",
  CopySource: "x-amz-copy-source",
  CopySourceIfMatch: "x-amz-copy-source-if-match",
  StorageClass: "x-amz-storage-class",
  WebsiteRedirectLocation: "x-amz-website-redirect-location",
  IfMatch: "if-match",
  IfNoneMatch: "if-none-match",
};

/** The headers of an answer to HEAD that `headOf` reads, each as its member of the output. */
const members: Record<string, string> = {
  etag: "ETag",
  "x-amz-version-id": "VersionId",
  "x-amz-storage-class": "StorageClass",
  "x-amz-website-redirect-location": "WebsiteRedirectLocation",
  "content-type": "ContentType",
  "cache-control": "CacheControl",
  "content-disposition": "ContentDisposition",
  "content-encoding": "ContentEncoding",
  "content-language": "ContentLanguage",
  expires: "ExpiresString",
  "x-amz-checksum-type": "ChecksumType",
  "x-amz-checksum-crc32": "ChecksumCRC32",
  "x-amz-checksum-crc32c": "ChecksumCRC32C",
  "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
  "x-amz-checksum-sha1": "ChecksumSHA1",
  "x-amz-checksum-sha256": "ChecksumSHA256",
};

/** Of nothing: neither request has a body. */
const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

type Input = Record<string, unknown>;
type Scheme = { name: string; signingRegion: string; signingName: string };
type Answer = { statusCode: number; headers: Record<string, string>; body: AsyncIterable<Uint8Array> };

/** How each command is sent and its answer read; `undefined` for an answer that the SDK has to see for itself. */
const commands: Record<string, { method: string; read(answer: Answer, body: string): object | undefined }> = {
  HeadObjectCommand: { method: "HEAD", read: readHead },
  CopyObjectCommand: { method: "PUT", read: readCopy },
};

/**
 * Has a client send HeadObject and CopyObject, of which replication makes one each per object, without the SDK's
 * twenty layers around each call: signed by the client's own signer, over its own connections, to the endpoint that
 * the SDK's rules give for the bucket. Whatever is not a plain success (an error, a redirect, a "200" with an error in
 * it, a broken connection, a member that is not in the tables above) is left to the SDK, which sends the call again
 * with all its retries and names the error. Gives what it was given. Measured in docs/performance.md.
 */
export function swift(client: S3Client): S3Client {
  const places = new Map<string, Promise<Place | undefined>>();
  const placeOf = (bucket: string) => {
    const known = places.get(bucket) ?? findPlace(client, bucket);
    places.set(bucket, known);
    return known;
  };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const output = await sendPlainly(client, placeOf, context.commandName, args.input as Input).catch(
        // The SDK makes the same call, and has the words for what is wrong.
        () => undefined,
      );
      return output ? { output: output as never, response: {} } : next(args);
    },
    { step: "initialize", priority: "high", name: "swift" },
  );
  return client;
}

async function sendPlainly(
  client: S3Client,
  placeOf: (bucket: string) => Promise<Place | undefined>,
  commandName = "",
  input: Input,
): Promise<object | undefined> {
  const command = commands[commandName];
  const sent = command && headersOf(input);
  const place = sent && (await placeOf(String(input.Bucket)));
  if (!place) return undefined;
  const request = new HttpRequest({
    ...place.base,
    method: command.method,
    path: `${place.base.path}${escaped(String(input.Key))}`,
    query: typeof input.VersionId === "string" ? { versionId: input.VersionId } : {},
    headers: { ...sent, host: place.host, "x-amz-content-sha256": emptySha256 },
  });
  const { response } = await client.config.requestHandler.handle(await place.sign(request));
  const answer = response as Answer;
  // Read to its end even if it is of no use, or the connection is not free again.
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return answer.statusCode === 200 ? command.read(answer, Buffer.concat(chunks).toString()) : undefined;
}

/** The headers of a call; `undefined` if it wants something that is not said here. */
function headersOf(input: Input): Record<string, string> | undefined {
  const sent: Record<string, string> = {};
  for (const [member, value] of Object.entries(input)) {
    if (value === undefined || member === "Bucket" || member === "Key" || member === "VersionId") continue;
    const name = headers[member];
    // What is not printable ASCII in a header is the SDK's to encode or to refuse.
    if (!name || typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) return undefined;
    sent[name] = value;
  }
  return sent;
}

/** Where a bucket is, and how requests to it are signed. */
type Place = {
  base: { protocol: string; hostname: string; port?: number; path: string };
  host: string;
  sign(request: HttpRequest): Promise<HttpRequest>;
};

/** `undefined` for what is addressed or signed in another way: access points, directory buckets, several regions. */
async function findPlace(client: S3Client, Bucket: string): Promise<Place | undefined> {
  const { config } = client;
  const settings = { ...config } as unknown as Parameters<typeof getEndpointFromInstructions>[2];
  const { url, properties } = await getEndpointFromInstructions({ Bucket }, HeadObjectCommand, settings);
  const [scheme] = (properties?.authSchemes ?? []) as Scheme[];
  if (scheme?.name !== "sigv4") return undefined;
  const signer = await config.signer({ ...scheme, properties: {} });
  const { protocol, hostname, port, pathname, host } = url;
  const path = pathname.endsWith("/") ? pathname : `${pathname}/`;
  return {
    base: { protocol, hostname, path, ...(port ? { port: Number(port) } : {}) },
    host,
    sign: async (request) => {
      // The SDK keeps the offset of a clock that S3 refused.
      const signingDate = new Date(Date.now() + config.systemClockOffset);
      const { signingRegion, signingName: signingService } = scheme;
      return HttpRequest.clone(await signer.sign(request, { signingDate, signingRegion, signingService }));
    },
  };
}

function readHead({ headers: said }: Answer): object {
  const Metadata: Record<string, string> = {};
  const output: Record<string, unknown> = {
    Metadata,
    ContentLength: Number(said["content-length"]),
    LastModified: new Date(said["last-modified"] ?? ""),
  };
  for (const [name, value] of Object.entries(said)) {
    const member = members[name];
    if (member) output[member] = value;
    if (name.startsWith("x-amz-meta-")) Metadata[name.slice("x-amz-meta-".length)] = value;
  }
  return output;
}

function readCopy({ headers: said }: Answer, body: string): object | undefined {
  let result: Record<string, string> | undefined;
  // S3 may say 200 before it has copied, and then write an error (API reference, CopyObject): no result then.
  eachElement(body, 0, body.length, (root, from, to) => {
    if (root !== "CopyObjectResult") return;
    const members: Record<string, string> = {};
    const whole = eachElement(body, from, to, (name, from, to) => {
      if (name !== "LastModified") members[name] = body.slice(from, to).replaceAll("&quot;", '"');
    });
    if (whole && !Object.values(members).some((value) => value.includes("&"))) result = members;
  });
  if (!result) return undefined;
  const version = said["x-amz-copy-source-version-id"];
  return { CopyObjectResult: result, ...(version ? { CopySourceVersionId: version } : {}) };
}

/** A key as S3 wants it in a path: as `encodeURIComponent`, and what RFC 3986 reserves besides; slashes stay. */
function escaped(key: string): string {
  const one = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return key
    .split("/")
    .map((part) => encodeURIComponent(part).replace(/[!'()*]/g, one))
    .join("/");
}
