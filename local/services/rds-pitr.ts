import { AwsError, type Operation } from "../twin.ts";
import { drop, expireBackups, instantIn, replicasOf, retain, windowOf } from "./rds-backups.ts";
import { beginRestore } from "./rds-restore.ts";
import { clusterShape, instanceShape, page } from "./rds-shapes.ts";
import { type Backups, checkedTags, type Database, type RdsState } from "./rds-state.ts";

type Input = Record<string, unknown>;

/** Replications of automated backups into one region (RDS user guide, quotas). */
const replicationsMax = 20;

/** Restores to an instant, and the automated backups that make them possible. */
export function pitrOperations(state: RdsState): Record<string, Operation> {
  const shape = (backups: Backups) => ({ DBInstanceAutomatedBackup: backupsShape(state, backups) });
  return {
    RestoreDBInstanceToPointInTime(input, { region }) {
      const backups = sourceOf(state, region, input);
      const { RestoreTime: time, UseLatestRestorableTime: latest } = input;
      const toMs = instantIn(state, backups, { time, latest, timeName: "RestoreTime" });
      const database = beginRestore(state, {
        operation: "RestoreDBInstanceToPointInTime",
        also: [
          ...["SourceDBInstanceIdentifier", "SourceDbiResourceId", "SourceDBInstanceAutomatedBackupsArn"],
          ...["TargetDBInstanceIdentifier", "RestoreTime", "UseLatestRestorableTime"],
        ],
        id: input.TargetDBInstanceIdentifier,
        ...{ input, region, origin: backups },
        task: { do: "recover", fromArn: state.arnOf(backups), ...(toMs === undefined ? {} : { toMs }) },
      });
      return { DBInstance: instanceShape(state, database) };
    },
    RestoreDBClusterToPointInTime(input, { region }) {
      if (input.RestoreType === "copy-on-write")
        throw new AwsError(
          "NotEmulated",
          "not emulated: rds:RestoreDBClusterToPointInTime with copy-on-write",
          501,
        );
      const backups = clusterSource(state, region, input);
      const { RestoreToTime: time, UseLatestRestorableTime: latest } = input;
      const toMs = instantIn(state, backups, { time, latest, timeName: "RestoreToTime" });
      const database = beginRestore(state, {
        operation: "RestoreDBClusterToPointInTime",
        also: [
          ...["SourceDBClusterIdentifier", "SourceDbClusterResourceId", "DBClusterIdentifier"],
          ...["RestoreToTime", "UseLatestRestorableTime", "RestoreType"],
        ],
        id: input.DBClusterIdentifier,
        ...{ input, region, origin: backups },
        task: { do: "recover", fromArn: state.arnOf(backups), ...(toMs === undefined ? {} : { toMs }) },
      });
      return { DBCluster: clusterShape(state, database) };
    },
    DescribeDBInstanceAutomatedBackups(input, { region }) {
      const { records, more } = page(list(state, region, input), input);
      return { DBInstanceAutomatedBackups: records.map((one) => backupsShape(state, one)), ...more };
    },
    StartDBInstanceAutomatedBackupsReplication: (input, { region }) =>
      shape(startReplica(state, region, input)),
    StopDBInstanceAutomatedBackupsReplication(input, { region }) {
      const arn = String(input.SourceDBInstanceArn);
      const replica = [...state.backups.values()].find(
        (one) =>
          one.region === region &&
          one.ofRegion !== region &&
          one.status !== "retained" &&
          arnOfSource(state, one) === arn,
      );
      if (!replica) throw new AwsError("DBInstanceNotFound", `${arn} is not replicated to ${region}.`, 404);
      retain(state, replica);
      return shape(replica);
    },
    DeleteDBInstanceAutomatedBackup(input, { region }) {
      const { DbiResourceId, DBInstanceAutomatedBackupsArn } = input;
      const [backups] = list(state, region, { DbiResourceId, DBInstanceAutomatedBackupsArn });
      if (!backups || (!DbiResourceId && !DBInstanceAutomatedBackupsArn)) throw noBackups(DbiResourceId);
      if (backups.status !== "retained")
        throw new AwsError("InvalidDBInstanceAutomatedBackupState", `The backups are ${backups.status}.`);
      drop(state, backups);
      return shape(backups);
    },
  };
}

