import { AwsError, type Operation } from "../twin.ts";
import { drop, expireBackups, windowOf } from "./rds-backups.ts";
import { page } from "./rds-shapes.ts";
import type { Backups, RdsState } from "./rds-state.ts";

type Input = Record<string, unknown>;

/** The automated backups of Aurora clusters, which may outlive their cluster, and are in its own region alone. */
export function clusterBackupOperations(state: RdsState): Record<string, Operation> {
  return {
    DescribeDBClusterAutomatedBackups(input, { region }) {
      const { records, more } = page(list(state, region, input), input);
      return { DBClusterAutomatedBackups: records.map((one) => shape(state, one)), ...more };
    },
    DeleteDBClusterAutomatedBackup({ DbClusterResourceId }, { region }) {
      const [backups] = list(state, region, { DbClusterResourceId });
      if (!backups || !DbClusterResourceId) throw none(DbClusterResourceId);
      if (backups.status !== "retained")
        throw new AwsError("InvalidDBClusterAutomatedBackupStateFault", `The backups are ${backups.status}.`);
      drop(state, backups);
      return { DBClusterAutomatedBackup: shape(state, backups) };
    },
  };
}

function list(state: RdsState, region: string, input: Input): Backups[] {
  expireBackups(state);
  const { DBClusterIdentifier: id, DbClusterResourceId: resourceId } = input;
  const filters = (input.Filters ?? []) as { Name: string; Values: string[] }[];
  const found = [...state.backups.values()].filter(
    (one) =>
      one.kind === "cluster" &&
      one.region === region &&
      (id === undefined || one.of === String(id).toLowerCase()) &&
      (resourceId === undefined || one.resourceId.toLowerCase() === String(resourceId).toLowerCase()) &&
      filters.every(({ Name, Values }) => valuesOf(state, one, Name).some((value) => Values.includes(value))),
  );
  if (found.length === 0 && resourceId !== undefined) throw none(resourceId);
  return found;
}

function none(given: unknown): AwsError {
  return new AwsError(
    "DBClusterAutomatedBackupNotFoundFault",
    `No automated backup for ${given} found.`,
    404,
  );
}

function valuesOf(state: RdsState, one: Backups, name: string): string[] {
  if (name === "status") return [one.status];
  if (name === "db-cluster-id") return [one.of, sourceArn(state, one)];
  if (name === "db-cluster-resource-id") return [one.resourceId];
  throw new AwsError("InvalidParameterValue", `Unrecognized filter name: ${name}`);
}

function sourceArn(state: RdsState, { ofRegion, of }: Backups): string {
  return `arn:aws:rds:${ofRegion}:${state.twin.account}:cluster:${of}`;
}

/** Automated backups as DescribeDBClusterAutomatedBackups answers them. */
function shape(state: RdsState, backups: Backups) {
  const window = windowOf(state, backups);
  return {
    DBClusterArn: sourceArn(state, backups),
    DBClusterAutomatedBackupsArn: state.arnOf(backups),
    DBClusterIdentifier: backups.of,
    DbClusterResourceId: backups.resourceId,
    Region: backups.ofRegion,
    ...(window
      ? { RestoreWindow: { EarliestTime: new Date(window.sinceMs), LatestTime: new Date(window.untilMs) } }
      : {}),
    Status: backups.status,
    Engine: backups.engine,
    EngineVersion: backups.engineVersion,
    MasterUsername: backups.masterUsername,
    ClusterCreateTime: new Date(backups.createdMs),
    StorageEncrypted: backups.keyArn !== undefined,
    KmsKeyId: backups.keyArn,
    BackupRetentionPeriod: backups.retentionDays,
    Port: backups.settings.port,
    TagList: backups.tags,
  };
}
