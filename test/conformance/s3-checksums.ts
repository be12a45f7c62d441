import { createHash } from "node:crypto";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { bucketIn } from "./buckets.ts";
import { refused, same } from "./expect.ts";
import type { Case } from "./place.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");
const md5 = (text: string) => createHash("md5").update(text);

/** Checksums: S3 keeps them, tells them, and refuses bytes that are others than were meant. */
export const s3ChecksumCases: Case[] = [
  {
    name: "S3: bytes that are not those of the SHA-256 sent with them are refused: BadDigest",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      const wrongSha = put("x", "hello", { ChecksumSHA256: sha256("other") });
      await refused("a wrong SHA-256", wrongSha, { name: /^BadDigest$/, status: 400 });
      const left = s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "x" }));
      await refused("HEAD after it", left, { name: /^NotFound$/, status: 404 });
    },
  },
  {
    name: "S3: bytes that are not those of the MD5 sent with them are refused: BadDigest",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      const wrongMd5 = put("x", "hello", { ContentMD5: md5("other").digest("base64") });
      await refused("a wrong MD5", wrongMd5, { name: /^BadDigest$/, status: 400 });
      const noMd5 = put("x", "hello", { ContentMD5: "bm9uZQ==" });
      await refused("what is no MD5", noMd5, { name: /^InvalidDigest$/, status: 400 });
      const left = s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "x" }));
      await refused("HEAD after them", left, { name: /^NotFound$/, status: 404 });
    },
  },
  {
    name: "S3: HEAD and GET tell the checksum when asked to with ChecksumMode, else not",
    async run(place) {
      const { s3, bucket } = await bucketIn(place);
      const at = { Bucket: bucket, Key: "x" };
      const done = await s3.send(new PutObjectCommand({ ...at, Body: "hello", ChecksumAlgorithm: "SHA256" }));
      same("PUT's SHA-256", done.ChecksumSHA256, sha256("hello"));
      const head = await s3.send(new HeadObjectCommand({ ...at, ChecksumMode: "ENABLED" }));
      same("HEAD's SHA-256", head.ChecksumSHA256, sha256("hello"));
      const get = await s3.send(new GetObjectCommand({ ...at, ChecksumMode: "ENABLED" }));
      same("GET's SHA-256", get.ChecksumSHA256, sha256("hello"));
      await get.Body?.transformToByteArray();
      const silent = await s3.send(new HeadObjectCommand(at));
      same("HEAD's SHA-256 unasked", silent.ChecksumSHA256, undefined);
    },
  },
  {
    name: "S3: the checksum of an object that was put at once is of type FULL_OBJECT",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      await put("x", "hello", { ChecksumAlgorithm: "CRC32" });
      const head = await s3.send(
        new HeadObjectCommand({ Bucket: bucket, Key: "x", ChecksumMode: "ENABLED" }),
      );
      same("its type", head.ChecksumType, "FULL_OBJECT");
    },
  },
  {
    name: "S3: an object that was put without a checksum has a CRC-64/NVME from S3",
    async run(place) {
      const { s3, bucket } = await bucketIn(place);
      const bare = new PutObjectCommand({ Bucket: bucket, Key: "x", Body: "123456789" });
      // An older client: one that sends no checksum of its own.
      bare.middlewareStack.add(
        (next) => (args) => {
          const { headers } = args.request as { headers: Record<string, string> };
          for (const name of Object.keys(headers))
            if (name.startsWith("x-amz-checksum") || name.startsWith("x-amz-sdk-checksum"))
              delete headers[name];
          return next(args);
        },
        { step: "build", priority: "low", name: "withoutChecksum" },
      );
      await s3.send(bare);
      const head = await s3.send(
        new HeadObjectCommand({ Bucket: bucket, Key: "x", ChecksumMode: "ENABLED" }),
      );
      // The algorithm's check value for these nine bytes: ae8b14860a799888.
      same("the CRC-64/NVME", head.ChecksumCRC64NVME, "rosUhgp5mIg=");
      same("its type", head.ChecksumType, "FULL_OBJECT");
    },
  },
];