/** The automated backups of which an instance is to be restored; they may outlive it, and be of another region. */
function sourceOf(state: RdsState, region: string, input: Input): Backups {
  expireBackups(state);
  const { SourceDBInstanceIdentifier: id, SourceDbiResourceId, SourceDBInstanceAutomatedBackupsArn } = input;
  if (id !== undefined) {
    const database = state.database("instance", region, String(id));
    if (database.clusterId)
      throw new AwsError("InvalidDBInstanceState", `${database.id} is an instance of an Aurora cluster.`);
    return enabled(database, state.backupsOf(database));
  }
  if (SourceDbiResourceId === undefined && SourceDBInstanceAutomatedBackupsArn === undefined)
    throw new AwsError("InvalidParameterCombination", "A source must be specified.");
  const asked = {
    DbiResourceId: SourceDbiResourceId,
    DBInstanceAutomatedBackupsArn: SourceDBInstanceAutomatedBackupsArn,
  };
  const [found] = list(state, region, asked);
  if (!found) throw noBackups(SourceDbiResourceId ?? SourceDBInstanceAutomatedBackupsArn);
  return found;
}

function clusterSource(state: RdsState, region: string, input: Input): Backups {
  const { SourceDBClusterIdentifier: id, SourceDbClusterResourceId: resourceId } = input;
  expireBackups(state);
  if (id !== undefined) {
    const database = state.database("cluster", region, String(id));
    return enabled(database, state.backupsOf(database));
  }
  const found = [...state.backups.values()].find(
    (one) => one.kind === "cluster" && one.region === region && one.resourceId === resourceId,
  );
  if (!found) throw new AwsError("DBClusterAutomatedBackupNotFoundFault", `${resourceId} not found.`, 404);
  return found;
}

function enabled(database: Database, backups: Backups | undefined): Backups {
  if (backups) return backups;
  throw new AwsError(
    "PointInTimeRestoreNotEnabled",
    `Point in time restore is not enabled for ${database.id}: its backup retention period is 0.`,
  );
}

function noBackups(given: unknown): AwsError {
  return new AwsError("DBInstanceAutomatedBackupNotFound", `No automated backup for ${given} found.`, 404);
}

function arnOfSource(state: RdsState, { kind, ofRegion, of }: Backups): string {
  return `arn:aws:rds:${ofRegion}:${state.twin.account}:${kind === "cluster" ? "cluster" : "db"}:${of}`;
}

function startReplica(state: RdsState, region: string, input: Input): Backups {
  const arn = String(input.SourceDBInstanceArn);
  const source = state.databases.get(arn);
  if (source?.kind !== "instance")
    throw new AwsError("DBInstanceNotFound", `DBInstance ${arn} not found.`, 404);
  if (source.region === region)
    throw new AwsError("InvalidParameterValue", "The source and the destination are the same region.");
  const primary = state.backupsOf(source);
  if (source.clusterId || source.status !== "available" || !primary)
    throw new AwsError(
      "InvalidDBInstanceState",
      `The automated backups of ${source.id} cannot be replicated: it is ${source.status}, its retention period ${source.settings.retentionDays} days.`,
    );
  if (source.keyArn && !input.KmsKeyId)
    throw new AwsError("InvalidParameterCombination", "KmsKeyId is needed to replicate encrypted backups.");
  const here = [...state.backups.values()].filter((one) => one.region === region && one.ofRegion !== region);
  const there = here.find(({ resourceId }) => resourceId === source.resourceId);
  if (there && there.status !== "retained")
    throw new AwsError("InvalidDBInstanceState", `${source.id} is already replicated to ${region}.`);
  if (!there && here.filter(({ status }) => status !== "retained").length >= replicationsMax)
    throw new AwsError(
      "DBInstanceAutomatedBackupQuotaExceeded",
      `Cannot replicate more than ${replicationsMax}.`,
    );
  const { untilMs: _, keyArn: _key, retainedMs: _retained, ...rest } = primary;
  const replica: Backups = {
    ...rest,
    region,
    retentionDays: Number(input.BackupRetentionPeriod ?? 7),
    status: state.options.storage ? "creating" : "active",
    ...(input.KmsKeyId ? { keyArn: state.keyArn(region, String(input.KmsKeyId)) } : {}),
    tags: checkedTags(input.Tags as undefined),
  };
  if (state.options.storage) delete replica.sinceMs;
  else replica.sinceMs = state.twin.clock.now();
  state.backups.set(state.arnOf(replica), replica);
  return replica;
}

