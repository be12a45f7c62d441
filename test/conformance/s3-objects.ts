import { createHash } from "node:crypto";
import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { bucketIn } from "./buckets.ts";
import { holds, matches, present, refused, same } from "./expect.ts";
import type { Case } from "./place.ts";

const md5 = (text: string) => createHash("md5").update(text);

/** Single objects: what is written is read back, and conditions hold. */
export const s3ObjectCases: Case[] = [
  {
    name: "S3: an object comes back as it was put, with its type, headers, metadata and MD5 as ETag",
    async run(place) {
      const { s3, bucket, put, text } = await bucketIn(place);
      const { etag } = await put("a/b.txt", "hello", {
        ContentType: "text/plain",
        CacheControl: "max-age=60",
        ContentDisposition: "attachment",
        ContentEncoding: "identity",
        ContentLanguage: "de",
        Metadata: { Owner: "ops", "a-b": "c d" },
      });
      same("the ETag", etag, `"${md5("hello").digest("hex")}"`);
      same("the body", await text("a/b.txt"), "hello");
      const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "a/b.txt" }));
      same("HEAD's ETag", head.ETag, etag);
      same("the length", head.ContentLength, 5);
      same("the type", head.ContentType, "text/plain");
      same("Cache-Control", head.CacheControl, "max-age=60");
      same("Content-Disposition", head.ContentDisposition, "attachment");
      same("Content-Encoding", head.ContentEncoding, "identity");
      same("Content-Language", head.ContentLanguage, "de");
      same("the metadata, its names in lower case", head.Metadata, { owner: "ops", "a-b": "c d" });
      same("the storage class, not said of STANDARD", head.StorageClass, undefined);
      same("the version, in a bucket that keeps none", head.VersionId, undefined);
      holds(
        "the time of writing is to the second",
        present("the time", head.LastModified).getTime() % 1_000 === 0,
      );
    },
  },
  {
    name: "S3: an object is encrypted with AES-256 by default, and says so",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      await put("x", "hello");
      const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "x" }));
      same("the encryption", head.ServerSideEncryption, "AES256");
    },
  },
  {
    name: "S3: a website redirect and an expiry header are kept",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      const Expires = new Date("2030-01-02T03:04:05Z");
      await put("old", "", { WebsiteRedirectLocation: "/new", Expires });
      const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "old" }));
      same("the redirect", head.WebsiteRedirectLocation, "/new");
      same("the expiry", head.ExpiresString, Expires.toUTCString());
    },
  },
  {
    name: "S3: reading a key that is not there says NoSuchKey to GET and NotFound to HEAD",
    async run(place) {
      const { s3, bucket } = await bucketIn(place);
      const at = { Bucket: bucket, Key: "none" };
      await refused("GET", s3.send(new GetObjectCommand(at)), { name: /^NoSuchKey$/, status: 404 });
      await refused("HEAD", s3.send(new HeadObjectCommand(at)), { name: /^NotFound$/, status: 404 });
      await s3.send(new DeleteObjectCommand(at));
    },
  },
  {
    name: "S3: If-None-Match * creates a key once: the second writer gets 412 PreconditionFailed",
    async run(place) {
      const { put, text } = await bucketIn(place);
      await put("fact", "first", { IfNoneMatch: "*" });
      const again = put("fact", "second", { IfNoneMatch: "*" });
      await refused("the second write", again, { name: /^PreconditionFailed$/, status: 412 });
      same("the object", await text("fact"), "first");
    },
  },
  {
    name: "S3: of writers that race with If-None-Match * exactly one wins",
    async run(place) {
      const { put, text } = await bucketIn(place);
      const race = await Promise.allSettled(
        ["a", "b", "c", "d"].map((who) => put("fact", who, { IfNoneMatch: "*" }).then(() => who)),
      );
      const winners = race.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      same("the number of winners", winners.length, 1);
      for (const one of race) {
        // 409 where two requests were under way at the same time (S3 user guide, conditional writes).
        if (one.status === "rejected")
          matches("a loser's error", one.reason?.name, /^(PreconditionFailed|ConditionalRequestConflict)$/);
      }
      same("the object", await text("fact"), winners[0]);
    },
  },
  {
    name: "S3: If-None-Match * creates a key again whose newest version is a delete marker",
    async run(place) {
      const { s3, bucket, put, text } = await bucketIn(place, { versioned: true });
      await put("fact", "first", { IfNoneMatch: "*" });
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "fact" }));
      await put("fact", "second", { IfNoneMatch: "*" });
      same("the object", await text("fact"), "second");
    },
  },
  {
    name: "S3: If-Match writes over the object it names, else 412, and 404 where there is none",
    async run(place) {
      const { put, text } = await bucketIn(place);
      const { etag } = await put("state", "one");
      await put("state", "two", { IfMatch: etag });
      const stale = put("state", "three", { IfMatch: etag });
      await refused("a write with a stale ETag", stale, { name: /^PreconditionFailed$/, status: 412 });
      const absent = put("none", "x", { IfMatch: etag });
      await refused("a write where nothing is", absent, { name: /^NoSuchKey$/, status: 404 });
      same("the object", await text("state"), "two");
    },
  },
  {
    name: "S3: GET and HEAD with If-Match refuse another object with 412",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      const { etag } = await put("x", "one");
      const at = { Bucket: bucket, Key: "x" };
      await s3.send(new GetObjectCommand({ ...at, IfMatch: etag }));
      const IfMatch = `"${md5("other").digest("hex")}"`;
      const get = s3.send(new GetObjectCommand({ ...at, IfMatch }));
      await refused("GET", get, { name: /^PreconditionFailed$/, status: 412 });
      const head = s3.send(new HeadObjectCommand({ ...at, IfMatch }));
      await refused("HEAD", head, { name: /^(412|Unknown|UnknownError|PreconditionFailed)$/, status: 412 });
    },
  },
  {
    name: "S3: a range of an object is read, and one behind its end refused with 416 InvalidRange",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      await put("x", "0123456789");
      const at = { Bucket: bucket, Key: "x" };
      const some = await s3.send(new GetObjectCommand({ ...at, Range: "bytes=2-4" }));
      same("the range's bytes", await some.Body?.transformToString(), "234");
      same("the range", some.ContentRange, "bytes 2-4/10");
      const last = await s3.send(new GetObjectCommand({ ...at, Range: "bytes=-3" }));
      same("the last three bytes", await last.Body?.transformToString(), "789");
      const behind = s3.send(new GetObjectCommand({ ...at, Range: "bytes=10-" }));
      await refused("a range behind the end", behind, { name: /^InvalidRange$/, status: 416 });
    },
  },
  {
    name: "S3: an empty object is an object",
    async run(place) {
      const { s3, bucket, put, text } = await bucketIn(place);
      const { etag } = await put("empty", "");
      same("the ETag", etag, `"${md5("").digest("hex")}"`);
      same("the body", await text("empty"), "");
      const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "empty" }));
      same("the length", head.ContentLength, 0);
    },
  },
  {
    name: "S3: tags are put with the object, counted, read, and replaced in place without a new version",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place, { versioned: true });
      const { versionId } = await put("x", "hello", { Tagging: "team=a%20b&empty=" });
      const at = { Bucket: bucket, Key: "x" };
      const tags = await s3.send(new GetObjectTaggingCommand(at));
      const sorted = (tags.TagSet ?? []).map(({ Key, Value }) => `${Key}=${Value}`).sort();
      same("the tags", sorted, ["empty=", "team=a b"]);
      same("their version", tags.VersionId, versionId);
      const get = await s3.send(new GetObjectCommand(at));
      await get.Body?.transformToByteArray();
      same("the count of tags", get.TagCount, 2);
      const Tagging = { TagSet: [{ Key: "größe", Value: "a+b=c/d:e@f_g.h-1" }] };
      const put2 = await s3.send(new PutObjectTaggingCommand({ ...at, Tagging }));
      same("the version tagged", put2.VersionId, versionId);
      const now = await s3.send(new GetObjectTaggingCommand({ ...at, VersionId: versionId }));
      same("the new tags", now.TagSet, Tagging.TagSet);
      await s3.send(new DeleteObjectTaggingCommand(at));
      same("the tags at last", (await s3.send(new GetObjectTaggingCommand(at))).TagSet, []);
      same("the object", (await s3.send(new HeadObjectCommand(at))).VersionId, versionId);
    },
  },
  {
    name: "S3: a tag with other signs than letters, digits, spaces and + - = . _ : / @ is refused",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      await put("x", "hello");
      for (const Value of ["<b>", "a&b", "50%"]) {
        const Tagging = { TagSet: [{ Key: "tag", Value }] };
        const tagged = s3.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: "x", Tagging }));
        await refused(Value, tagged, { name: /^InvalidTag$/, status: 400 });
      }
    },
  },
  {
    name: "S3: an object in GLACIER says so, is not read (InvalidObjectState), and STANDARD_IA is",
    async run(place) {
      const { s3, bucket, put, text } = await bucketIn(place);
      await put("cold", "x", { StorageClass: "GLACIER" });
      await put("cool", "x", { StorageClass: "STANDARD_IA" });
      const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "cold" }));
      same("the class", head.StorageClass, "GLACIER");
      await refused("GET", text("cold"), { name: /^InvalidObjectState$/, status: 403 });
      same("what is in STANDARD_IA", await text("cool"), "x");
    },
  },
  {
    name: "S3: a bucket that does not exist is NoSuchBucket",
    async run(place) {
      const at = { Bucket: place.name("none"), Key: "x" };
      const get = place.here.s3.send(new GetObjectCommand(at));
      await refused("GET", get, { name: /^NoSuchBucket$/, status: 404 });
      const put = place.here.s3.send(new PutObjectCommand({ ...at, Body: "x" }));
      await refused("PUT", put, { name: /^NoSuchBucket$/, status: 404 });
    },
  },
];
