import type {
  DeleteObjectCommandInput,
  DeleteObjectsCommandInput,
  GetObjectCommandInput,
  HeadObjectCommandInput,
  PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { AwsError, type Call, type Operation } from "../twin.ts";
import { type AboutInput, aboutOf, written } from "./s3-about.ts";
import { bodyOf } from "./s3-body.ts";
import { invalidArgument, noSuchKey, preconditionFailed } from "./s3-errors.ts";
import { sliceOf, takeIn } from "./s3-intake.ts";
import { stretchRead } from "./s3-range.ts";
import type { Bucket, Data, Store } from "./s3-state.ts";
import {
  commit,
  current,
  type Deleted,
  holdTo,
  remove,
  sameEtag,
  versionId,
  versionRead,
} from "./s3-versions.ts";

/** PutObject, GetObject, HeadObject, DeleteObject and DeleteObjects. */
export function objectOperations(store: Store): Record<string, Operation> {
  return {
    async PutObject(input: PutObjectCommandInput & AboutInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      const key = keyOf(input);
      const about = aboutOf(store, bucket, input);
      holdTo(bucket, key, input);
      const content = await takeIn(store, input, store.limits.maxPutBytes);
      try {
        // Again, now that the bytes are here: of several writers with the same condition one wins.
        holdTo(bucket, key, input);
      } catch (thrown) {
        store.release(content.segments);
        throw thrown;
      }
      const data = commit(store, bucket, key, { about, content, reason: "PutObject" });
      return { ...written(data), ...versionId(bucket, data) };
    },

    GetObject(input: GetObjectCommandInput, call) {
      const { bucket, data } = read(store, input, call);
      if (data.storageClass === "GLACIER" || data.storageClass === "DEEP_ARCHIVE") {
        const message = "The operation is not valid for the object's storage class";
        throw new AwsError("InvalidObjectState", message, 403, { StorageClass: data.storageClass });
      }
      const { start, length, answer } = stretchRead(data, input);
      const segments = length === data.sizeBytes ? data.segments : sliceOf(data.segments, start, length);
      return {
        ...described(bucket, data, input),
        ...answer,
        ...replaced(input),
        Body: bodyOf(store, segments),
        ...(data.tags.length ? { TagCount: data.tags.length } : {}),
      };
    },

    HeadObject(input: HeadObjectCommandInput, call) {
      try {
        const { bucket, data } = read(store, input, call);
        return { ...described(bucket, data, input), ...stretchRead(data, input).answer };
      } catch (thrown) {
        // An answer to HEAD has no body to carry a code; the SDK makes this one from the status.
        if (!(thrown instanceof AwsError) || thrown.httpStatus !== 404) throw thrown;
        throw new AwsError("NotFound", "NotFound", 404, thrown.details);
      }
    },

    DeleteObject(input: DeleteObjectCommandInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      const key = keyOf(input);
      if (input.IfMatch !== undefined) {
        const now = input.VersionId
          ? versionRead(bucket, key, input.VersionId)
          : current(bucket.keys.get(key));
        if (now?.kind !== "data") throw noSuchKey(key);
        if (input.IfMatch !== "*" && !sameEtag(input.IfMatch, now.etag)) throw preconditionFailed("If-Match");
      }
      return remove(store, bucket, key, {
        versionId: input.VersionId,
        bypassGovernance: input.BypassGovernanceRetention,
      });
    },

    DeleteObjects(input: DeleteObjectsCommandInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      const wishes = input.Delete?.Objects ?? [];
      if (wishes.length === 0 || wishes.length > 1_000) {
        const message =
          "The XML you provided was not well-formed or did not validate against our published schema";
        throw new AwsError("MalformedXML", message, 400);
      }
      const done: Record<string, unknown>[] = [];
      const failed: Record<string, unknown>[] = [];
      for (const { Key = "", VersionId } of wishes) {
        const wished = { Key, ...(VersionId ? { VersionId } : {}) };
        try {
          const did = remove(store, bucket, Key, {
            versionId: VersionId,
            bypassGovernance: input.BypassGovernanceRetention,
          });
          done.push({ ...wished, ...inBatch(did, VersionId) });
        } catch (thrown) {
          if (!(thrown instanceof AwsError)) throw thrown;
          failed.push({ ...wished, Code: thrown.code, Message: thrown.message });
        }
      }
      return {
        ...(input.Delete?.Quiet ? {} : { Deleted: done }),
        ...(failed.length ? { Errors: failed } : {}),
      };
    },
  };
}

/** The bucket that an input names. */
export function nameOf({ Bucket: name }: { Bucket?: string | undefined }): string {
  if (!name) throw invalidArgument("The bucket's name is missing", "Bucket");
  return name;
}

/** The key that an input names. Throws KeyTooLongError over 1,024 bytes of UTF-8. */
export function keyOf({ Key: key }: { Key?: string | undefined }): string {
  if (!key) throw invalidArgument("The object's key is missing", "Key");
  if (key.length > 341 && Buffer.byteLength(key) > 1_024) {
    throw new AwsError("KeyTooLongError", "Your key is too long", 400);
  }
  return key;
}

function read(store: Store, input: HeadObjectCommandInput, call: Call): { bucket: Bucket; data: Data } {
  const bucket = store.bucket(nameOf(input), call);
  const version = versionRead(bucket, keyOf(input), input.VersionId);
  if (version.kind === "marker") {
    const details = {
      DeleteMarker: true,
      VersionId: version.id,
      Method: "GET",
      ResourceType: "DeleteMarker",
    };
    throw new AwsError(
      "MethodNotAllowed",
      "The specified method is not allowed against this resource.",
      405,
      details,
    );
  }
  if (input.IfMatch !== undefined && !sameEtag(input.IfMatch, version.etag))
    throw preconditionFailed("If-Match");
  if (input.IfNoneMatch !== undefined && sameEtag(input.IfNoneMatch, version.etag))
    throw notModified(version);
  const modified = Math.floor(version.modifiedMs / 1_000);
  const seconds = (date: Date) => Math.floor(date.getTime() / 1_000);
  if (input.IfModifiedSince && !input.IfNoneMatch && modified <= seconds(input.IfModifiedSince)) {
    throw notModified(version);
  }
  if (input.IfUnmodifiedSince && !input.IfMatch && modified > seconds(input.IfUnmodifiedSince)) {
    throw preconditionFailed("If-Unmodified-Since");
  }
  return { bucket, data: version };
}

function notModified(version: Data): AwsError {
  return new AwsError("NotModified", "Not Modified", 304, { ETag: `"${version.etag}"` });
}

/** What GetObject and HeadObject say of a version besides its bytes. */
function described(bucket: Bucket, data: Data, input: HeadObjectCommandInput): Record<string, unknown> {
  const whole = input.Range === undefined && input.PartNumber === undefined;
  return {
    AcceptRanges: "bytes",
    ETag: `"${data.etag}"`,
    LastModified: new Date(data.modifiedMs - (data.modifiedMs % 1_000)),
    Metadata: { ...data.metadata },
    ...data.headers,
    ...(data.headers.Expires ? { ExpiresString: data.headers.Expires } : {}),
    ...data.encryption,
    ...versionId(bucket, data),
    ...(data.storageClass === "STANDARD" ? {} : { StorageClass: data.storageClass }),
    ...(data.lock.mode && data.lock.untilMs
      ? { ObjectLockMode: data.lock.mode, ObjectLockRetainUntilDate: new Date(data.lock.untilMs) }
      : {}),
    ...(data.lock.legalHold === undefined
      ? {}
      : { ObjectLockLegalHoldStatus: data.lock.legalHold ? "ON" : "OFF" }),
    ...(input.ChecksumMode === "ENABLED" && whole
      ? { [`Checksum${data.checksum.algorithm}`]: data.checksum.value, ChecksumType: data.checksum.type }
      : {}),
  };
}

function replaced(input: GetObjectCommandInput): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({
      ContentType: input.ResponseContentType,
      ContentDisposition: input.ResponseContentDisposition,
      ContentEncoding: input.ResponseContentEncoding,
      ContentLanguage: input.ResponseContentLanguage,
      CacheControl: input.ResponseCacheControl,
    }).filter(([, value]) => value !== undefined),
  );
}

/** DeleteObjects names a marker that it made by `DeleteMarkerVersionId`, and keeps `VersionId` for what was asked. */
function inBatch({ DeleteMarker, VersionId }: Deleted, asked: string | undefined): Record<string, unknown> {
  if (!DeleteMarker) return {};
  return { DeleteMarker, DeleteMarkerVersionId: asked ?? VersionId };
}