function list(state: RdsState, region: string, input: Input): Backups[] {
  expireBackups(state);
  const { DBInstanceIdentifier: id, DbiResourceId, DBInstanceAutomatedBackupsArn: arn } = input;
  const filters = (input.Filters ?? []) as { Name: string; Values: string[] }[];
  const found = [...state.backups.values()].filter(
    (one) =>
      one.kind === "instance" &&
      one.region === region &&
      (id === undefined || one.of === String(id).toLowerCase()) &&
      (DbiResourceId === undefined || one.resourceId.toLowerCase() === String(DbiResourceId).toLowerCase()) &&
      (arn === undefined || state.arnOf(one) === arn) &&
      filters.every(({ Name, Values }) => valuesOf(state, one, Name).some((value) => Values.includes(value))),
  );
  if (found.length === 0 && (DbiResourceId !== undefined || arn !== undefined))
    throw noBackups(DbiResourceId ?? arn);
  return found;
}

function valuesOf(state: RdsState, one: Backups, name: string): string[] {
  if (name === "status") return [statusOf(one)];
  if (name === "db-instance-id") return [one.of, arnOfSource(state, one)];
  if (name === "dbi-resource-id") return [one.resourceId];
  throw new AwsError("InvalidParameterValue", `Unrecognized filter name: ${name}`);
}

/** Those of another region that go on are "replicating" (RDS user guide, finding information about replicated backups). */
function statusOf({ status, region, ofRegion }: Backups): string {
  return status === "active" && region !== ofRegion ? "replicating" : status;
}

/** Automated backups as DescribeDBInstanceAutomatedBackups answers them. */
function backupsShape(state: RdsState, backups: Backups) {
  const { settings, ofRegion, region } = backups;
  const window = windowOf(state, backups);
  return {
    DBInstanceArn: arnOfSource(state, backups),
    DbiResourceId: backups.resourceId,
    // The region in which the database is, which for a replica is not that of the backups.
    Region: ofRegion,
    DBInstanceIdentifier: backups.of,
    ...(window
      ? { RestoreWindow: { EarliestTime: new Date(window.sinceMs), LatestTime: new Date(window.untilMs) } }
      : {}),
    AllocatedStorage: backups.sizeGiB,
    Status: statusOf(backups),
    Port: settings.port,
    InstanceCreateTime: new Date(backups.createdMs),
    MasterUsername: backups.masterUsername,
    Engine: backups.engine,
    EngineVersion: backups.engineVersion,
    OptionGroupName: settings.optionGroup,
    Encrypted: backups.keyArn !== undefined,
    StorageType: settings.storageType,
    Iops: settings.iops,
    KmsKeyId: backups.keyArn,
    IAMDatabaseAuthenticationEnabled: settings.iamAuthentication,
    BackupRetentionPeriod: backups.retentionDays,
    DBInstanceAutomatedBackupsArn: state.arnOf(backups),
    DBInstanceAutomatedBackupsReplications:
      ofRegion === region
        ? replicasOf(state, backups).map((one) => ({ DBInstanceAutomatedBackupsArn: state.arnOf(one) }))
        : [],
    TagList: backups.tags,
  };
}
