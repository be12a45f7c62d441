import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { scanListing } from "../../functions/catalog/listing.ts";
import { headOf } from "../../functions/objects/about.ts";
import { Objects } from "../../functions/objects/objects.ts";
import { swift } from "../../functions/objects/swift.ts";
import { copySource } from "../../functions/objects/wish.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { realClock } from "../../local/clock.ts";
import { type Serving, serve } from "../../local/server.ts";
import { s3Service } from "../../local/services/s3.ts";
import { Twin } from "../../local/twin.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
const keys = ["a", "a b+%/ü!'()*", "\uFF5E", "\u{1F600}/", "x//y/../z", "/lead", "q?a=b&c#d"];

let serving: Serving;

beforeAll(async () => {
  const twin = new Twin({ clock: realClock });
  twin.register(s3Service(twin, memoryBlobs()));
  serving = await serve(twin);
});
afterAll(() => serving.close());

function clientOf(endpoint: string): S3Client {
  return new S3Client({ endpoint, region: "eu-west-1", forcePathStyle: true, credentials, maxAttempts: 1 });
}

/** What the SDK itself was asked to do: what a swift client leaves to it. */
function leftToSdk(client: S3Client): string[] {
  const left: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      (args) => {
        left.push(commandName);
        return next(args);
      },
    { step: "build" },
  );
  return left;
}

