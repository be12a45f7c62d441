import type { Bucket, Data, Marker, Store } from "./s3-state.ts";

/** Whether the bucket's notification configuration has EventBridge on. */
export function bucketTellsEventBridge(bucket: Bucket): boolean {
  const configuration = bucket.settings.NotificationConfiguration as
    | { EventBridgeConfiguration?: unknown }
    | undefined;
  return configuration?.EventBridgeConfiguration !== undefined;
}

// Shapes: S3 user guide, EventBridge event message structure.

/** Sends "Object Created". `reason`: PutObject, CopyObject, CompleteMultipartUpload. */
export function tellCreated(store: Store, bucket: Bucket, key: string, data: Data, reason: string): void {
  tell(store, bucket, "Object Created", {
    object: {
      key,
      size: data.sizeBytes,
      etag: data.etag,
      ...versioned(bucket, data),
      sequencer: sequencer(store),
    },
    reason,
  });
}

/** Sends "Object Deleted", if the bucket tells EventBridge. */
export function tellDeleted(
  store: Store,
  bucket: Bucket,
  key: string,
  version: Data | Marker,
  deletionType: "Permanently Deleted" | "Delete Marker Created",
): void {
  if (!bucketTellsEventBridge(bucket)) return;
  // A delete marker has no content; S3 gives the ETag of nothing.
  const etag = version.kind === "data" ? version.etag : "d41d8cd98f00b204e9800998ecf8427e";
  tell(store, bucket, "Object Deleted", {
    object: { key, etag, ...versioned(bucket, version), sequencer: sequencer(store) },
    reason: "DeleteObject",
    "deletion-type": deletionType,
  });
}

/** Sends "Object Tags Added" or "Object Tags Deleted", if the bucket tells EventBridge. */
export function tellTagged(store: Store, bucket: Bucket, key: string, data: Data): void {
  if (!bucketTellsEventBridge(bucket)) return;
  const detailType = data.tags.length > 0 ? "Object Tags Added" : "Object Tags Deleted";
  tell(store, bucket, detailType, { object: { key, etag: data.etag, ...versioned(bucket, data) } });
}

function tell(store: Store, bucket: Bucket, detailType: string, detail: Record<string, unknown>): void {
  store.twin.emit({
    source: "aws.s3",
    "detail-type": detailType,
    region: bucket.region,
    resources: [`arn:aws:s3:::${bucket.name}`],
    detail: {
      version: "0",
      bucket: { name: bucket.name },
      "request-id": String(++store.count).padStart(16, "0"),
      requester: store.twin.account,
      "source-ip-address": "127.0.0.1",
      ...detail,
    },
  });
}

function versioned(bucket: Bucket, version: Data | Marker): { "version-id"?: string } {
  return bucket.versioning ? { "version-id": version.id } : {};
}

/** Hexadecimal digits, not always equally many: to be compared only after padding with zeros on the left. */
function sequencer(store: Store): string {
  return (++store.count).toString(16).toUpperCase();
}
