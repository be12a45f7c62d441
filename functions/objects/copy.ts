import { CopyObjectCommand, type S3Client, type StorageClass } from "@aws-sdk/client-s3";
import { checksumOf } from "./about.ts";
import { copyInParts } from "./copy-parts.ts";
import { type Copied, type CopyWish, conditions, copySource } from "./wish.ts";

/** CopyObject's limit; above it an object is copied in parts (S3 user guide, copying objects). */
export const maxCopyBytes = 5 * 2 ** 30;

/**
 * Copies one object inside S3, at the destination's client; `reader` is a client of the source's region. Content
 * type, metadata and tags come along; the bytes do not pass through here. Throws the SDK's errors.
 */
export async function copyObject(client: S3Client, reader: S3Client, wish: CopyWish): Promise<Copied> {
  if (wish.sizeBytes > maxCopyBytes) return copyInParts(client, reader, wish);
  const { CopyObjectResult: result = {}, CopySourceVersionId } = await client.send(
    new CopyObjectCommand({
      Bucket: wish.to.bucket,
      Key: wish.to.key,
      CopySource: copySource(wish.from),
      CopySourceIfMatch: wish.sourceEtag,
      StorageClass: wish.storageClass as StorageClass,
      WebsiteRedirectLocation: wish.redirect,
      ...conditions(wish),
    }),
  );
  return {
    etag: result.ETag ?? "",
    ...(CopySourceVersionId ? { sourceVersionId: CopySourceVersionId } : {}),
    ...checksumOf(result),
  };
}
