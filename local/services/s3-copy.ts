import type { CopyObjectCommandInput } from "@aws-sdk/client-s3";
import { AwsError, type Operation } from "../twin.ts";
import { type AboutInput, aboutOf, headersOf, metadataOf, tagsOf, written } from "./s3-about.ts";
import type { Algorithm } from "./s3-checksums.ts";
import { invalidArgument, invalidRequest, noSuchKey, preconditionFailed } from "./s3-errors.ts";
import { measure } from "./s3-intake.ts";
import { keyOf, nameOf } from "./s3-objects.ts";
import type { Bucket, Data, Store } from "./s3-state.ts";
import { commit, holdTo, sameEtag, versionId, versionRead } from "./s3-versions.ts";

/** CopyObject, also from a bucket of another region. The copy shares the source's bytes. */
export function copyOperations(store: Store): Record<string, Operation> {
  return {
    async CopyObject(input: CopyObjectCommandInput & AboutInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      const key = keyOf(input);
      const { from, data } = copySource(store, input);
      if (data.storageClass === "GLACIER" || data.storageClass === "DEEP_ARCHIVE") {
        const message = "The source object of the COPY operation is not in the active tier.";
        throw new AwsError("ObjectNotInActiveTierError", message, 403);
      }
      if (data.sizeBytes > store.limits.maxCopyBytes) {
        throw invalidRequest(
          "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
        );
      }
      const same = from === bucket && data === bucket.keys.get(key)?.versions.at(-1);
      if (
        same &&
        input.MetadataDirective !== "REPLACE" &&
        !input.StorageClass &&
        input.TaggingDirective !== "REPLACE"
      ) {
        throw invalidRequest(
          "This copy request is illegal because it is trying to copy an object to itself without changing anything.",
        );
      }
      holdTo(bucket, key, input);
      const about = aboutOf(store, bucket, input);
      const replaced = input.MetadataDirective === "REPLACE";
      const { WebsiteRedirectLocation: _, ...kept } = data.headers;
      const redirect = input.WebsiteRedirectLocation;
      const made = {
        ...about,
        // Storage class and redirect are not copied: they are what the request says (API reference, CopyObject).
        headers: replaced
          ? headersOf(input)
          : { ...kept, ...(redirect ? { WebsiteRedirectLocation: redirect } : {}) },
        metadata: replaced ? metadataOf(input.Metadata) : data.metadata,
        tags: input.TaggingDirective === "REPLACE" ? tagsOf(input.Tagging ?? "") : data.tags,
      };
      const algorithm = (input.ChecksumAlgorithm ?? data.checksum.algorithm) as Algorithm;
      // A copy is one piece: what was a composite checksum or a multipart ETag is computed anew.
      const whole =
        data.checksum.type === "FULL_OBJECT" &&
        data.checksum.algorithm === algorithm &&
        data.md5 !== undefined;
      const content = whole
        ? {
            segments: data.segments,
            sizeBytes: data.sizeBytes,
            md5: data.md5 as string,
            etag: data.md5 as string,
            checksum: data.checksum,
          }
        : await measure(store, data.segments, algorithm);
      holdTo(bucket, key, input);
      store.hold(data.segments);
      const copy = commit(store, bucket, key, { about: made, content, reason: "CopyObject" });
      const { ETag, SSEKMSKeyId, ServerSideEncryption, BucketKeyEnabled, ...checksum } = written(copy);
      return {
        CopyObjectResult: { ETag, LastModified: new Date(copy.modifiedMs), ...checksum },
        ...(from.versioning ? { CopySourceVersionId: data.id } : {}),
        ...versionId(bucket, copy),
        ServerSideEncryption,
        ...(SSEKMSKeyId ? { SSEKMSKeyId } : {}),
        ...(BucketKeyEnabled === undefined ? {} : { BucketKeyEnabled }),
      };
    },
  };
}

/** The version that `CopySource` names: `bucket/key`, URL-encoded, with `?versionId=` or not. Throws NoSuchKey and others. */
export function copySource(
  store: Store,
  input: { CopySource?: string | undefined; CopySourceIfMatch?: string | undefined },
): { from: Bucket; data: Data } {
  const given = (input.CopySource ?? "").replace(/^\//, "");
  const [path = "", query] = given.split("?versionId=");
  const slash = path.indexOf("/");
  if (slash < 1)
    throw invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source",
      given,
    );
  const from = store.bucketAnywhere(path.slice(0, slash));
  const key = decodeURIComponent(path.slice(slash + 1));
  const version = versionRead(from, key, query);
  if (version.kind === "marker")
    throw query
      ? invalidRequest(
          "The source of a copy request may not specifically refer to a delete marker by version id.",
        )
      : noSuchKey(key);
  if (input.CopySourceIfMatch !== undefined && !sameEtag(input.CopySourceIfMatch, version.etag))
    throw preconditionFailed("x-amz-copy-source-If-Match");
  return { from, data: version };
}
