import type { Blobs } from "../blobs.ts";
import type { Call, Twin } from "../twin.ts";
import type { Algorithm, Checksum } from "./s3-checksums.ts";
import { noSuchBucket, permanentRedirect } from "./s3-errors.ts";
import type { KeyIndex } from "./s3-keys.ts";

/** A stretch of a blob. An object is one or more of them, so that copies and parts share bytes. */
export type Segment = { blob: string; start: number; length: number };

/** Headers that S3 keeps and answers as they were given. */
export type StoredHeaders = {
  CacheControl?: string;
  ContentDisposition?: string;
  ContentEncoding?: string;
  ContentLanguage?: string;
  ContentType?: string;
  Expires?: string;
  WebsiteRedirectLocation?: string;
};

/** How an object is encrypted, in the words of the answers. */
export type Encryption = {
  ServerSideEncryption: "AES256" | "aws:kms" | "aws:kms:dsse";
  SSEKMSKeyId?: string;
  BucketKeyEnabled?: boolean;
};

/** Object Lock on one version. */
export type Locked = { mode?: "GOVERNANCE" | "COMPLIANCE"; untilMs?: number; legalHold?: boolean };

/** What is said of an object when it is written. */
export type About = {
  headers: StoredHeaders;
  metadata: Record<string, string>;
  tags: { Key: string; Value: string }[];
  storageClass: string;
  encryption: Encryption;
  lock: Locked;
};

/** Bytes that S3 has taken in. `md5` (hex) is absent where S3 does not know the MD5 of the whole. */
export type Content = {
  segments: Segment[];
  sizeBytes: number;
  md5?: string;
  etag: string;
  checksum: Checksum;
};

/** A version of an object that holds data. */
export type Data = About & Content & { kind: "data"; id: string; modifiedMs: number; partSizes?: number[] };

/** A delete marker. */
export type Marker = { kind: "marker"; id: string; modifiedMs: number };

/** All versions of a key, oldest first. Never empty while it is in a bucket. */
export type History = { key: string; versions: (Data | Marker)[] };

/** A part of an upload in progress. */
export type Part = Content & { number: number; modifiedMs: number };

/** A multipart upload in progress. */
export type Upload = {
  id: string;
  key: string;
  startedMs: number;
  about: About;
  algorithm: Algorithm;
  checksumType: Checksum["type"];
  /** Whether the caller chose the algorithm: then every part must use it. */
  algorithmChosen: boolean;
  parts: Map<number, Part>;
};

/** A bucket. `settings` holds configurations as they were put, by the name of their member in the input. */
export type Bucket = {
  name: string;
  region: string;
  createdMs: number;
  versioning?: "Enabled" | "Suspended";
  objectLock: boolean;
  settings: Record<string, unknown>;
  keys: KeyIndex<History>;
  uploads: Map<string, Upload>;
};

/** S3's limits, in bytes; a test may set smaller ones. */
export type Limits = {
  minPartBytes: number;
  maxPartBytes: number;
  maxCopyBytes: number;
  maxPutBytes: number;
};

/** Limits as AWS has them (S3 user guide, multipart upload limits). */
export const awsLimits: Limits = {
  minPartBytes: 5 * 2 ** 20,
  maxPartBytes: 5 * 2 ** 30,
  maxCopyBytes: 5 * 2 ** 30,
  maxPutBytes: 5 * 2 ** 30,
};

/** Everything that S3 keeps, and what it works with. */
export class Store {
  readonly twin: Twin;
  readonly blobs: Blobs;
  readonly limits: Limits;
  readonly buckets = new Map<string, Bucket>();
  /** Counts up with each version, upload and event; part of the saved state. */
  count = 0;

  constructor(twin: Twin, blobs: Blobs, limits: Limits) {
    this.twin = twin;
    this.blobs = blobs;
    this.limits = limits;
  }

  /** The bucket that a call names. Throws NoSuchBucket, or PermanentRedirect if it is in another region. */
  bucket(name: string, call: Call): Bucket {
    const bucket = this.bucketAnywhere(name);
    if (bucket.region !== call.region) throw permanentRedirect(bucket);
    return bucket;
  }

  /** The bucket in whatever region. Throws NoSuchBucket. */
  bucketAnywhere(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) throw noSuchBucket(name);
    return bucket;
  }

  /** Puts a version on top of its key, replacing the `null` version where the bucket keeps no other. */
  add(bucket: Bucket, key: string, version: Data | Marker): void {
    const history = bucket.keys.get(key);
    if (!history) {
      bucket.keys.add({ key, versions: [version] });
      return;
    }
    if (version.id === "null") {
      const index = history.versions.findIndex(({ id }) => id === "null");
      if (index >= 0) this.#drop(history.versions.splice(index, 1)[0]);
    }
    history.versions.push(version);
  }

  /** Takes a version away for good. */
  remove(bucket: Bucket, history: History, version: Data | Marker): void {
    this.#drop(version);
    history.versions.splice(history.versions.indexOf(version), 1);
    if (history.versions.length === 0) bucket.keys.delete(history.key);
  }

  hold(segments: Segment[]): void {
    for (const { blob } of segments) this.blobs.hold(blob);
  }

  release(segments: Segment[]): void {
    for (const { blob } of segments) this.blobs.release(blob);
  }

  #drop(version: Data | Marker | undefined): void {
    if (version?.kind === "data") this.release(version.segments);
  }
}