async function filled(name: string, objects: Partial<PutObjectCommandInput>[]) {
  const plain = clientOf(serving.url);
  for (const Bucket of [name, `${name}-copy`]) {
    await plain.send(new CreateBucketCommand({ Bucket }));
    const VersioningConfiguration = { Status: "Enabled" as const };
    await plain.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  for (const [at, about] of objects.entries())
    await plain.send(new PutObjectCommand({ Bucket: name, Key: keys[at], Body: `body ${at}`, ...about }));
  const quick = swift(clientOf(serving.url));
  return { plain, quick, left: leftToSdk(quick) };
}

test("HEAD says the same of every object as the SDK does", async () => {
  const { plain, quick, left } = await filled("heads", [
    { Metadata: { b: "2", a: "1" }, ContentType: "text/x; charset=utf-8" },
    {
      CacheControl: "no-store",
      ContentDisposition: "inline",
      ContentEncoding: "gzip",
      ContentLanguage: "de",
    },
    { StorageClass: "STANDARD_IA", WebsiteRedirectLocation: "/elsewhere", ChecksumAlgorithm: "SHA256" },
    { Expires: new Date("2027-01-01T00:00:00Z"), ChecksumAlgorithm: "CRC32C" },
    { Body: "" },
    {},
    {},
  ]);
  for (const Key of keys) {
    const head = new HeadObjectCommand({ Bucket: "heads", Key, ChecksumMode: "ENABLED" });
    const said = headOf(await plain.send(head));
    expect(headOf(await quick.send(head))).toEqual(said);
    const version = new HeadObjectCommand({ Bucket: "heads", Key, VersionId: said.versionId });
    expect(headOf(await quick.send(version))).toEqual({ ...headOf(await plain.send(version)) });
  }
  expect(left).toEqual([]);
});

test("a copy is what the SDK would have made, and its answer says so", async () => {
  const { plain, quick, left } = await filled("copies", [
    { Metadata: { a: "1" }, ContentType: "text/x", ChecksumAlgorithm: "CRC32" },
    { StorageClass: "STANDARD_IA" },
    ...keys.slice(2).map(() => ({})),
  ]);
  for (const Key of keys) {
    const source = await plain.send(
      new HeadObjectCommand({ Bucket: "copies", Key, ChecksumMode: "ENABLED" }),
    );
    const wish: CopyObjectCommandInput = {
      Bucket: "copies-copy",
      Key,
      CopySource: copySource({ bucket: "copies", key: Key }),
      CopySourceIfMatch: source.ETag,
      StorageClass: source.StorageClass,
      WebsiteRedirectLocation: undefined,
    };
    const made = await quick.send(new CopyObjectCommand({ ...wish, IfNoneMatch: "*" }));
    const byCopy = { ...wish, IfMatch: made.CopyObjectResult?.ETag };
    const again = await plain.send(new CopyObjectCommand(byCopy));
    const { LastModified: _, ...result } = again.CopyObjectResult ?? {};
    expect(made.CopyObjectResult).toEqual(result);
    expect(made.CopySourceVersionId).toBe(source.VersionId);
    expect(again.CopySourceVersionId).toBe(source.VersionId);
    const there = await plain.send(
      new HeadObjectCommand({ Bucket: "copies-copy", Key, ChecksumMode: "ENABLED" }),
    );
    const { versionId: _v, lastModified: _l, ...head } = headOf(there);
    expect(headOf(source)).toMatchObject(head);
  }
  expect(left).toEqual([]);
});

test("what is no plain success is told as the SDK tells it", async () => {
  const { quick, left } = await filled("errors", [{}]);
  const CopySource = "errors/a";
  const to = { Bucket: "errors-copy", Key: "a", CopySource };
  const name = (thrown: Error) => thrown.name;
  expect(await quick.send(new HeadObjectCommand({ Bucket: "errors", Key: "none" })).catch(name)).toBe(
    "NotFound",
  );
  expect(await quick.send(new CopyObjectCommand({ ...to, IfMatch: '"0"' })).catch(name)).toBe("NoSuchKey");
  await quick.send(new CopyObjectCommand(to));
  expect(await quick.send(new CopyObjectCommand({ ...to, IfNoneMatch: "*" })).catch(name)).toBe(
    "PreconditionFailed",
  );
  expect(left).toEqual(["HeadObjectCommand", "CopyObjectCommand", "CopyObjectCommand"]);
});

test("a wish that has no header here is the SDK's to send", async () => {
  const { plain, quick, left } = await filled("wishes", [{}]);
  const to = { Bucket: "wishes-copy", Key: "a", CopySource: "wishes/a" };
  await quick.send(
    new CopyObjectCommand({
      ...to,
      MetadataDirective: "REPLACE",
      Metadata: { x: "y" },
      ContentType: "text/z",
    }),
  );
  const made = await plain.send(new HeadObjectCommand({ Bucket: "wishes-copy", Key: "a" }));
  expect([made.Metadata, made.ContentType, left]).toEqual([{ x: "y" }, "text/z", ["CopyObjectCommand"]]);
});

/** A server that answers each request with the next of `answers`. */
async function answering(answers: ((response: ServerResponse) => void)[]) {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request);
    answers[Math.min(requests.length, answers.length) - 1]?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const copied = (response: ServerResponse) =>
  response
    .writeHead(200, { "x-amz-copy-source-version-id": "v1" })
    .end(
      '<?xml version="1.0" encoding="UTF-8"?>\n<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        "<LastModified>2026-11-21T03:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>" +
        "<ChecksumCRC64NVME>AAAA</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType></CopyObjectResult>",
    );

const wish = new CopyObjectCommand({ Bucket: "b", Key: "k", CopySource: "s/k" });

test("AWS's own form of the answer is read here", async () => {
  const { requests, url } = await answering([copied]);
  const { CopyObjectResult, CopySourceVersionId } = await swift(clientOf(url)).send(wish);
  expect(CopyObjectResult).toEqual({ ETag: '"e"', ChecksumCRC64NVME: "AAAA", ChecksumType: "FULL_OBJECT" });
  expect([CopySourceVersionId, requests.length]).toEqual(["v1", 1]);
});

test.each<[string, (response: ServerResponse) => void]>([
  ["a 200 with an error in it", (r) => r.writeHead(200).end("<Error><Code>InternalError</Code></Error>")],
  ["a 200 with nothing in it", (r) => r.writeHead(200).end()],
  ["an answer that is cut off", (r) => r.writeHead(200).end("<CopyObjectResult><ETag>&quot;e&qu")],
  ["a 503", (r) => r.writeHead(503).end("<Error><Code>SlowDown</Code></Error>")],
  ["a broken connection", (r) => r.destroy()],
])("after %s the SDK makes the call again", async (_name, answer) => {
  const { requests, url } = await answering([answer, copied]);
  const { CopyObjectResult } = await swift(clientOf(url)).send(wish);
  expect([CopyObjectResult?.ETag, requests.length]).toEqual(['"e"', 2]);
});

test("requests are signed by AWS's rules, whatever is in the key", async () => {
  for (const Key of keys) {
    const { requests, url } = await answering([copied]);
    const CopySource = copySource({ bucket: "s", key: Key });
    await swift(clientOf(url)).send(
      new CopyObjectCommand({ Bucket: "b", Key, CopySource, IfNoneMatch: "*" }),
    );
    expect(signatureOf(requests[0] as IncomingMessage)).toBe(signedWith(requests[0] as IncomingMessage));
    expect(requests[0]?.headers["x-amz-security-token"]).toBe("token");
  }
});

function signatureOf({ headers }: IncomingMessage): string | undefined {
  return headers.authorization?.split("Signature=")[1];
}

/** The signature that AWS computes (IAM user guide, create a signed AWS API request); S3 encodes a path once. */
function signedWith({ method, url = "", headers }: IncomingMessage): string {
  const [path = "", query = ""] = url.split("?");
  const [, scope = "", names = ""] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization ?? "") ?? [];
  expect(names.split(";")).toEqual(
    expect.arrayContaining(["host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"]),
  );
  const lines = names.split(";").map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, path, query, lines.join(""), names, headers["x-amz-content-sha256"]].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, digest].join("\n");
  const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  return hmac(key, text).toString("hex");
}

