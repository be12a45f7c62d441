import { indexKey, parsePointKey } from "../functions/catalog/keys.ts";
import { Environment } from "../functions/core/environment.ts";
import { vaultName } from "../functions/core/names.ts";
import { pointMs } from "../functions/core/slot.ts";
import { memoryBlobs } from "../local/blobs.ts";
import { realClock } from "../local/clock.ts";
import { serve } from "../local/server.ts";
import { cloudWatchService } from "../local/services/cloudwatch.ts";
import { kmsService } from "../local/services/kms.ts";
import { rdsService } from "../local/services/rds.ts";
import { s3Service } from "../local/services/s3.ts";
import { Twin } from "../local/twin.ts";
import { bucketsOf, databasesOf, factKeys, fleetOf, snapshotsOf } from "./reconcile-fleet.ts";

/*
 * The stand-in over HTTP in a process of its own, with a fleet in steady state in it. Arguments: how many sources, and
 * how many points each has. Sends its address and the environment file once it stands; to any message it answers how
 * often each operation was called since the last one.
 */
const [sources = 0, points = 0] = process.argv.slice(2).map(Number);
/** While the fleet is put up it is the time of its facts; then it is now. */
let factMs: number | undefined;
const clock = { now: () => factMs ?? Date.now(), at: realClock.at };
const twin = new Twin({ clock });
const rds = rdsService(twin, { manualSnapshotsMax: 100_000 });
for (const service of [kmsService(twin), s3Service(twin, memoryBlobs()), rds, cloudWatchService(twin)])
  twin.register(service);
twin.register({ name: "events", operations: { PutEvents: () => ({ FailedEntryCount: 0, Entries: [{}] }) } });

const environment = Environment.parse(fleetOf(sources));
const regions = [environment.primaryRegion, environment.recoveryRegion];
const now = new Date();
const call = (service: "kms" | "rds" | "s3", region: string, operation: string, input: object) =>
  twin.call({ service, region, operation, input: { ...input }, principal: "bench" });

const keyArns: Record<string, string> = {};
for (const region of regions) {
  const { KeyMetadata } = (await call("kms", region, "CreateKey", {})) as { KeyMetadata: { Arn: string } };
  keyArns[region] = KeyMetadata.Arn;
  const Bucket = vaultName(environment, region);
  const CreateBucketConfiguration = { LocationConstraint: region };
  await call("s3", region, "CreateBucket", { Bucket, CreateBucketConfiguration });
  // Facts are put in the order of their keys: the stand-in keeps them sorted.
  for (const Key of factKeys(environment, points, now)) {
    const point = parsePointKey(Key)?.point;
    factMs = point ? Math.min(now.getTime(), pointMs(point) + 600_000) : undefined;
    await call("s3", region, "PutObject", { Bucket, Key, Body: Buffer.from("{}\n") });
  }
  factMs = undefined;
  for (const snapshot of snapshotsOf(environment, region, keyArns[region], points, now)) {
    rds.state.snapshots.set(rds.state.arnOf(snapshot), snapshot);
  }
}
// The passes of both regions were there a moment ago.
for (const region of regions)
  for (const name of ["status", "reconcile"] as const)
    await call("s3", region, "PutObject", {
      Bucket: vaultName(environment, region),
      Key: indexKey(name),
      Body: Buffer.from("{}\n"),
    });
for (const Bucket of bucketsOf(environment)) {
  await call("s3", environment.primaryRegion, "CreateBucket", {
    Bucket,
    CreateBucketConfiguration: { LocationConstraint: environment.primaryRegion },
  });
}
for (const { operation, input } of databasesOf(environment)) {
  await call("rds", environment.primaryRegion, operation, input);
}

let counts: Record<string, number> = {};
twin.interceptors.push(async ({ service, operation }, proceed) => {
  const name = `${service}:${operation}`;
  counts[name] = (counts[name] ?? 0) + 1;
  const answer = await proceed();
  return service === "rds" ? asLongAsAws(answer as Record<string, unknown>) : answer;
});
const { url } = await serve(twin);
process.on("message", () => {
  process.send?.(counts);
  counts = {};
});
process.send?.({ url, environment, keyArns });

/**
 * The stand-in leaves out what nobody reads. AWS sends it, and it must be parsed: here every snapshot has the members
 * of an ordinary one of PostgreSQL in a VPC (RDS API reference, DBSnapshot and DBClusterSnapshot).
 */
function asLongAsAws(answer: Record<string, unknown>): Record<string, unknown> {
  const more = {
    InstanceCreateTime: now,
    OriginalSnapshotCreateTime: now,
    SnapshotDatabaseTime: now,
    AvailabilityZone: "eu-west-1a",
    VpcId: "vpc-0a1b2c3d4e5f60718",
    Port: 5432,
    MasterUsername: "postgres",
    LicenseModel: "postgresql-license",
    OptionGroupName: "default:postgres-18",
    StorageType: "gp3",
    Iops: 3_000,
    StorageThroughput: 125,
    DbiResourceId: "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    IAMDatabaseAuthenticationEnabled: true,
    ProcessorFeatures: [],
    SnapshotTarget: "region",
    DedicatedLogVolume: false,
    MultiTenant: false,
  };
  for (const list of ["DBSnapshots", "DBClusterSnapshots"]) {
    const snapshots = answer[list] as object[] | undefined;
    if (snapshots) return { ...answer, [list]: snapshots.map((one) => ({ ...one, ...more })) };
  }
  return answer;
}
