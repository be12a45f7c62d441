import type { ListObjectsV2CommandInput, ListObjectVersionsCommandInput } from "@aws-sdk/client-s3";
import type { Operation } from "../twin.ts";
import { nameOf } from "./s3-objects.ts";
import type { Data, History, Store } from "./s3-state.ts";
import { current } from "./s3-versions.ts";

/** ListObjectsV2, ListObjects and ListObjectVersions, in the order of the keys' UTF-8 bytes. */
export function listOperations(store: Store): Record<string, Operation> {
  return {
    ListObjectsV2(input: ListObjectsV2CommandInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      const Contents: object[] = [];
      const after = input.ContinuationToken ? untoken(input.ContinuationToken) : input.StartAfter;
      const walked = walk(bucket.keys, { ...input, after, max: input.MaxKeys }, (history) => {
        const data = current(history);
        if (data) Contents.push(listed(history.key, data));
        return data ? 1 : 0;
      });
      return encoded(input.EncodingType, {
        Name: bucket.name,
        Prefix: input.Prefix ?? "",
        ...(input.StartAfter === undefined ? {} : { StartAfter: input.StartAfter }),
        MaxKeys: Math.min(1_000, input.MaxKeys ?? 1_000),
        KeyCount: Contents.length + walked.prefixes.length,
        Contents,
        IsTruncated: walked.last !== undefined,
        ...(walked.prefixes.length ? { CommonPrefixes: walked.prefixes.map((Prefix) => ({ Prefix })) } : {}),
        ...(input.Delimiter ? { Delimiter: input.Delimiter } : {}),
        ...(walked.last === undefined ? {} : { NextContinuationToken: token(walked.last) }),
      });
    },
    ListObjectVersions(input: ListObjectVersionsCommandInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      const Versions: object[] = [];
      const DeleteMarkers: object[] = [];
      const walked = walk(
        bucket.keys,
        { ...input, after: input.KeyMarker, max: input.MaxKeys },
        (history) => {
          for (const version of history.versions.toReversed()) {
            const common = {
              Key: history.key,
              VersionId: version.id,
              IsLatest: version === history.versions.at(-1),
              LastModified: toSecond(version.modifiedMs),
            };
            if (version.kind === "marker") DeleteMarkers.push(common);
            else Versions.push({ ...listed(history.key, version), ...common });
          }
          return history.versions.length;
        },
      );
      return encoded(input.EncodingType, {
        Name: bucket.name,
        Prefix: input.Prefix ?? "",
        MaxKeys: input.MaxKeys ?? 1_000,
        Versions,
        DeleteMarkers,
        IsTruncated: walked.last !== undefined,
        ...(walked.last === undefined ? {} : { NextKeyMarker: walked.last, NextVersionIdMarker: "null" }),
        ...(walked.prefixes.length ? { CommonPrefixes: walked.prefixes.map((Prefix) => ({ Prefix })) } : {}),
      });
    },
  };
}

/** With EncodingType, the members that hold keys or parts of keys are URL-encoded, a space as `+`. */
function encoded(type: string | undefined, answer: object): object {
  if (type !== "url") return answer;
  const inKeys = /^(Key|Prefix|Delimiter|StartAfter|KeyMarker|NextKeyMarker)$/;
  const encode = (value: unknown, name = ""): unknown => {
    if (typeof value === "string")
      return inKeys.test(name)
        ? encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%2F", "/")
        : value;
    if (Array.isArray(value)) return value.map((one) => encode(one));
    if (typeof value !== "object" || value === null || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([member, one]) => [member, encode(one, member)]));
  };
  return { ...(encode(answer) as object), EncodingType: type };
}

type Wish = {
  Prefix?: string | undefined;
  Delimiter?: string | undefined;
  after?: string | undefined;
  max?: number | undefined;
};

/** Walks the keys of one page; `last` is where the next page goes on, if there is more. */
function walk(
  keys: Store["buckets"] extends Map<string, { keys: infer K }> ? K : never,
  wish: Wish,
  visit: (history: History) => number,
) {
  const prefix = wish.Prefix ?? "";
  const max = Math.min(1_000, wish.max ?? 1_000);
  const prefixes: string[] = [];
  let count = 0;
  let last: string | undefined;
  let index = Math.max(keys.firstFrom(prefix), wish.after === undefined ? 0 : afterKey(keys, wish));
  for (let history = keys.at(index); history?.key.startsWith(prefix); history = keys.at(++index)) {
    if (count >= max) return { prefixes, last };
    const cut = wish.Delimiter ? history.key.indexOf(wish.Delimiter, prefix.length) : -1;
    if (cut >= 0 && wish.Delimiter) {
      const common = history.key.slice(0, cut + wish.Delimiter.length);
      prefixes.push(common);
      count += 1;
      last = common;
      index = keys.firstPast(common) - 1;
      continue;
    }
    count += visit(history);
    last = history.key;
  }
  return { prefixes, last: undefined };
}

function afterKey(
  keys: { firstAfter(key: string): number; firstPast(prefix: string): number },
  { after = "", Delimiter }: Wish,
): number {
  return Delimiter && after.endsWith(Delimiter) ? keys.firstPast(after) : keys.firstAfter(after);
}

function listed(key: string, data: Data) {
  return {
    Key: key,
    LastModified: toSecond(data.modifiedMs),
    ETag: `"${data.etag}"`,
    Size: data.sizeBytes,
    StorageClass: data.storageClass,
    ChecksumAlgorithm: [data.checksum.algorithm],
    ChecksumType: data.checksum.type,
  };
}

const token = (key: string) => Buffer.from(key).toString("base64url");
const untoken = (given: string) => Buffer.from(given, "base64url").toString();

/** S3 says when an object was written to the second. */
function toSecond(ms: number): Date {
  return new Date(ms - (ms % 1_000));
}
