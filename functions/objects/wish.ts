import type { ObjectRef } from "./about.ts";

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
