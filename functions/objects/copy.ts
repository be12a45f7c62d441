import { CopyObjectCommand, type S3Client, type StorageClass } from "@aws-sdk/client-s3";
import { checksumOf, type ObjectRef } from "./about.ts";
import { copyInParts } from "./copy-parts.ts";

/** CopyObject's limit; above it an object is copied in parts (S3 user guide, copying objects). */
export const maxCopyBytes = 5 * 2 ** 30;

/** A server-side copy: from where, to where, and what is known of the source. */
export type CopyWish = {
  from: ObjectRef;
  to: { bucket: string; key: string };
  sizeBytes: number;
  /** CopyObject would make every copy STANDARD. */
  storageClass: string;
  /** CopyObject would drop it. */
  redirect?: string;
  /** The source must still be the object with this ETag. */
  sourceEtag?: string;
  /**
   * What may be at the destination: nothing, or exactly the object with this ETag, so that a copy that comes late
   * (a request that timed out here can still arrive there) never covers a newer one.
   * @default - whatever is there
   */
  replaces?: "nothing" | { etag: string };
};

/** What a copy came to: the version that was copied, and what S3 says of the copy. */
export type Copied = { sourceVersionId?: string; etag: string; checksum?: string };

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

/** The wish's condition on the destination, in the words of CopyObject and CompleteMultipartUpload. */
export function conditions({ replaces }: CopyWish): { IfNoneMatch?: string; IfMatch?: string } {
  if (!replaces) return {};
  return replaces === "nothing" ? { IfNoneMatch: "*" } : { IfMatch: replaces.etag };
}

/** What `CopySource` wants: everything URL-encoded but the slashes. */
export function copySource({ bucket, key, versionId }: ObjectRef): string {
  const path = key.split("/").map(encodeURIComponent).join("/");
  return `${bucket}/${path}${versionId ? `?versionId=${encodeURIComponent(versionId)}` : ""}`;
}

/** The checksum of the whole object in an answer, as `algorithm:base64`; a composite one is of its parts and says nothing. */
export function fullChecksum(answer: {
  ChecksumType?: string | undefined;
  ChecksumCRC64NVME?: string | undefined;
  ChecksumCRC32?: string | undefined;
  ChecksumCRC32C?: string | undefined;
  ChecksumSHA256?: string | undefined;
  ChecksumSHA1?: string | undefined;
}): { checksum?: string } {
  if (answer.ChecksumType === "COMPOSITE") return {};
  for (const algorithm of ["CRC64NVME", "CRC32", "CRC32C", "SHA256", "SHA1"] as const) {
    const value = answer[`Checksum${algorithm}`];
    if (value) return { checksum: `${algorithm.toLowerCase()}:${value}` };
  }
  return {};
}
