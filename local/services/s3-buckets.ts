import { AwsError, type Call, type Operation } from "../twin.ts";
import { KeyIndex } from "./s3-keys.ts";
import { nameOf } from "./s3-objects.ts";
import type { Bucket, Store } from "./s3-state.ts";

/** Configurations that are kept as they were put, by operation, with the member that holds them and the answer if absent. */
const settings: Record<string, { member: string; absent?: string }> = {
  NotificationConfiguration: { member: "NotificationConfiguration" },
  Encryption: { member: "ServerSideEncryptionConfiguration" },
  LifecycleConfiguration: { member: "LifecycleConfiguration", absent: "NoSuchLifecycleConfiguration" },
  Policy: { member: "Policy", absent: "NoSuchBucketPolicy" },
  OwnershipControls: { member: "OwnershipControls", absent: "OwnershipControlsNotFoundError" },
  Tagging: { member: "Tagging", absent: "NoSuchTagSet" },
};

/** CreateBucket, HeadBucket, ListBuckets, DeleteBucket, GetBucketLocation, versioning, lock and the other settings. */
export function bucketOperations(store: Store): Record<string, Operation> {
  const operations: Record<string, Operation> = {
    CreateBucket(input, call) {
      const name = nameOf(input);
      const there = store.buckets.get(name);
      if (there)
        throw new AwsError("BucketAlreadyOwnedByYou", `The bucket ${name} exists and is yours.`, 409);
      const bucket: Bucket = {
        name,
        region: input.CreateBucketConfiguration?.LocationConstraint ?? call.region,
        createdMs: store.twin.clock.now(),
        objectLock: input.ObjectLockEnabledForBucket ?? false,
        settings: {},
        keys: new KeyIndex(),
        uploads: new Map(),
        ...(input.ObjectLockEnabledForBucket ? { versioning: "Enabled" as const } : {}),
      };
      store.buckets.set(name, bucket);
      return { Location: `/${name}` };
    },
    HeadBucket: (input, call) => ({ BucketRegion: store.bucket(nameOf(input), call).region }),
    GetBucketLocation: (input) => ({ LocationConstraint: store.bucketAnywhere(nameOf(input)).region }),
    ListBuckets({ ContinuationToken = "", MaxBuckets = 10_000, Prefix = "" }) {
      const all = [...store.buckets.values()].filter(
        ({ name }) => name.startsWith(Prefix) && name > ContinuationToken,
      );
      const sorted = all.sort((a, b) => (a.name < b.name ? -1 : 1));
      const some = sorted.slice(0, MaxBuckets);
      const Buckets = some.map(({ name, createdMs, region }) => ({
        Name: name,
        CreationDate: new Date(createdMs),
        BucketRegion: region,
      }));
      return {
        Buckets,
        Owner: { ID: store.twin.account },
        ...(some.length < sorted.length ? { ContinuationToken: some.at(-1)?.name } : {}),
      };
    },
    DeleteBucket(input, call) {
      const bucket = store.bucket(nameOf(input), call);
      if (bucket.keys.size > 0)
        throw new AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty.", 409);
      store.buckets.delete(bucket.name);
      return {};
    },
    PutBucketVersioning(input, call) {
      const bucket = store.bucket(nameOf(input), call);
      const status = input.VersioningConfiguration?.Status;
      if (bucket.objectLock && status !== "Enabled") {
        throw new AwsError("InvalidBucketState", "Object Lock is on: versioning cannot be suspended.", 409);
      }
      bucket.versioning = status;
      return {};
    },
    GetBucketVersioning(input, call) {
      const { versioning } = store.bucket(nameOf(input), call);
      return versioning ? { Status: versioning } : {};
    },
    PutObjectLockConfiguration(input, call) {
      const bucket = store.bucket(nameOf(input), call);
      if (bucket.versioning !== "Enabled")
        throw new AwsError("InvalidBucketState", "Versioning must be Enabled.", 409);
      bucket.objectLock = true;
      bucket.settings.ObjectLockConfiguration = input.ObjectLockConfiguration;
      return {};
    },
    GetObjectLockConfiguration: (input, call) => ({
      ObjectLockConfiguration: kept(
        store,
        input,
        call,
        "ObjectLockConfiguration",
        "ObjectLockConfigurationNotFoundError",
      ),
    }),
    PutPublicAccessBlock: (input, call) => put(store, input, call, "PublicAccessBlockConfiguration"),
    GetPublicAccessBlock: (input, call) => ({
      PublicAccessBlockConfiguration: kept(
        store,
        input,
        call,
        "PublicAccessBlockConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
      ),
    }),
  };
  for (const [name, { member, absent }] of Object.entries(settings)) {
    operations[`PutBucket${name}`] = (input, call) => put(store, input, call, member);
    operations[`GetBucket${name}`] = (input, call) => {
      const value = kept(store, input, call, member, absent);
      // Notification and lifecycle answers carry the configuration's members themselves.
      return member === "Policy" ||
        member === "ServerSideEncryptionConfiguration" ||
        member === "OwnershipControls"
        ? { [member]: value }
        : value;
    };
  }
  return operations;
}

function put(store: Store, input: Record<string, unknown>, call: Call, member: string): object {
  const bucket = store.bucket(nameOf(input as { Bucket?: string }), call);
  bucket.settings[member] = input[member];
  return {};
}

function kept(
  store: Store,
  input: { Bucket?: string },
  call: Call,
  member: string,
  absent: string | undefined,
): unknown {
  const value = store.bucket(nameOf(input), call).settings[member];
  if (value === undefined && absent) throw new AwsError(absent, `There is no ${member} on the bucket.`, 404);
  return value ?? {};
}
