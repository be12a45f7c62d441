import { createHash } from "node:crypto";
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { replicaName } from "../../functions/core/names.ts";
import type { BucketSource } from "../../functions/core/source.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { s3Service } from "../../local/services/s3.ts";
import { Twin } from "../../local/twin.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUpVaults } from "../worlds.ts";

/** A bucket under the hourly plan. */
export const uploads: BucketSource = {
  name: "uploads",
  kind: "bucket",
  bucket: "acme-uploads",
  deletions: "keep",
  plan: hourly,
};

/** One object as the outside sees it. */
export type Seen = Record<string, unknown>;

/** A stand-in with a source bucket that tells EventBridge, its replica with a key of its own, and the vaults. */
export async function putUpReplica(source: BucketSource = uploads) {
  const environment = environmentOf(source);
  const { primaryRegion, recoveryRegion } = environment;
  const clock = new VirtualClock();
  const twin = new Twin({ clock });
  for (const service of [kmsService(twin), s3Service(twin, memoryBlobs())]) twin.register(service);
  const published: { type: string; detail: Record<string, unknown> }[] = [];
  let hear: (type: string, detail: Record<string, unknown>) => void = () => {};
  twin.register({
    name: "events",
    operations: {
      PutEvents({ Entries }: { Entries: { DetailType: string; Detail: string }[] }) {
        for (const { DetailType: type, Detail } of Entries) {
          published.push({ type, detail: JSON.parse(Detail) });
          hear(type, JSON.parse(Detail));
        }
        return { FailedEntryCount: 0, Entries: [{}] };
      },
    },
  });
  await putUpVaults(twin, environment);
  const replica = replicaName(environment, source.name, recoveryRegion);
  const s3 = (operation: string, input: Record<string, unknown>, region = primaryRegion) =>
    twin.call({ service: "s3", region, operation, input, principal: "user" });
  for (const [Bucket, region] of [
    [source.bucket, primaryRegion],
    [replica, recoveryRegion],
  ] as const) {
    await s3("CreateBucket", { Bucket }, region);
    await s3("PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: "Enabled" } }, region);
  }
  // With a key of its own, as deployed: so no ETag of the replica is that of the source.
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "k" } }];
  const ServerSideEncryptionConfiguration = { Rules };
  await s3("PutBucketEncryption", { Bucket: replica, ServerSideEncryptionConfiguration }, recoveryRegion);
  await s3("PutBucketNotificationConfiguration", {
    Bucket: source.bucket,
    NotificationConfiguration: { EventBridgeConfiguration: {} },
  });

  /** Every current object of a bucket: digest of its bytes, metadata, tags, type and class. */
  const contents = async (Bucket: string, region: string): Promise<Record<string, Seen>> => {
    const { Contents } = (await s3("ListObjectsV2", { Bucket }, region)) as { Contents: { Key: string }[] };
    const all: Record<string, Seen> = {};
    for (const { Key } of Contents) {
      const object = (await s3("GetObject", { Bucket, Key }, region)) as GetObjectCommandOutput;
      const { TagSet } = (await s3("GetObjectTagging", { Bucket, Key }, region)) as { TagSet: unknown };
      const bytes = (await object.Body?.transformToByteArray()) ?? Buffer.alloc(0);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const { Metadata, ContentType, CacheControl, StorageClass } = object;
      all[Key] = { sha256, Metadata, ContentType, CacheControl, StorageClass, TagSet };
    }
    return all;
  };
  return {
    environment,
    twin,
    clock,
    published,
    replica,
    s3,
    /** A call about the source bucket by whoever uses it. */
    user: (operation: string, input: Record<string, unknown>) =>
      s3(operation, { Bucket: source.bucket, ...input }),
    /** Hears what is published on the environment's bus. */
    onPublished(listener: typeof hear) {
      hear = listener;
    },
    /** The current objects of source and replica. */
    both: async () =>
      [await contents(source.bucket, primaryRegion), await contents(replica, recoveryRegion)] as const,
    /** How many delete markers the replica has. */
    async markers(): Promise<number> {
      const { DeleteMarkers } = (await s3("ListObjectVersions", { Bucket: replica }, recoveryRegion)) as {
        DeleteMarkers: unknown[];
      };
      return DeleteMarkers.length;
    },
  };
}
