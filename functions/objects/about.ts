import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { awsProblem } from "../core/aws-error.ts";
import { Problem } from "../core/problem.ts";

/** Which object: without `versionId`, the current version. */
export type ObjectRef = { bucket: string; key: string; versionId?: string };

/** What S3 says of one object. */
export type ObjectHead = {
  sizeBytes: number;
  etag: string;
  versionId?: string;
  /** ISO-8601 UTC, to the second. Of an object uploaded in parts: when the upload began. */
  lastModified: string;
  storageClass: string;
  /**
   * The checksum of the whole object that S3 keeps, as `algorithm:base64`. Absent where S3 keeps none (objects of
   * before 2025 without one of their own) or one of its parts' checksums, which no copy has.
   */
  checksum?: string;
  /** Where a website endpoint redirects to instead. */
  redirect?: string;
  /** User metadata and the headers that a copy takes along, in one canonical text: equal texts, equal objects in that respect. */
  about: string;
};

/** S3's answer as what we keep of it. */
export function headOf(answer: HeadObjectCommandOutput): ObjectHead {
  return {
    sizeBytes: answer.ContentLength ?? 0,
    etag: answer.ETag ?? "",
    lastModified: toSecond(answer.LastModified),
    storageClass: answer.StorageClass ?? "STANDARD",
    about: JSON.stringify([
      Object.entries(answer.Metadata ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
      answer.ContentType,
      answer.CacheControl,
      answer.ContentDisposition,
      answer.ContentEncoding,
      answer.ContentLanguage,
      answer.ExpiresString,
    ]),
    ...(answer.VersionId ? { versionId: answer.VersionId } : {}),
    ...(answer.WebsiteRedirectLocation ? { redirect: answer.WebsiteRedirectLocation } : {}),
    ...checksumOf(answer),
  };
}

/** The checksum of a whole object in an answer of S3, whichever of its algorithms made it; empty where there is none. */
export function checksumOf(answer: object & { ChecksumType?: string | undefined }): { checksum?: string } {
  if (answer.ChecksumType === "COMPOSITE") return {};
  for (const [name, value] of Object.entries(answer).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!name.startsWith("Checksum") || name === "ChecksumType" || typeof value !== "string") continue;
    // "-<parts>" at its end marks a checksum of the parts' checksums, also where the type is not told.
    if (!/-\d+$/.test(value)) return { checksum: `${name.slice("Checksum".length)}:${value}` };
  }
  return {};
}

/** S3 dates its objects to the second in headers; a listing of the same object may not say another instant. */
export function toSecond(at: Date | undefined): string {
  return at ? `${at.toISOString().slice(0, 19)}Z` : "";
}

const frozen = new Set(["InvalidObjectState", "ObjectNotInActiveTierError"]);
const conflicts = new Set(["ConditionalRequestConflict", "OperationAborted"]);

/** An error of S3 about an object as a `Problem`: what is special to objects, else as any AWS error. */
export function objectProblem(thrown: unknown, what: string): Problem {
  const name = thrown instanceof Error ? thrown.name : "";
  if (frozen.has(name)) {
    return new Problem(
      "unsupported",
      `${what}: it is archived and cannot be read as it is`,
      "Restore it in S3; the next sweep copies it.",
      thrown,
    );
  }
  if (conflicts.has(name))
    return new Problem("conflict", `${what}: another write is under way`, "It is tried again.", thrown);
  if (name === "RequestTimeout")
    return new Problem("unavailable", `${what}: S3 waited in vain`, "It is tried again.", thrown);
  return awsProblem(thrown, what);
}
