import { invalidArgument, invalidRequest } from "./s3-errors.ts";
import type { About, Bucket, Data, Encryption, Locked, Store, StoredHeaders } from "./s3-state.ts";

/** The members with which PutObject, CopyObject and CreateMultipartUpload say what an object is to be. */
export type AboutInput = StoredHeaders & {
  Metadata?: Record<string, string>;
  Tagging?: string;
  StorageClass?: string;
  ServerSideEncryption?: string;
  SSEKMSKeyId?: string;
  BucketKeyEnabled?: boolean;
  SSECustomerAlgorithm?: string;
  ObjectLockMode?: string;
  ObjectLockRetainUntilDate?: Date;
  ObjectLockLegalHoldStatus?: string;
};

const headerNames = [
  "CacheControl",
  "ContentDisposition",
  "ContentEncoding",
  "ContentLanguage",
  "ContentType",
  "Expires",
  "WebsiteRedirectLocation",
] as const;

/** What a request says of the object it writes, with the bucket's defaults. Throws InvalidArgument, InvalidRequest. */
export function aboutOf(store: Store, bucket: Bucket, input: AboutInput): About {
  return {
    headers: headersOf(input),
    metadata: metadataOf(input.Metadata),
    tags: input.Tagging ? tagsOf(input.Tagging) : [],
    storageClass: input.StorageClass ?? "STANDARD",
    encryption: encryptionOf(store, bucket, input),
    lock: lockOf(store, bucket, input),
  };
}

/** The headers that S3 keeps. `ContentType` is binary/octet-stream where none is given (API reference, PutObject). */
export function headersOf(input: StoredHeaders): StoredHeaders {
  const headers: StoredHeaders = { ContentType: "binary/octet-stream" };
  for (const name of headerNames) {
    const value: unknown = input[name];
    if (value !== undefined) headers[name] = value instanceof Date ? value.toUTCString() : String(value);
  }
  return headers;
}

/** User metadata; S3 answers its names in lower case. */
export function metadataOf(given: Record<string, string> = {}): Record<string, string> {
  const entries = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  const bytes = entries.reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (bytes > 2_048) throw invalidRequest("Your metadata headers exceed the maximum allowed metadata size");
  return Object.fromEntries(entries);
}

/** Tags from the query-string form of `x-amz-tagging`. Throws InvalidTag. */
export function tagsOf(query: string): About["tags"] {
  return checkedTags([...new URLSearchParams(query)].map(([Key, Value]) => ({ Key, Value })));
}

/** What a tag's key or value may be made of (S3 user guide, categorizing your storage using tags). */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** At most 10 tags, keys of at most 128 and values of at most 256 characters, no key twice. */
export function checkedTags(tags: About["tags"]): About["tags"] {
  if (tags.length > 10) throw invalidTag("Object tags cannot be greater than 10", "BadRequest");
  for (const { Key, Value } of tags) {
    if (!Key || Key.length > 128) throw invalidTag("The TagKey you have provided is invalid");
    if ((Value ?? "").length > 256) throw invalidTag("The TagValue you have provided is invalid");
    if (!tagText.test(Key)) throw invalidTag("The TagKey you have provided is invalid");
    if (!tagText.test(Value ?? "")) throw invalidTag("The TagValue you have provided is invalid");
    if (Key.startsWith("aws:")) throw invalidTag("System tags cannot be added/updated by requester");
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw invalidTag("Cannot provide multiple Tags with the same key");
  }
  return tags.map(({ Key, Value }) => ({ Key, Value: Value ?? "" }));
}

function invalidTag(message: string, code = "InvalidTag") {
  const error = invalidRequest(message);
  return Object.assign(error, { code });
}

type DefaultEncryption = {
  Rules?: {
    ApplyServerSideEncryptionByDefault?: { SSEAlgorithm?: string; KMSMasterKeyID?: string };
    BucketKeyEnabled?: boolean;
  }[];
};

/** The request's encryption, else the bucket's default, else SSE-S3, which S3 gives to all (since 2023). */
function encryptionOf(store: Store, bucket: Bucket, input: AboutInput): Encryption {
  if (input.SSECustomerAlgorithm) {
    throw invalidRequest("This bucket blocks server-side encryption with customer-provided keys (SSE-C).");
  }
  const rule = (bucket.settings.ServerSideEncryptionConfiguration as DefaultEncryption | undefined)
    ?.Rules?.[0];
  const byDefault = rule?.ApplyServerSideEncryptionByDefault;
  const chosen = input.ServerSideEncryption ?? byDefault?.SSEAlgorithm ?? "AES256";
  if (chosen === "AES256") return { ServerSideEncryption: "AES256" };
  if (chosen !== "aws:kms" && chosen !== "aws:kms:dsse") {
    throw invalidArgument(
      "The encryption method specified is not supported",
      "x-amz-server-side-encryption",
      chosen,
    );
  }
  const key = input.SSEKMSKeyId ?? (input.ServerSideEncryption ? undefined : byDefault?.KMSMasterKeyID);
  const home = `arn:aws:kms:${bucket.region}:${store.twin.account}:`;
  const named = key?.startsWith("alias/") ? key : `key/${key}`;
  const arn = key?.startsWith("arn:") ? key : `${home}${key ? named : "alias/aws/s3"}`;
  const bucketKey = input.BucketKeyEnabled ?? rule?.BucketKeyEnabled ?? false;
  return { ServerSideEncryption: chosen, SSEKMSKeyId: arn, ...(bucketKey ? { BucketKeyEnabled: true } : {}) };
}

type LockConfiguration = {
  Rule?: { DefaultRetention?: { Mode?: "GOVERNANCE" | "COMPLIANCE"; Days?: number; Years?: number } };
};

const dayMs = 86_400_000;

/** The request's lock, else the bucket's default retention counted from now. */
function lockOf(store: Store, bucket: Bucket, input: AboutInput): Locked {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = input;
  const now = store.twin.clock.now();
  if ((mode || until || hold) && !bucket.objectLock) {
    throw invalidRequest("Bucket is missing Object Lock Configuration");
  }
  const legalHold = hold === "ON" ? { legalHold: true } : {};
  if (mode || until) {
    if (!mode || !until) {
      throw invalidArgument(
        "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
      );
    }
    return { ...retention(mode, new Date(until).getTime(), now), ...legalHold };
  }
  const rule = (bucket.settings.ObjectLockConfiguration as LockConfiguration | undefined)?.Rule
    ?.DefaultRetention;
  if (!rule?.Mode) return legalHold;
  const days = rule.Days ?? (rule.Years ?? 0) * 365;
  return { mode: rule.Mode, untilMs: now + days * dayMs, ...legalHold };
}

/** A retention asked for. Throws InvalidArgument, MalformedXML's cousin for an unknown mode included. */
export function retention(mode: unknown, untilMs: number, nowMs: number): Locked {
  if (mode !== "GOVERNANCE" && mode !== "COMPLIANCE") throw invalidArgument("Unknown wormMode directive.");
  if (!(untilMs > nowMs)) throw invalidArgument("The retain until date must be in the future!");
  return { mode, untilMs };
}

/** What the answers to a write say of an object's encryption and checksum. */
export function written(data: Data): Record<string, unknown> {
  return {
    ETag: `"${data.etag}"`,
    [`Checksum${data.checksum.algorithm}`]: data.checksum.value,
    ChecksumType: data.checksum.type,
    ...data.encryption,
  };
}
