import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { copyInParts } from "../../functions/objects/copy-parts.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { connect } from "../../local/in-process.ts";
import { s3Service } from "../../local/services/s3.ts";
import { AwsError, type Call, Twin } from "../../local/twin.ts";

const key = "big/ü +%.bin";
const alphabet = "abcdefghijklmnopqrstuvwxyz";
const wish = {
  from: { bucket: "here", key },
  to: { bucket: "there", key },
  sizeBytes: alphabet.length,
  storageClass: "STANDARD_IA",
  replaces: "nothing",
} as const;

/** Two buckets in two regions of a stand-in that takes parts of any size; objects of 26 bytes are big here. */
async function putUp(about: Record<string, unknown> = {}) {
  const twin = new Twin({ clock: new VirtualClock() });
  twin.register(s3Service(twin, memoryBlobs(), { minPartBytes: 1 }));
  const s3 = async (operation: string, input: Record<string, unknown>, region: string) =>
    (await twin.call({ service: "s3", region, operation, input, principal: "user" })) as Record<
      string,
      unknown
    >;
  for (const [Bucket, region] of [
    ["here", "eu-west-1"],
    ["there", "eu-central-1"],
  ] as const) {
    await s3("CreateBucket", { Bucket }, region);
    await s3("PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: "Enabled" } }, region);
  }
  const client = (region: string) =>
    connect(new S3Client({ region, credentials: { accessKeyId: "t", secretAccessKey: "t" } }), {
      twin,
      service: "s3",
      region,
      errorClass: S3ServiceException,
    });
  const put = (Body: string) => s3("PutObject", { Bucket: "here", Key: key, Body, ...about }, "eu-west-1");
  await put(alphabet);
  const copy = () => s3("GetObject", { Bucket: "there", Key: key, ChecksumMode: "ENABLED" }, "eu-central-1");
  return { twin, s3, put, copy, there: client("eu-central-1"), here: client("eu-west-1") };
}

const textOf = (object: Record<string, unknown>) =>
  (object.Body as { transformToString(): Promise<string> }).transformToString();

test("a copy in parts has the bytes, type, metadata, tags, class and checksum of its source", async () => {
  for (const algorithm of ["CRC64NVME", "CRC32", "CRC32C"]) {
    const about = { ContentType: "text/x", CacheControl: "no-store", Metadata: { a: "b" } };
    const { s3, copy, there, here } = await putUp({
      ...about,
      Tagging: "t=1%2B1&u=",
      ChecksumAlgorithm: algorithm,
    });

    const copied = await copyInParts(there, here, wish, 4);

    const made = await copy();
    expect(await textOf(made)).toBe(alphabet);
    expect(made).toMatchObject({ ...about, StorageClass: "STANDARD_IA" });
    const source = await s3("HeadObject", { Bucket: "here", Key: key, ChecksumMode: "ENABLED" }, "eu-west-1");
    const sum = source[`Checksum${algorithm}`];
    expect(made[`Checksum${algorithm}`]).toBe(sum);
    expect(copied).toEqual({
      etag: made.ETag,
      sourceVersionId: source.VersionId,
      checksum: `${algorithm}:${sum}`,
    });
    const { TagSet } = await s3("GetObjectTagging", { Bucket: "there", Key: key }, "eu-central-1");
    expect(TagSet).toEqual([
      { Key: "t", Value: "1+1" },
      { Key: "u", Value: "" },
    ]);
  }
});

test("all parts are of the version that was current at the beginning", async () => {
  const { twin, put, copy, there, here } = await putUp();
  let parts = 0;
  twin.interceptors.push(async (call: Call, proceed) => {
    if (call.operation === "UploadPartCopy" && ++parts === 3) await put(alphabet.toUpperCase());
    return proceed();
  });

  await copyInParts(there, here, wish, 4);

  expect(await textOf(await copy())).toBe(alphabet);
});

test("a copy of which a part fails leaves neither an object nor an upload", async () => {
  const { twin, s3, there, here } = await putUp();
  let parts = 0;
  twin.interceptors.push((call: Call, proceed) => {
    if (call.operation === "UploadPartCopy" && ++parts === 5) throw new AwsError("SlowDown", "later", 503);
    return proceed();
  });

  await expect(copyInParts(there, here, wish, 4)).rejects.toMatchObject({ name: "SlowDown" });

  expect(await s3("ListObjectsV2", { Bucket: "there" }, "eu-central-1")).toMatchObject({ Contents: [] });
  expect(await s3("ListMultipartUploads", { Bucket: "there" }, "eu-central-1")).toMatchObject({
    Uploads: [],
  });
});

test("a copy in parts covers nothing that came meanwhile", async () => {
  const { twin, s3, there, here } = await putUp();
  twin.interceptors.push(async (call: Call, proceed) => {
    if (call.operation === "CompleteMultipartUpload")
      await s3("PutObject", { Bucket: "there", Key: key, Body: "newer" }, "eu-central-1");
    return proceed();
  });

  await expect(copyInParts(there, here, wish, 4)).rejects.toMatchObject({ name: "PreconditionFailed" });
});
