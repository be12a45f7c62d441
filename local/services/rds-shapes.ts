import { AwsError } from "../twin.ts";
import type { Database, RdsState, Snapshot } from "./rds-state.ts";

/** One page of a Describe* answer. `Marker` is opaque to callers. */
export function page<T>(
  all: readonly T[],
  { Marker, MaxRecords = 100 }: { Marker?: string; MaxRecords?: number },
) {
  const size = Number(MaxRecords);
  if (!(size >= 20 && size <= 100)) {
    throw new AwsError(
      "InvalidParameterValue",
      `Invalid value ${MaxRecords} for MaxRecords. Must be between 20 and 100`,
    );
  }
  const start = Marker ? Number(Buffer.from(Marker, "base64url").toString()) : 0;
  const end = start + size;
  const more = end < all.length ? { Marker: Buffer.from(String(end)).toString("base64url") } : {};
  return { records: all.slice(start, end), more };
}

/** A DB instance as DescribeDBInstances answers it. */
export function instanceShape(state: RdsState, database: Database) {
  return {
    DBInstanceIdentifier: database.id,
    DBInstanceArn: state.arnOf(database),
    DBInstanceStatus: database.status,
    DBInstanceClass: "db.t4g.medium",
    Engine: database.engine,
    EngineVersion: database.engineVersion,
    AllocatedStorage: database.sizeGiB,
    MasterUsername: database.masterUsername,
    InstanceCreateTime: new Date(database.createdMs),
    StorageEncrypted: database.keyArn !== undefined,
    KmsKeyId: database.keyArn,
    ...(database.endpoint
      ? { Endpoint: { Address: database.endpoint.address, Port: database.endpoint.port } }
      : {}),
  };
}

/** An Aurora cluster as DescribeDBClusters answers it. */
export function clusterShape(state: RdsState, database: Database) {
  return {
    DBClusterIdentifier: database.id,
    DBClusterArn: state.arnOf(database),
    Status: database.status,
    Engine: database.engine,
    EngineVersion: database.engineVersion,
    AllocatedStorage: database.sizeGiB,
    MasterUsername: database.masterUsername,
    ClusterCreateTime: new Date(database.createdMs),
    StorageEncrypted: database.keyArn !== undefined,
    KmsKeyId: database.keyArn,
  };
}

/** A snapshot as DescribeDBSnapshots or DescribeDBClusterSnapshots answers it. */
export function snapshotShape(state: RdsState, snapshot: Snapshot) {
  const {
    kind,
    id,
    of,
    status,
    percent,
    sizeGiB,
    keyArn,
    createdMs,
    copiedFromArn,
    engine,
    engineVersion,
    type,
  } = snapshot;
  const common = {
    Status: status,
    PercentProgress: progress(state, snapshot) ?? percent,
    AllocatedStorage: sizeGiB,
    SnapshotCreateTime: new Date(createdMs),
    SnapshotType: type,
    Engine: engine,
    EngineVersion: engineVersion,
    KmsKeyId: keyArn,
    TagList: snapshot.tags,
  };
  if (kind === "cluster") {
    return {
      ...common,
      DBClusterSnapshotIdentifier: id,
      DBClusterSnapshotArn: state.arnOf(snapshot),
      DBClusterIdentifier: of,
      SourceDBClusterSnapshotArn: copiedFromArn,
      StorageEncrypted: keyArn !== undefined,
    };
  }
  return {
    ...common,
    DBSnapshotIdentifier: id,
    DBSnapshotArn: state.arnOf(snapshot),
    DBInstanceIdentifier: of,
    SourceDBSnapshotIdentifier: copiedFromArn,
    SourceRegion: copiedFromArn?.split(":")[3],
    Encrypted: keyArn !== undefined,
  };
}

function progress(state: RdsState, { endsMs, createdMs }: Snapshot): number | undefined {
  if (endsMs === undefined) return undefined;
  return Math.min(
    99,
    Math.floor((100 * (state.twin.clock.now() - createdMs)) / Math.max(1, endsMs - createdMs)),
  );
}
