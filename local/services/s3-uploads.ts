import { hash } from "node:crypto";
import type {
  CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
  ListPartsCommandInput,
  UploadPartCommandInput,
  UploadPartCopyCommandInput,
} from "@aws-sdk/client-s3";
import { AwsError, type Call, type Operation } from "../twin.ts";
import { type AboutInput, aboutOf, written } from "./s3-about.ts";
import { algorithmWanted, type Checksum, checksumGiven, combinedOf, compositeOf } from "./s3-checksums.ts";
import { copySource } from "./s3-copy.ts";
import { badDigest, invalidRequest, noSuchUpload } from "./s3-errors.ts";
import { measure, sliceOf, takeIn } from "./s3-intake.ts";
import { keyOf, nameOf } from "./s3-objects.ts";
import { copyRange } from "./s3-range.ts";
import type { Bucket, Content, Part, Store, Upload } from "./s3-state.ts";
import { commit, holdTo, sameEtag, versionId } from "./s3-versions.ts";

type Named = { Bucket?: string | undefined; Key?: string | undefined; UploadId?: string | undefined };

/** Uploads in parts (S3 user guide, multipart upload overview): begun, filled or copied in, completed or aborted. */
export function uploadOperations(store: Store): Record<string, Operation> {
  const keep = (upload: Upload, number: number | undefined, content: Content): Part => {
    const part = { ...content, number: number ?? 0, modifiedMs: store.twin.clock.now() };
    const before = upload.parts.get(part.number);
    if (before) store.release(before.segments);
    upload.parts.set(part.number, part);
    return part;
  };
  return {
    CreateMultipartUpload(input: CreateMultipartUploadCommandInput & AboutInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      const algorithm = algorithmWanted({ ...input });
      const checksumType = input.ChecksumType ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
      if (checksumType === "FULL_OBJECT" && algorithm.startsWith("SHA"))
        throw invalidRequest(`The FULL_OBJECT checksum type cannot be used with the ${algorithm} checksum.`);
      const upload: Upload = {
        id: hash("md5", `upload ${++store.count}`),
        key: keyOf(input),
        startedMs: store.twin.clock.now(),
        about: aboutOf(store, bucket, input),
        algorithm,
        checksumType,
        algorithmChosen: input.ChecksumAlgorithm !== undefined,
        parts: new Map(),
      };
      bucket.uploads.set(upload.id, upload);
      const { SSEKMSKeyId, ServerSideEncryption } = upload.about.encryption;
      const named = { Bucket: bucket.name, Key: upload.key, UploadId: upload.id };
      return {
        ...named,
        ServerSideEncryption,
        SSEKMSKeyId,
        ChecksumAlgorithm: algorithm,
        ChecksumType: checksumType,
      };
    },

    async UploadPart(input: UploadPartCommandInput, call) {
      const { upload } = find(store, input, call);
      const content = await takeIn(store, input, store.limits.maxPartBytes, upload.algorithm);
      return described(keep(upload, input.PartNumber, content));
    },

    async UploadPartCopy(input: UploadPartCopyCommandInput, call) {
      const { upload } = find(store, input, call);
      const { from, data } = copySource(store, input);
      const { start, length } = copyRange(input.CopySourceRange, data.sizeBytes);
      if (length > store.limits.maxPartBytes)
        throw invalidRequest("The specified copy range exceeds the maximum allowable size for a copy source");
      const segments = sliceOf(data.segments, start, length);
      store.hold(segments);
      const part = keep(upload, input.PartNumber, await measure(store, segments, upload.algorithm));
      const CopyPartResult = { ...described(part), LastModified: new Date(part.modifiedMs) };
      return { CopyPartResult, ...(from.versioning ? { CopySourceVersionId: data.id } : {}) };
    },

    async CompleteMultipartUpload(input: CompleteMultipartUploadCommandInput, call) {
      const { bucket, upload } = find(store, input, call);
      const parts = partsNamed(store, upload, input);
      const checksum = await checksumOf(upload, parts);
      const given = checksumGiven({ ...input });
      if (given && given.value !== checksum.value) throw badDigest(given.algorithm);
      holdTo(bucket, upload.key, input);
      const md5s = Buffer.concat(parts.map(({ md5 = "" }) => Buffer.from(md5, "hex")));
      const content: Content = {
        segments: parts.flatMap(({ segments }) => segments),
        sizeBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        etag: `${hash("md5", md5s)}-${parts.length}`,
        checksum,
      };
      bucket.uploads.delete(upload.id);
      for (const part of upload.parts.values()) if (!parts.includes(part)) store.release(part.segments);
      const data = commit(store, bucket, upload.key, {
        about: upload.about,
        content,
        partSizes: parts.map(({ sizeBytes }) => sizeBytes),
        reason: "CompleteMultipartUpload",
      });
      const Location = `/${bucket.name}/${upload.key}`;
      return { Location, Bucket: bucket.name, Key: upload.key, ...written(data), ...versionId(bucket, data) };
    },

    AbortMultipartUpload(input: Named, call) {
      const { bucket, upload } = find(store, input, call);
      for (const { segments } of upload.parts.values()) store.release(segments);
      bucket.uploads.delete(upload.id);
      return {};
    },

    ListParts(input: ListPartsCommandInput, call) {
      const { bucket, upload } = find(store, input, call);
      const Parts = sorted(upload).map((part) => ({
        PartNumber: part.number,
        Size: part.sizeBytes,
        LastModified: new Date(part.modifiedMs),
        ...described(part),
      }));
      return { Bucket: bucket.name, Key: upload.key, UploadId: upload.id, Parts, IsTruncated: false };
    },

    ListMultipartUploads(input: Named & { Prefix?: string }, call) {
      const bucket = store.bucket(nameOf(input), call);
      const all = [...bucket.uploads.values()].filter(({ key }) => key.startsWith(input.Prefix ?? ""));
      const Uploads = all.map(({ id, key, startedMs }) => ({
        UploadId: id,
        Key: key,
        Initiated: new Date(startedMs),
      }));
      return { Bucket: bucket.name, Uploads, IsTruncated: false };
    },
  };
}