test("buckets with addresses of another kind are left to the SDK", async () => {
  const client = swift(new S3Client({ region: "eu-west-1", credentials, maxAttempts: 1 }));
  const left = leftToSdk(client);
  // Nothing is sent: the request ends where it would go out.
  const sent: string[] = [];
  client.config.requestHandler.handle = (async (request: { hostname: string }) => {
    sent.push(request.hostname);
    throw new Error("not sent");
  }) as never;
  for (const Bucket of [
    "plain-bucket",
    "with.dots",
    "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap",
  ])
    await client.send(new HeadObjectCommand({ Bucket, Key: "k" })).catch(() => undefined);
  expect(sent.slice(0, 4)).toEqual([
    "plain-bucket.s3.eu-west-1.amazonaws.com",
    "plain-bucket.s3.eu-west-1.amazonaws.com",
    "s3.eu-west-1.amazonaws.com",
    "s3.eu-west-1.amazonaws.com",
  ]);
  expect(left).toHaveLength(3);
});

async function listedBy(objects: Objects, at: { bucket: string; prefix?: string }) {
  const all: { key: string; sizeBytes: number }[] = [];
  for await (const one of objects.list(at)) all.push(one);
  return all;
}

test("only the pages of the catalog are read for less than they say: whoever lists objects gets all of each", async () => {
  await filled("listed", [{ Key: "catalog/a.json" }, { Key: "catalogue" }]);
  const listing = { scan: scanListing, bucket: "listed", prefix: "catalog/" };
  const client = swift(clientOf(serving.url), { listing });
  const left = leftToSdk(client);
  const list = (Bucket: string, Prefix?: string) => client.send(new ListObjectsV2Command({ Bucket, Prefix }));

  expect(await list("listed", "catalog/")).toMatchObject({ entries: [{ key: "catalog/a.json" }] });
  expect(left).toEqual([]);
  const objects = new Objects(client, client);
  const found = await listedBy(objects, { bucket: "listed" });
  expect(found.map(({ key, sizeBytes }) => [key, sizeBytes])).toEqual([
    ["catalog/a.json", 6],
    ["catalogue", 6],
  ]);
  await client.send(
    new CopyObjectCommand({ Bucket: "listed-copy", Key: "catalog/a", CopySource: "listed/catalogue" }),
  );
  expect(await listedBy(objects, { bucket: "listed-copy", prefix: "catalog/" })).toHaveLength(1);
});
