import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
  type StorageClass,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { checksumOf } from "./about.ts";
import { type Copied, type CopyWish, conditions, copySource } from "./wish.ts";

/** Small enough that the first object over CopyObject's limit already goes 40 parts wide. */
const partBytes = 128 * 2 ** 20;
/** S3 user guide, multipart upload limits; 10,000 parts of 5 GiB are more than an object can have. */
const maxParts = 10_000;
const partsAtOnce = 32;

/**
 * Copies an object of any size in parts, all of the same version. UploadPartCopy carries nothing but bytes: what
 * the object is besides them is carried by hand. An upload that fails is aborted. `leastBytes`: a part's size, but
 * for objects that would need too many. Throws the SDK's errors.
 */
export async function copyInParts(
  client: S3Client,
  reader: S3Client,
  wish: CopyWish,
  leastBytes = partBytes,
): Promise<Copied> {
  const from = { Bucket: wish.from.bucket, Key: wish.from.key, VersionId: wish.from.versionId };
  const to = { Bucket: wish.to.bucket, Key: wish.to.key };
  const head = await reader.send(
    new HeadObjectCommand({ ...from, IfMatch: wish.sourceEtag, ChecksumMode: "ENABLED" }),
  );
  const algorithm = algorithmFor(head);
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      ...to,
      Metadata: head.Metadata,
      ContentType: head.ContentType,
      CacheControl: head.CacheControl,
      ContentDisposition: head.ContentDisposition,
      ContentEncoding: head.ContentEncoding,
      ContentLanguage: head.ContentLanguage,
      Expires: head.ExpiresString ? new Date(head.ExpiresString) : undefined,
      WebsiteRedirectLocation: head.WebsiteRedirectLocation,
      Tagging: await tagging(reader, { ...from, VersionId: head.VersionId }),
      StorageClass: wish.storageClass as StorageClass,
      ChecksumAlgorithm: algorithm,
      ChecksumType: "FULL_OBJECT",
    }),
  );
  const upload = { ...to, UploadId };
  try {
    const Parts = await inOrder(rangesOf(head.ContentLength ?? 0, leastBytes), async (range, index) => {
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          ...upload,
          PartNumber: index + 1,
          CopySource: copySource({ ...wish.from, ...(head.VersionId ? { versionId: head.VersionId } : {}) }),
          CopySourceRange: range,
          CopySourceIfMatch: head.ETag,
        }),
      );
      const { LastModified: _, ...part } = CopyPartResult ?? {};
      return { PartNumber: index + 1, ...part } satisfies CompletedPart;
    });
    const done = await client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts },
        ChecksumType: "FULL_OBJECT",
        ...conditions(wish),
      }),
    );
    return {
      etag: done.ETag ?? "",
      ...(head.VersionId ? { sourceVersionId: head.VersionId } : {}),
      ...checksumOf(done),
    };
  } catch (thrown) {
    // What cannot be aborted now, the bucket's lifecycle rule removes; the copy's own error is the one to tell.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw thrown;
  }
}

/** The source's own algorithm where its checksum is of the whole object, so that the two can be compared. */
function algorithmFor(head: HeadObjectCommandOutput): ChecksumAlgorithm {
  const own = checksumOf(head).checksum?.split(":")[0];
  return own === "CRC32" || own === "CRC32C" ? own : "CRC64NVME";
}

async function tagging(
  reader: S3Client,
  from: { Bucket: string; Key: string; VersionId: string | undefined },
): Promise<string> {
  const { TagSet = [] } = await reader.send(new GetObjectTaggingCommand(from));
  return new URLSearchParams(
    TagSet.map(({ Key = "", Value = "" }): [string, string] => [Key, Value]),
  ).toString();
}

function rangesOf(sizeBytes: number, leastBytes: number): string[] {
  const length = Math.max(leastBytes, Math.ceil(sizeBytes / maxParts));
  return Array.from(
    { length: Math.ceil(sizeBytes / length) },
    (_, i) => `bytes=${i * length}-${Math.min(sizeBytes, (i + 1) * length) - 1}`,
  );
}

/** Maps in parallel. It ends when no call is under way any more: a part that lands after the abort would stay. */
async function inOrder<T, R>(items: T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  let failed = false;
  const worker = async () => {
    for (const [index, item] of waiting) {
      if (failed) return;
      try {
        results[index] = await work(item, index);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: partsAtOnce }, worker));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  return results;
}
