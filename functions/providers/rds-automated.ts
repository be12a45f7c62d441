import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  paginateDescribeDBClusters,
  paginateDescribeDBInstanceAutomatedBackups,
  paginateDescribeDBInstances,
  type RDSClient,
  StartDBInstanceAutomatedBackupsReplicationCommand,
} from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";
import type { Environment } from "../core/environment.ts";
import { partitionOf } from "../core/names.ts";
import type { AutomatedBackups } from "../core/provider.ts";
import type { RdsAt } from "./rds.ts";

/** By the identifier of the database. */
type Backups = Map<string, AutomatedBackups>;

/** The automated backups of a database as the database itself tells of them, in its own region. */
export function ownBackups(one: DBInstance | DBCluster): AutomatedBackups {
  const { BackupRetentionPeriod: days = 0, LatestRestorableTime: until } = one;
  return { days, going: days > 0, ...(until ? { until: until.toISOString() } : {}) };
}

/** Those of every DB instance of the region. */
export async function instanceBackups(client: RDSClient): Promise<Backups> {
  const found: Backups = new Map();
  try {
    for await (const page of paginateDescribeDBInstances({ client, pageSize: 100 }, {}))
      for (const one of page.DBInstances ?? []) found.set(one.DBInstanceIdentifier ?? "", ownBackups(one));
  } catch (thrown) {
    throw rdsProblem(thrown, "the automated backups of the DB instances");
  }
  return found;
}

/** Those of every DB cluster of the region. */
export async function clusterBackups(client: RDSClient): Promise<Backups> {
  const found: Backups = new Map();
  try {
    for await (const page of paginateDescribeDBClusters({ client, pageSize: 100 }, {}))
      for (const one of page.DBClusters ?? []) found.set(one.DBClusterIdentifier ?? "", ownBackups(one));
  } catch (thrown) {
    throw rdsProblem(thrown, "the automated backups of the DB clusters");
  }
  return found;
}

/** Whether any source is to have its automated backups replicated; only then the region is asked for them. */
export function wantsReplicas({ environment: { sources } }: Pick<RdsAt, "environment">): boolean {
  return sources.some(({ kind, plan }) => kind === "rds-instance" && plan.pointInTime?.reach === "recovery");
}

/**
 * Those that are replicated into the region from the primary one, by the identifier that the database has there. After a
 * database was replaced by another of its name there may be several: one that goes on counts more than one that stays.
 */
export async function replicatedBackups({ environment, client }: RdsAt): Promise<Backups> {
  const found: Backups = new Map();
  const prefix = instanceArn(environment, "");
  try {
    for await (const page of paginateDescribeDBInstanceAutomatedBackups({ client, pageSize: 100 }, {})) {
      for (const one of page.DBInstanceAutomatedBackups ?? []) {
        if (!one.DBInstanceArn?.startsWith(prefix)) continue;
        const id = one.DBInstanceArn.slice(prefix.length);
        const until = one.RestoreWindow?.LatestTime?.toISOString();
        // "retained": its replication was stopped, or its database is gone. What goes on is "replicating".
        const replica = {
          days: one.BackupRetentionPeriod ?? 0,
          going: one.Status !== "retained",
          ...(until ? { until } : {}),
          ...(one.KmsKeyId ? { keyArn: one.KmsKeyId } : {}),
        };
        found.set(id, better(found.get(id), replica));
      }
    }
  } catch (thrown) {
    throw rdsProblem(thrown, "the replicated automated backups");
  }
  return found;
}

/** The one that goes on; of two that do not, the one that reaches further. The latest moment is that of both. */
function better(one: AutomatedBackups | undefined, other: AutomatedBackups): AutomatedBackups {
  if (!one) return other;
  const [until] = [one.until, other.until].filter((at) => at !== undefined).sort((a, b) => (a < b ? 1 : -1));
  const best = one.going === other.going ? (until === one.until ? one : other) : one.going ? one : other;
  return { ...best, ...(until ? { until } : {}) };
}

/**
 * See `Continuous.keep`. Switching automated backups on interrupts an instance, and whatever else waits for the
 * maintenance window would come along (RDS user guide, modifying a DB instance): where something waits, this waits with
 * it. Another number of days is applied at once either way.
 */
export async function keepInstanceBackups(client: RDSClient, id: string, days: number): Promise<void> {
  try {
    const answer = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
    const { BackupRetentionPeriod: now = 0, PendingModifiedValues: pending = {} } =
      answer.DBInstances?.[0] ?? {};
    const { BackupRetentionPeriod: soon = 0, ...others } = pending;
    if (Math.max(now, soon) >= days) return;
    const alone = Object.values(others).every(isNothing);
    await client.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: id,
        BackupRetentionPeriod: days,
        ApplyImmediately: now === 0 && alone,
      }),
    );
  } catch (thrown) {
    throw rdsProblem(thrown, `the automated backups of ${id}`);
  }
}

/** The same for a cluster, whose automated backups are never off: nothing is interrupted. */
export async function keepClusterBackups(client: RDSClient, id: string, days: number): Promise<void> {
  try {
    const answer = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
    if ((answer.DBClusters?.[0]?.BackupRetentionPeriod ?? 0) >= days) return;
    await client.send(new ModifyDBClusterCommand({ DBClusterIdentifier: id, BackupRetentionPeriod: days }));
  } catch (thrown) {
    throw rdsProblem(thrown, `the automated backups of ${id}`);
  }
}

/** See `Continuous.replicate`. The SDK adds the presigned URL. */
export async function replicateBackups(at: RdsAt, id: string, days: number): Promise<void> {
  const command = new StartDBInstanceAutomatedBackupsReplicationCommand({
    SourceDBInstanceArn: instanceArn(at.environment, id),
    KmsKeyId: at.vaultKeyArn,
    BackupRetentionPeriod: days,
  });
  try {
    await at.client.send(command);
  } catch (thrown) {
    const problem = rdsProblem(thrown, `the replication of the automated backups of ${id}`);
    // RDS refuses a second start by the state of the first.
    if (problem.code === "conflict" && (await replicatedBackups(at)).get(id)?.going) return;
    throw problem;
  }
}

function instanceArn({ primaryRegion, account }: Environment, id: string): string {
  return `arn:${partitionOf(primaryRegion)}:rds:${primaryRegion}:${account}:db:${id}`;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
