import { AwsError } from "../twin.ts";
import { replicasOf, windowOf } from "./rds-backups.ts";
import { subnetGroupOf } from "./rds-groups.ts";
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
  const { settings, region, clusterId, pending } = database;
  const backups = clusterId ? undefined : state.backupsOf(database);
  const window = backups && windowOf(state, backups);
  const endpoint = instanceEndpoint(state, database);
  return {
    DBInstanceIdentifier: database.id,
    DBInstanceArn: state.arnOf(database),
    DbiResourceId: database.resourceId,
    DBInstanceStatus: database.status,
    ...common(database),
    DBInstanceClass: settings.instanceClass,
    InstanceCreateTime: new Date(database.createdMs),
    DBClusterIdentifier: clusterId,
    DBSubnetGroup: subnetGroupOf(state, region, settings.subnetGroup),
    DBParameterGroups: [{ DBParameterGroupName: settings.parameterGroup, ParameterApplyStatus: "in-sync" }],
    OptionGroupMemberships: [{ OptionGroupName: settings.optionGroup, Status: "in-sync" }],
    PubliclyAccessible: settings.publiclyAccessible,
    CACertificateIdentifier: settings.caCertificate,
    PromotionTier: clusterId ? settings.promotionTier : undefined,
    PendingModifiedValues: {
      DBInstanceIdentifier: pending?.newId,
      DBInstanceClass: pending?.settings?.instanceClass,
      MultiAZ: pending?.settings?.multiAz,
      BackupRetentionPeriod: pending?.settings?.retentionDays,
      Iops: pending?.settings?.iops,
      StorageType: pending?.settings?.storageType,
    },
    DBInstanceAutomatedBackupsReplications: backups
      ? replicasOf(state, backups).map((one) => ({ DBInstanceAutomatedBackupsArn: state.arnOf(one) }))
      : [],
    ...(window ? { LatestRestorableTime: new Date(window.untilMs) } : {}),
    ...(endpoint ? { Endpoint: endpoint } : {}),
  };
}

/** An Aurora cluster as DescribeDBClusters answers it. */
export function clusterShape(state: RdsState, database: Database) {
  const { settings, id, region } = database;
  const backups = state.backupsOf(database);
  const window = backups && windowOf(state, backups);
  const members = state.membersOf(database).filter(({ status }) => status !== "deleting");
  const host = (role: string) =>
    database.endpoint?.address ?? `${id}.${role}-standin.${region}.rds.amazonaws.com`;
  return {
    DBClusterIdentifier: id,
    DBClusterArn: state.arnOf(database),
    DbClusterResourceId: database.resourceId,
    Status: database.status,
    ...common(database),
    ClusterCreateTime: new Date(database.createdMs),
    Endpoint: host("cluster"),
    ReaderEndpoint: host("cluster-ro"),
    Port: database.endpoint?.port ?? settings.port,
    EngineMode: "provisioned",
    DBSubnetGroup: settings.subnetGroup,
    DBClusterParameterGroup: settings.parameterGroup,
    DBClusterMembers: members.map((one, i) => ({
      DBInstanceIdentifier: one.id,
      IsClusterWriter: i === 0,
      DBClusterParameterGroupStatus: "in-sync",
      PromotionTier: one.settings.promotionTier,
    })),
    ServerlessV2ScalingConfiguration: settings.serverless,
    ...(window
      ? { EarliestRestorableTime: new Date(window.sinceMs), LatestRestorableTime: new Date(window.untilMs) }
      : {}),
  };
}

/** What both kinds have under one name. */
function common({ settings, ...database }: Database) {
  return {
    Engine: database.engine,
    EngineVersion: database.engineVersion,
    AllocatedStorage: database.sizeGiB,
    MasterUsername: database.masterUsername,
    StorageEncrypted: database.keyArn !== undefined,
    KmsKeyId: database.keyArn,
    MultiAZ: settings.multiAz,
    VpcSecurityGroups: settings.securityGroupIds.map((VpcSecurityGroupId) => ({
      VpcSecurityGroupId,
      Status: "active",
    })),
    DeletionProtection: settings.deletionProtection,
    CopyTagsToSnapshot: settings.copyTagsToSnapshot,
    AutoMinorVersionUpgrade: settings.autoMinorVersionUpgrade,
    IAMDatabaseAuthenticationEnabled: settings.iamAuthentication,
    MonitoringInterval: settings.monitoringSeconds,
    MonitoringRoleArn: settings.monitoringRoleArn,
    EnabledCloudwatchLogsExports: settings.logExports,
    StorageType: settings.storageType,
    Iops: settings.iops,
    BackupRetentionPeriod: settings.retentionDays,
    ...(settings.masterSecretArn
      ? { MasterUserSecret: { SecretArn: settings.masterSecretArn, SecretStatus: "active" } }
      : {}),
    TagList: database.tags,
  };
}

/** AWS shows an endpoint once the instance has been created; without real data it is only a name. */
function instanceEndpoint(state: RdsState, database: Database) {
  const { id, region, status, clusterId, settings, task } = database;
  if (status === "creating") return undefined;
  const cluster =
    clusterId && state.databases.get(state.arnOf({ ...database, kind: "cluster", id: clusterId }));
  const real = cluster ? cluster.endpoint : database.endpoint;
  if (real) return { Address: real.address, Port: real.port };
  if (state.options.storage || task?.fails) return undefined;
  return { Address: `${id}.standin.${region}.rds.amazonaws.com`, Port: settings.port };
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
    MasterUsername: snapshot.masterUsername,
    Port: snapshot.settings?.port,
    StorageType: snapshot.settings?.storageType,
    IAMDatabaseAuthenticationEnabled: snapshot.settings?.iamAuthentication,
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
    OptionGroupName: snapshot.settings?.optionGroup,
    Iops: snapshot.settings?.iops,
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