function find(store: Store, input: Named, call: Call): { bucket: Bucket; upload: Upload } {
  const bucket = store.bucket(nameOf(input), call);
  const upload = bucket.uploads.get(input.UploadId ?? "");
  if (!upload || upload.key !== input.Key) throw noSuchUpload(input.UploadId ?? "");
  return { bucket, upload };
}

function sorted(upload: Upload): Part[] {
  return [...upload.parts.values()].sort((a, b) => a.number - b.number);
}

/** The parts that the completion names, checked. Throws InvalidPart, InvalidPartOrder, EntityTooSmall. */
function partsNamed(store: Store, upload: Upload, input: CompleteMultipartUploadCommandInput): Part[] {
  const named = input.MultipartUpload?.Parts ?? [];
  const parts = named.map((wish) => {
    const part = upload.parts.get(wish.PartNumber ?? 0);
    const sum = checksumGiven({ ...wish });
    if (!part || !sameEtag(wish.ETag ?? "", part.etag) || (sum && sum.value !== part.checksum.value)) {
      throw new AwsError(
        "InvalidPart",
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      );
    }
    return part;
  });
  if (parts.length === 0) throw new AwsError("MalformedXML", "The XML you provided was not well-formed");
  if (parts.some((part, index) => index > 0 && part.number <= (parts[index - 1]?.number ?? 0)))
    throw new AwsError("InvalidPartOrder", "The list of parts was not in ascending order.");
  if (parts.slice(0, -1).some(({ sizeBytes }) => sizeBytes < store.limits.minPartBytes))
    throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
  return parts;
}

async function checksumOf({ algorithm, checksumType: type }: Upload, parts: Part[]): Promise<Checksum> {
  if (type === "FULL_OBJECT") {
    const sums = parts.map(({ checksum, sizeBytes }) => ({ value: checksum.value, sizeBytes }));
    return { algorithm, type, value: combinedOf(algorithm, sums) };
  }
  const value = await compositeOf(
    algorithm,
    parts.map(({ checksum }) => checksum.value),
  );
  return { algorithm, type, value };
}

function described({ etag, checksum }: Content): Record<string, string> {
  return { ETag: `"${etag}"`, [`Checksum${checksum.algorithm}`]: checksum.value };
}
