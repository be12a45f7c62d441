/** Request headers and the input members they are, for all operations. */
export const inputHeaders: Record<string, string> = {
  "if-match": "IfMatch",
  "if-none-match": "IfNoneMatch",
  "if-modified-since": "IfModifiedSince",
  "if-unmodified-since": "IfUnmodifiedSince",
  range: "Range",
  expires: "Expires",
  "content-type": "ContentType",
  "cache-control": "CacheControl",
  "content-disposition": "ContentDisposition",
  "content-language": "ContentLanguage",
  "content-md5": "ContentMD5",
  "x-amz-copy-source": "CopySource",
  "x-amz-copy-source-if-match": "CopySourceIfMatch",
  "x-amz-copy-source-range": "CopySourceRange",
  "x-amz-metadata-directive": "MetadataDirective",
  "x-amz-tagging-directive": "TaggingDirective",
  "x-amz-tagging": "Tagging",
  "x-amz-storage-class": "StorageClass",
  "x-amz-website-redirect-location": "WebsiteRedirectLocation",
  "x-amz-server-side-encryption": "ServerSideEncryption",
  "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
  "x-amz-server-side-encryption-bucket-key-enabled": "BucketKeyEnabled",
  "x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
  "x-amz-bucket-object-lock-enabled": "ObjectLockEnabledForBucket",
  "x-amz-object-lock-mode": "ObjectLockMode",
  "x-amz-object-lock-retain-until-date": "ObjectLockRetainUntilDate",
  "x-amz-object-lock-legal-hold": "ObjectLockLegalHoldStatus",
  "x-amz-bypass-governance-retention": "BypassGovernanceRetention",
  "x-amz-checksum-mode": "ChecksumMode",
  "x-amz-checksum-type": "ChecksumType",
  "x-amz-sdk-checksum-algorithm": "ChecksumAlgorithm",
  "x-amz-checksum-algorithm": "ChecksumAlgorithm",
  "x-amz-checksum-crc32": "ChecksumCRC32",
  "x-amz-checksum-crc32c": "ChecksumCRC32C",
  "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
  "x-amz-checksum-sha1": "ChecksumSHA1",
  "x-amz-checksum-sha256": "ChecksumSHA256",
};

/** What a request header says, in the type that the SDK's input has for it. */
export function headerValue(member: string, text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /Since$|Date$/.test(member) ? new Date(text) : text;
}

/** Output members that are headers of the answer. */
const outputHeaders: Record<string, string> = {
  ETag: "etag",
  VersionId: "x-amz-version-id",
  DeleteMarker: "x-amz-delete-marker",
  CopySourceVersionId: "x-amz-copy-source-version-id",
  ServerSideEncryption: "x-amz-server-side-encryption",
  SSEKMSKeyId: "x-amz-server-side-encryption-aws-kms-key-id",
  BucketKeyEnabled: "x-amz-server-side-encryption-bucket-key-enabled",
  StorageClass: "x-amz-storage-class",
  TagCount: "x-amz-tagging-count",
  PartsCount: "x-amz-mp-parts-count",
  WebsiteRedirectLocation: "x-amz-website-redirect-location",
  ObjectLockMode: "x-amz-object-lock-mode",
  ObjectLockRetainUntilDate: "x-amz-object-lock-retain-until-date",
  ObjectLockLegalHoldStatus: "x-amz-object-lock-legal-hold",
  ChecksumAlgorithm: "x-amz-checksum-algorithm",
  ChecksumCRC32: "x-amz-checksum-crc32",
  ChecksumCRC32C: "x-amz-checksum-crc32c",
  ChecksumCRC64NVME: "x-amz-checksum-crc64nvme",
  ChecksumSHA1: "x-amz-checksum-sha1",
  ChecksumSHA256: "x-amz-checksum-sha256",
  ChecksumType: "x-amz-checksum-type",
  AcceptRanges: "accept-ranges",
  ContentRange: "content-range",
  ContentType: "content-type",
  CacheControl: "cache-control",
  ContentDisposition: "content-disposition",
  ContentEncoding: "content-encoding",
  ContentLanguage: "content-language",
  Expires: "expires",
  LastModified: "last-modified",
  ContentLength: "content-length",
  BucketRegion: "x-amz-bucket-region",
};

/** The header that an operation's output member is; `undefined` for what is in the body. */
export function headerOf(operation: string, member: string): string | undefined {
  if (operation.startsWith("List")) return undefined;
  // What the object has become is in the body, all else of a completed upload in headers (S3 API reference).
  if (operation === "CompleteMultipartUpload" && /^(ETag|Checksum)/.test(member)) return undefined;
  return outputHeaders[member];
}

/** How a header writes an output member: instants as HTTP does, but for the one that has a form of its own. */
export function headerText(member: string, value: unknown): string {
  if (!(value instanceof Date)) return String(value);
  return member === "ObjectLockRetainUntilDate" ? value.toISOString() : value.toUTCString();
}
