import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";
import { eachElement } from "../core/xml.ts";
import { type Answer, type Place, placeAt, sendPlainly, type Wish } from "../plainly.ts";
import { type Scan, scanAll } from "../scan.ts";

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

/** Of nothing: no request of these has a body. */
const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

type Input = Record<string, unknown>;

/** How each command is sent and its answer read; `undefined` for what the SDK has to send, or to see, for itself. */
type Command = {
  wish(input: Input): Wish | undefined;
  read(answer: Answer): object | undefined;
};

const commands: Record<string, Command> = {
  HeadObjectCommand: { wish: (input) => objectWish("HEAD", input), read: readHead },
  CopyObjectCommand: { wish: (input) => objectWish("PUT", input), read: readCopy },
};

/**
 * Has a client send HeadObject and CopyObject, of which replication makes one each per object, and the pages of
 * ListObjectsV2, of which a pass over a catalog makes many, without the SDK's twenty layers around each call (plainly.ts),
 * to the endpoint that the SDK's rules give for the bucket. Whatever is not a plain success (an error, a redirect, a "200"
 * with an error in it, a broken connection, a member that is not in the tables here) is left to the SDK, which sends the
 * call again with all its retries and names the error. `listing`: what reads the pages of one bucket under one
 * prefix, for who wants no more of them than it gives; all other pages are the SDK's.
 * Gives what it was given. Measured in docs/performance.md.
 */
export function swift(client: S3Client, { listing }: { listing?: Listing } = {}): S3Client {
  const places = new Map<string, Promise<Place | undefined>>();
  const placeOf = (bucket: string) => {
    const known = places.get(bucket) ?? findPlace(client, bucket);
    places.set(bucket, known);
    return known;
  };
  const pages = listing && {
    wish: (input: Input) => (isOf(listing, input) ? pageWish(input) : undefined),
    read: ({ body }: Answer) => scanAll(body, listing.scan),
  };
  const known: Record<string, Command> = { ...commands, ...(pages ? { ListObjectsV2Command: pages } : {}) };
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const command = known[commandName];
        const input = args.input as Input;
        const wish = command?.wish(input);
        const output =
          wish &&
          (await send(client, placeOf(String(input.Bucket)), wish).then(
            (answer) => answer && command?.read(answer),
            // The SDK makes the same call, and has the words for what is wrong.
            () => undefined,
          ));
        return output ? { output: output as never, response: {} } : next(args);
      },
    { step: "initialize", priority: "high", name: "swift" },
  );
  return client;
}

/** The pages that are read by a scan, which gives less than a page has. */
export type Listing = { scan: Scan; bucket: string; prefix: string };

function isOf({ bucket, prefix }: Listing, { Bucket, Prefix }: Input): boolean {
  return Bucket === bucket && typeof Prefix === "string" && Prefix.startsWith(prefix);
}

async function send(
  client: S3Client,
  found: Promise<Place | undefined>,
  wish: Wish,
): Promise<Answer | undefined> {
  const place = await found;
  const headers = { ...wish.headers, "x-amz-content-sha256": emptySha256 };
  return place && sendPlainly(client, place, { ...wish, headers });
}

function objectWish(method: "HEAD" | "PUT", input: Input): Wish | undefined {
  const sent = headersOf(input);
  if (!sent) return undefined;
  const query: Record<string, string> =
    typeof input.VersionId === "string" ? { versionId: input.VersionId } : {};
  return { method, path: escaped(String(input.Key)), query, headers: sent };
}

/** The members of an input of ListObjectsV2 that are sent here, each as it stands in the query. */
const queries: Record<string, string> = {
  Prefix: "prefix",
  ContinuationToken: "continuation-token",
  StartAfter: "start-after",
};

function pageWish(input: Input): Wish | undefined {
  const query: Record<string, string> = { "list-type": "2" };
  for (const [member, value] of Object.entries(input)) {
    if (value === undefined || member === "Bucket") continue;
    const name = queries[member];
    if (!name || typeof value !== "string") return undefined;
    query[name] = value;
  }
  return { method: "GET", query };
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

/** `undefined` for what is addressed or signed in another way: access points, directory buckets, several regions. */
async function findPlace(client: S3Client, Bucket: string): Promise<Place | undefined> {
  const settings = { ...client.config } as unknown as Parameters<typeof getEndpointFromInstructions>[2];
  return placeAt(client, await getEndpointFromInstructions({ Bucket }, HeadObjectCommand, settings));
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

function readCopy({ headers: said, body: chunks }: Answer): object | undefined {
  const body = Buffer.concat(chunks).toString();
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
