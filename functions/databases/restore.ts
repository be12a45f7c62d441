import {
  CreateDBInstanceCommand,
  DescribeDBClusterSnapshotsCommand,
  type RDSClient,
  RestoreDBClusterFromSnapshotCommand,
  RestoreDBClusterToPointInTimeCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from "@aws-sdk/client-rds";
import { Problem } from "../core/problem.ts";
import { type DatabaseRef, tagList } from "./describe.ts";
import type { Backups } from "./windows.ts";

/** Out of what a database is restored: a snapshot of this region, or automated backups and an instant in them. */
export type Origin =
  | { snapshot: string }
  | {
      backups: Backups;
      /** ISO-8601 UTC; `latest`: as late as these backups reach. */
      at: string;
    };

/** What a restored database is to be; what is left out is as AWS makes it (API reference, the Restore calls). */
export type RestoreSettings = {
  /** Of an instance; those of a cluster are `addInstance`'s. */
  instanceClass?: string;
  subnetGroup?: string;
  securityGroupIds?: string[];
  parameterGroup?: string;
  optionGroup?: string;
  multiAz?: boolean;
  publiclyAccessible?: boolean;
  storageType?: string;
  iops?: number;
  port?: number;
  iamAuthentication?: boolean;
  autoMinorVersionUpgrade?: boolean;
  copyTagsToSnapshot?: boolean;
  logExports?: string[];
  /** 0: no automated backups; of instances only, clusters have them always. */
  backupRetentionDays?: number;
  /** Of a cluster: its key, where it is not to be that of its snapshot. */
  keyArn?: string;
  /** Of a cluster with Serverless v2 instances: ACUs. */
  serverless?: { min: number; max: number };
  tags: Record<string, string>;
};

/** An instance of an Aurora cluster. */
export type MemberSettings = {
  id: string;
  instanceClass: string;
  parameterGroup?: string;
  publiclyAccessible?: boolean;
  promotionTier?: number;
  autoMinorVersionUpgrade?: boolean;
  monitoring?: { intervalSeconds: number; roleArn: string };
  tags: Record<string, string>;
};

/** See `Databases.restore`. Throws the SDK's errors. */
export async function restore(
  client: RDSClient,
  to: DatabaseRef,
  from: Origin,
  settings: RestoreSettings,
): Promise<void> {
  if (to.kind === "instance") await restoreInstance(client, to.id, from, settings);
  else await restoreCluster(client, to.id, from, settings);
}

/** See `Databases.addInstance`. Throws the SDK's errors. */
export async function addInstance(
  client: RDSClient,
  { id: DBClusterIdentifier, engine: Engine }: { id: string; engine: string },
  member: MemberSettings,
): Promise<void> {
  await client.send(
    new CreateDBInstanceCommand({
      DBClusterIdentifier,
      Engine,
      DBInstanceIdentifier: member.id,
      DBInstanceClass: member.instanceClass,
      DBParameterGroupName: member.parameterGroup,
      PubliclyAccessible: member.publiclyAccessible,
      PromotionTier: member.promotionTier,
      AutoMinorVersionUpgrade: member.autoMinorVersionUpgrade,
      MonitoringInterval: member.monitoring?.intervalSeconds,
      MonitoringRoleArn: member.monitoring?.roleArn,
      Tags: tagList(member.tags),
    }),
  );
}

async function restoreInstance(client: RDSClient, id: string, from: Origin, settings: RestoreSettings) {
  const members = {
    ...shared(settings),
    DBInstanceClass: settings.instanceClass,
    DBParameterGroupName: settings.parameterGroup,
    MultiAZ: settings.multiAz,
    AutoMinorVersionUpgrade: settings.autoMinorVersionUpgrade,
    // A clone inherits the days of its source, and would begin with a backup of its own.
    BackupRetentionPeriod: settings.backupRetentionDays,
  };
  if ("snapshot" in from) {
    const of = { DBInstanceIdentifier: id, DBSnapshotIdentifier: from.snapshot };
    await client.send(new RestoreDBInstanceFromDBSnapshotCommand({ ...of, ...members }));
    return;
  }
  const { backups, at } = from;
  await client.send(
    new RestoreDBInstanceToPointInTimeCommand({
      TargetDBInstanceIdentifier: id,
      ...(backups.replicaArn
        ? { SourceDBInstanceAutomatedBackupsArn: backups.replicaArn }
        : { SourceDbiResourceId: backups.resourceId }),
      ...(at === "latest" ? { UseLatestRestorableTime: true } : { RestoreTime: new Date(at) }),
      ...members,
    }),
  );
}

async function restoreCluster(client: RDSClient, id: string, from: Origin, settings: RestoreSettings) {
  const { serverless } = settings;
  const members = {
    ...shared(settings),
    DBClusterIdentifier: id,
    DBClusterParameterGroupName: settings.parameterGroup,
    KmsKeyId: settings.keyArn,
    BackupRetentionPeriod: settings.backupRetentionDays || undefined,
    ...(serverless
      ? { ServerlessV2ScalingConfiguration: { MinCapacity: serverless.min, MaxCapacity: serverless.max } }
      : {}),
  };
  if ("snapshot" in from) {
    const SnapshotIdentifier = from.snapshot;
    const Engine = await engineOf(client, SnapshotIdentifier);
    await client.send(new RestoreDBClusterFromSnapshotCommand({ ...members, SnapshotIdentifier, Engine }));
    return;
  }
  const { backups, at } = from;
  await client.send(
    new RestoreDBClusterToPointInTimeCommand({
      ...members,
      SourceDbClusterResourceId: backups.resourceId,
      ...(at === "latest" ? { UseLatestRestorableTime: true } : { RestoreToTime: new Date(at) }),
    }),
  );
}

/** The call wants the engine named, though the snapshot has it. */
async function engineOf(client: RDSClient, DBClusterSnapshotIdentifier: string): Promise<string> {
  const answer = await client.send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier }));
  const engine = answer.DBClusterSnapshots?.[0]?.Engine;
  if (engine) return engine;
  throw new Problem(
    "not-found",
    `there is no DB cluster snapshot ${DBClusterSnapshotIdentifier}`,
    "Choose another point.",
  );
}

/** What instances and clusters call by the same names. Protection comes last, so that what fails can be removed. */
function shared(settings: RestoreSettings) {
  return {
    DBSubnetGroupName: settings.subnetGroup,
    VpcSecurityGroupIds: settings.securityGroupIds,
    OptionGroupName: settings.optionGroup,
    PubliclyAccessible: settings.publiclyAccessible,
    StorageType: settings.storageType,
    Iops: settings.iops,
    Port: settings.port,
    EnableIAMDatabaseAuthentication: settings.iamAuthentication,
    CopyTagsToSnapshot: settings.copyTagsToSnapshot,
    EnableCloudwatchLogsExports: settings.logExports,
    DeletionProtection: false,
    Tags: tagList(settings.tags),
  };
}
