import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import type { ObjectRef } from "./objects.ts";

/** CopyObject's limit; above it an object is copied in parts (S3 user guide, copying objects). */
export const maxCopyBytes = 5 * 2 ** 30;

/** Parts of half a GiB: few requests, and 10,000 of them reach the 48.8 TiB that S3 allows at 5 GiB a part. */
const partBytes = 512 * 2 ** 20;
const maxParts = 10_000;
const partsAtOnce = 8;

/** A server-side copy: from where, to where, and what is known of the source. */
export type CopyWish = {
  from: ObjectRef;
  to: { bucket: string; key: string };
  sizeBytes: number;
  /** CopyObject would make every copy STANDARD. */
  storageClass: string;
  /** Only if there is nothing at the destination yet; else the copy fails as PreconditionFailed. */
  ifAbsent?: boolean;
};

/** What a copy came to: the version that was copied, and the copy's full-object checksum as `algorithm:base64`. */
export type Copied = { sourceVersionId?: string; checksum?: string };

/**
 * Copies one object inside S3, at the destination's client; `reader` is a client of the source's region. Content
 * type, metadata and tags come along; the bytes do not pass through here. Throws the SDK's errors.
 */
export async function copyObject(client: S3Client, reader: S3Client, wish: CopyWish): Promise<Copied> {
  if (wish.sizeBytes > maxCopyBytes) return copyInParts(client, reader, wish);
  const answer = await client.send(
    new CopyObjectCommand({
      Bucket: wish.to.bucket,
      Key: wish.to.key,
      CopySource: copySource(wish.from),
      StorageClass: wish.storageClass as "STANDARD",
      ...(wish.ifAbsent ? { IfNoneMatch: "*" } : {}),
    }),
  );
  const checksum = answer.CopyObjectResult?.ChecksumCRC64NVME;
  return {
    ...(answer.CopySourceVersionId ? { sourceVersionId: answer.CopySourceVersionId } : {}),
    ...(checksum ? { checksum: `crc64nvme:${checksum}` } : {}),
  };
}

/** What `CopySource` wants: everything URL-encoded but the slashes. */
function copySource({ bucket, key, versionId }: ObjectRef): string {
  const path = key.split("/").map(encodeURIComponent).join("/");
  return `${bucket}/${path}${versionId ? `?versionId=${encodeURIComponent(versionId)}` : ""}`;
}

/** UploadPartCopy carries nothing but bytes: what the object is besides them is carried by hand. */
async function copyInParts(client: S3Client, reader: S3Client, wish: CopyWish): Promise<Copied> {
  const source = { Bucket: wish.from.bucket, Key: wish.from.key, VersionId: wish.from.versionId };
  const head = await reader.send(new HeadObjectCommand(source));
  const { TagSet = [] } = await reader.send(new GetObjectTaggingCommand(source));
  const destination = { Bucket: wish.to.bucket, Key: wish.to.key };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      ...destination,
      Metadata: head.Metadata,
      ContentType: head.ContentType,
      CacheControl: head.CacheControl,
      ContentDisposition: head.ContentDisposition,
      ContentEncoding: head.ContentEncoding,
      ContentLanguage: head.ContentLanguage,
      WebsiteRedirectLocation: head.WebsiteRedirectLocation,
      Tagging: new URLSearchParams(
        TagSet.map(({ Key = "", Value = "" }): [string, string] => [Key, Value]),
      ).toString(),
      StorageClass: wish.storageClass as "STANDARD",
      ChecksumAlgorithm: "CRC64NVME",
      ChecksumType: "FULL_OBJECT",
    }),
  );
  try {
    const size = head.ContentLength ?? wish.sizeBytes;
    const length = Math.max(partBytes, Math.ceil(size / maxParts));
    const ranges = Array.from(
      { length: Math.ceil(size / length) },
      (_, i) => [i * length, Math.min(size, (i + 1) * length) - 1] as const,
    );
    const parts: { PartNumber: number; ETag?: string | undefined; ChecksumCRC64NVME?: string | undefined }[] =
      [];
    const waiting = ranges.entries();
    const worker = async () => {
      for (const [index, [first, last]] of waiting) {
        const PartNumber = index + 1;
        const { CopyPartResult } = await client.send(
          new UploadPartCopyCommand({
            ...destination,
            UploadId,
            PartNumber,
            CopySource: copySource(wish.from),
            CopySourceRange: `bytes=${first}-${last}`,
            // Every part is of the same object, even if the source changes meanwhile.
            CopySourceIfMatch: head.ETag,
          }),
        );
        parts[index] = {
          PartNumber,
          ETag: CopyPartResult?.ETag,
          ChecksumCRC64NVME: CopyPartResult?.ChecksumCRC64NVME,
        };
      }
    };
    await Promise.all(Array.from({ length: partsAtOnce }, worker));
    const done = await client.send(
      new CompleteMultipartUploadCommand({
        ...destination,
        UploadId,
        MultipartUpload: { Parts: parts },
        ...(wish.ifAbsent ? { IfNoneMatch: "*" } : {}),
      }),
    );
    return {
      ...(head.VersionId ? { sourceVersionId: head.VersionId } : {}),
      ...(done.ChecksumCRC64NVME ? { checksum: `crc64nvme:${done.ChecksumCRC64NVME}` } : {}),
    };
  } catch (thrown) {
    await client.send(new AbortMultipartUploadCommand({ ...destination, UploadId })).catch(() => {
      // The vault's lifecycle rule removes what could not be aborted; the copy's own error is the one to tell.
    });
    throw thrown;
  }
}
