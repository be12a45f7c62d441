import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Clients } from "./clients.ts";
import { present } from "./expect.ts";
import type { Place } from "./place.ts";

/** A bucket of its own for one case, with short words for what most cases do to it. */
export type Held = {
  bucket: string;
  s3: S3Client;
  put(key: string, Body: string | Uint8Array, more?: Partial<PutObjectCommandInput>): Promise<Written>;
  text(key: string, VersionId?: string): Promise<string>;
};
type Written = { etag: string; versionId: string | undefined };

/** Makes a bucket, in the place's own region unless `clients` says otherwise. */
export async function bucketIn(
  place: Place,
  how: { clients?: Clients; versioned?: boolean; lock?: boolean } = {},
): Promise<Held> {
  const { s3, region } = how.clients ?? place.here;
  const bucket = place.name("s3");
  await s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      ...locationOf(region),
      ...(how.lock ? { ObjectLockEnabledForBucket: true } : {}),
    }),
  );
  place.afterwards(`bucket ${bucket}`, () => removeBucket(s3, bucket));
  if (how.versioned) {
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  }
  return {
    bucket,
    s3,
    async put(Key, content, more) {
      // An empty text is no body to the SDK.
      const Body = Buffer.from(content);
      const answer = await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }));
      return { etag: present("the ETag", answer.ETag), versionId: answer.VersionId };
    },
    async text(Key, VersionId) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId }));
      return present("the body", Body).transformToString();
    },
  };
}

/** us-east-1 is the one region that CreateBucket does not want to hear named (S3 API reference). */
export function locationOf(region: string): object {
  return region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region } };
}

async function removeBucket(s3: S3Client, Bucket: string): Promise<void> {
  // An emulator may list for ever what it does not delete.
  for (let round = 0; round < 10; round++) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const all = [...Versions, ...DeleteMarkers];
    if (all.length === 0) break;
    for (const { Key, VersionId } of all) {
      const BypassGovernanceRetention = true;
      await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention }));
    }
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
}
