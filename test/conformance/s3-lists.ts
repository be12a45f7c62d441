import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
} from "@aws-sdk/client-s3";
import { bucketIn, type Held } from "./buckets.ts";
import { holds, present, same } from "./expect.ts";
import type { Case } from "./place.ts";

const list = ({ s3, bucket }: Held, more: Partial<ListObjectsV2CommandInput> = {}) =>
  s3.send(new ListObjectsV2Command({ Bucket: bucket, ...more }));

async function keysOf(held: Held, more: Partial<ListObjectsV2CommandInput>): Promise<(string | undefined)[]> {
  return ((await list(held, more)).Contents ?? []).map(({ Key }) => Key);
}

async function filled(held: Held, keys: string[]): Promise<void> {
  await Promise.all(keys.map((key) => held.put(key, key)));
}

/** ListObjectsV2: what the catalog and every sweep over a bucket stand on. */
export const s3ListCases: Case[] = [
  {
    name: "S3 list: an empty bucket lists nothing, and no Contents at all",
    async run(place) {
      const answer = await list(await bucketIn(place));
      same("Contents", answer.Contents, undefined);
      same("KeyCount", answer.KeyCount, 0);
      same("IsTruncated", answer.IsTruncated, false);
    },
  },
  {
    name: "S3 list: a line has key, size, ETag, class and time to the second",
    async run(place) {
      const held = await bucketIn(place);
      const { etag } = await held.put("x", "hello", {
        StorageClass: "STANDARD_IA",
        ChecksumAlgorithm: "SHA256",
      });
      const [line] = (await list(held)).Contents ?? [];
      const { LastModified, Key, Size, ETag, StorageClass } = present("the line", line);
      same(
        "the line",
        { Key, Size, ETag, StorageClass },
        { Key: "x", Size: 5, ETag: etag, StorageClass: "STANDARD_IA" },
      );
      holds("the time is to the second", present("the time", LastModified).getTime() % 1_000 === 0);
    },
  },
  {
    name: "S3 list: a line tells the checksum's algorithm and type",
    async run(place) {
      const held = await bucketIn(place);
      await held.put("x", "hello", { ChecksumAlgorithm: "SHA256" });
      const [line] = (await list(held)).Contents ?? [];
      same("the algorithm", line?.ChecksumAlgorithm, ["SHA256"]);
      same("the type", line?.ChecksumType, "FULL_OBJECT");
    },
  },
  {
    name: "S3 list: keys come in the order of their UTF-8 bytes, page after page, none twice",
    async run(place) {
      const held = await bucketIn(place);
      // By UTF-16 units the emoji (a surrogate pair) would come before U+FF41.
      const keys = ["A", "a", "a-b", "a/b", "a0", "b", "z", "é", "日", "ａ", "😀"];
      await filled(held, keys);
      const pages: (string | undefined)[][] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await list(held, { MaxKeys: 4, ...(ContinuationToken ? { ContinuationToken } : {}) });
        pages.push((page.Contents ?? []).map(({ Key }) => Key));
        same("IsTruncated", page.IsTruncated, page.NextContinuationToken !== undefined);
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken && pages.length < 10);
      same(
        "the sizes of the pages",
        pages.map((page) => page.length),
        [4, 4, 3],
      );
      same("the keys", pages.flat(), keys);
    },
  },
  {
    name: "S3 list: StartAfter begins behind a key, be it there or not, and a prefix narrows it",
    async run(place) {
      const held = await bucketIn(place);
      await filled(held, ["a/1", "a/2", "a/3", "b/1"]);
      same("behind a key", await keysOf(held, { StartAfter: "a/2" }), ["a/3", "b/1"]);
      same("behind no key", await keysOf(held, { StartAfter: "a/20" }), ["a/3", "b/1"]);
      same("before the prefix", await keysOf(held, { Prefix: "b/", StartAfter: "a/2" }), ["b/1"]);
      same("in the prefix", await keysOf(held, { Prefix: "a/", StartAfter: "a/1" }), ["a/2", "a/3"]);
      same("past the prefix", await keysOf(held, { Prefix: "a/", StartAfter: "b" }), []);
    },
  },
  {
    name: "S3 list: with a delimiter, what is below it is one common prefix and counts as one",
    async run(place) {
      const held = await bucketIn(place);
      await filled(held, ["a/1", "a/2", "b", "c/1"]);
      const first = await list(held, { Delimiter: "/", MaxKeys: 2 });
      same("the prefixes", first.CommonPrefixes, [{ Prefix: "a/" }]);
      same(
        "the keys",
        first.Contents?.map(({ Key }) => Key),
        ["b"],
      );
      same("KeyCount", first.KeyCount, 2);
      const ContinuationToken = present("the token", first.NextContinuationToken);
      const second = await list(held, { Delimiter: "/", ContinuationToken });
      same("the second page's prefixes", second.CommonPrefixes, [{ Prefix: "c/" }]);
      same("the second page's keys", second.Contents, undefined);
    },
  },
  {
    name: "S3 list: keys with spaces, signs, quotes and line ends come back as they were put",
    async run(place) {
      const held = await bucketIn(place);
      const keys = [" a ", "a\nb", "a\rb", "a&b<c>\"d'", "a+b c%20d", "ä/ö", "&amp;"];
      await filled(held, keys);
      same("the keys", (await keysOf(held, {})).sort(), keys.toSorted());
      for (const key of keys) same(`the object ${JSON.stringify(key)}`, await held.text(key), key);
    },
  },
  {
    name: "S3 list: keys with slashes and dots are keys like others: nobody takes them for paths",
    async run(place) {
      const held = await bucketIn(place);
      const keys = ["a//b", "a/", "/a", "//", "a/./b", "a/../b"];
      await filled(held, keys);
      same("the keys", (await keysOf(held, {})).sort(), keys.toSorted());
      for (const key of keys) same(`the object ${JSON.stringify(key)}`, await held.text(key), key);
    },
  },
  {
    name: "S3 list: with EncodingType url keys and prefixes come URL-encoded, and the answer says so",
    async run(place) {
      const held = await bucketIn(place);
      await filled(held, ["ä b/1", "ä b/2+&"]);
      const answer = await list(held, { EncodingType: "url", Prefix: "ä b/" });
      same("EncodingType", answer.EncodingType, "url");
      same("Prefix", decode(answer.Prefix), "ä b/");
      const Keys = answer.Contents?.map(({ Key }) => Key) ?? [];
      same("the keys, decoded", Keys.map(decode), ["ä b/1", "ä b/2+&"]);
      holds(
        "the keys are encoded",
        Keys.every((key) => /^[\w%+./*-]+$/.test(key ?? "")),
      );
    },
  },
  {
    name: "S3 list: a key whose newest version is a delete marker is not listed",
    async run(place) {
      const held = await bucketIn(place, { versioned: true });
      await filled(held, ["a", "b"]);
      await held.s3.send(new DeleteObjectCommand({ Bucket: held.bucket, Key: "a" }));
      same("the keys", await keysOf(held, {}), ["b"]);
    },
  },
];

/** S3 writes a space as `+`, as forms do. */
function decode(text = ""): string {
  return decodeURIComponent(text.replaceAll("+", "%20"));
}
