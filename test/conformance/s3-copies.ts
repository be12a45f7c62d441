import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
} from "@aws-sdk/client-s3";
import { bucketIn } from "./buckets.ts";
import { present, refused, same } from "./expect.ts";
import type { Case } from "./place.ts";

/** CopyObject, as replication and the mirroring of facts use it. */
export const s3CopyCases: Case[] = [
  {
    name: "S3 copy: content, type, headers, metadata, tags and checksum come along, across regions too",
    async run(place) {
      const from = await bucketIn(place, { clients: place.there });
      const to = await bucketIn(place);
      const { etag } = await from.put("x", "hello", {
        ContentType: "text/plain",
        ContentEncoding: "identity",
        Metadata: { owner: "ops" },
        Tagging: "team=a&tier=1",
        ChecksumAlgorithm: "SHA256",
      });
      const copy = { Bucket: to.bucket, Key: "y", CopySource: `${from.bucket}/x` };
      const { CopyObjectResult: said } = await to.s3.send(new CopyObjectCommand(copy));
      same("the ETag", said?.ETag, etag);
      const at = { Bucket: to.bucket, Key: "y" };
      const before = await from.s3.send(
        new HeadObjectCommand({ Bucket: from.bucket, Key: "x", ChecksumMode: "ENABLED" }),
      );
      const after = await to.s3.send(new HeadObjectCommand({ ...at, ChecksumMode: "ENABLED" }));
      for (const member of ["ContentType", "ContentEncoding", "Metadata", "ChecksumSHA256"] as const)
        same(member, after[member], present(`the source's ${member}`, before[member]));
      same("the answer's checksum", said?.ChecksumSHA256, before.ChecksumSHA256);
      const { TagSet = [] } = await to.s3.send(new GetObjectTaggingCommand(at));
      same("the tags", TagSet.map(({ Key, Value }) => `${Key}=${Value}`).sort(), ["team=a", "tier=1"]);
      same("the copy", await to.text("y"), "hello");
    },
  },
  {
    name: "S3 copy: the storage class and the website redirect do not come along; the request's count",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      await put("x", "hello", { StorageClass: "STANDARD_IA", WebsiteRedirectLocation: "/new" });
      const copy = async (Key: string, more: Partial<CopyObjectCommandInput>) => {
        await s3.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/x`, ...more }));
        return s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
      };
      const plain = await copy("plain", {});
      same("the class of a plain copy", plain.StorageClass, undefined);
      same("the redirect of a plain copy", plain.WebsiteRedirectLocation, undefined);
      const asked = await copy("asked", { StorageClass: "ONEZONE_IA", WebsiteRedirectLocation: "/n" });
      same("the class asked for", asked.StorageClass, "ONEZONE_IA");
      same("the redirect asked for", asked.WebsiteRedirectLocation, "/n");
    },
  },
  {
    name: "S3 copy: a source that is no longer the expected one is refused with 412",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      const { etag } = await put("x", "one");
      const copy = { Bucket: bucket, Key: "y", CopySource: `${bucket}/x`, CopySourceIfMatch: etag };
      await s3.send(new CopyObjectCommand(copy));
      await put("x", "two");
      const stale = s3.send(new CopyObjectCommand(copy));
      await refused("the copy", stale, { name: /^PreconditionFailed$/, status: 412 });
    },
  },
  {
    name: "S3 copy: with If-None-Match * it lands only where nothing is",
    async run(place) {
      const { s3, bucket, put, text } = await bucketIn(place);
      await put("x", "one");
      const copy = { Bucket: bucket, Key: "y", CopySource: `${bucket}/x`, IfNoneMatch: "*" };
      await s3.send(new CopyObjectCommand(copy));
      await put("x", "two");
      const second = s3.send(new CopyObjectCommand(copy));
      await refused("the second copy", second, { name: /^PreconditionFailed$/, status: 412 });
      same("the copy", await text("y"), "one");
    },
  },
  {
    name: "S3 copy: with If-Match it lands only on the object it names",
    async run(place) {
      const { s3, bucket, put, text } = await bucketIn(place);
      await put("x", "one");
      const copy = (more: Partial<CopyObjectCommandInput>) =>
        s3.send(new CopyObjectCommand({ Bucket: bucket, Key: "y", CopySource: `${bucket}/x`, ...more }));
      const absent = copy({ IfMatch: '"d41d8cd98f00b204e9800998ecf8427e"' });
      await refused("If-Match where nothing is", absent, { name: /^NoSuchKey$/, status: 404 });
      const first = await copy({});
      await put("x", "two");
      await copy({ IfMatch: present("the ETag", first.CopyObjectResult?.ETag) });
      same("the copy", await text("y"), "two");
      const stale = copy({ IfMatch: present("the ETag", first.CopyObjectResult?.ETag) });
      await refused("If-Match on another object", stale, { name: /^PreconditionFailed$/, status: 412 });
    },
  },
  {
    name: "S3 copy: an older version is copied by its id, and the answer names source and new version",
    async run(place) {
      const { s3, bucket, put, text } = await bucketIn(place, { versioned: true });
      const old = present("the version", (await put("x", "old")).versionId);
      await put("x", "new");
      const CopySource = `${bucket}/x?versionId=${encodeURIComponent(old)}`;
      const done = await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: "y", CopySource }));
      same("the source's version", done.CopySourceVersionId, old);
      same("the copy", await text("y", present("the new version", done.VersionId)), "old");
    },
  },
  {
    name: "S3 copy: keys with spaces, signs and other scripts are copied when URL-encoded",
    async run(place) {
      const { s3, bucket, put, text } = await bucketIn(place);
      for (const key of ["a b+c", "ä/ö ü", "100%", "a&b=c?d#e", "日本", "🗄️ vault"]) {
        await put(key, key);
        const CopySource = `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
        await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: `copy ${key}`, CopySource }));
        same(`the copy of ${key}`, await text(`copy ${key}`), key);
      }
    },
  },
  {
    name: "S3 copy: a missing source is NoSuchKey",
    async run(place) {
      const { s3, bucket } = await bucketIn(place);
      const copy = new CopyObjectCommand({ Bucket: bucket, Key: "y", CopySource: `${bucket}/none` });
      await refused("the copy", s3.send(copy), { name: /^NoSuchKey$/, status: 404 });
    },
  },
  {
    name: "S3 copy: an object onto itself without a change is refused, with new metadata it is not",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      await put("x", "one", { Metadata: { a: "1" } });
      const copy = { Bucket: bucket, Key: "x", CopySource: `${bucket}/x` };
      const same1 = s3.send(new CopyObjectCommand(copy));
      await refused("the copy", same1, { name: /^InvalidRequest$/, status: 400 });
      const replaced = { ...copy, MetadataDirective: "REPLACE", Metadata: { b: "2" } } as const;
      await s3.send(new CopyObjectCommand(replaced));
      const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "x" }));
      same("the metadata", head.Metadata, { b: "2" });
    },
  },
  {
    name: "S3 copy: an object in GLACIER is not copied: ObjectNotInActiveTierError",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      await put("cold", "x", { StorageClass: "GLACIER" });
      const copy = new CopyObjectCommand({ Bucket: bucket, Key: "y", CopySource: `${bucket}/cold` });
      await refused("the copy", s3.send(copy), { name: /^ObjectNotInActiveTierError$/, status: 403 });
    },
  },
];
