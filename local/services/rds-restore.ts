import { AwsError, type Operation } from "../twin.ts";
import { keepBackups } from "./rds-backups.ts";
import { enter } from "./rds-databases.ts";
import { tell } from "./rds-making.ts";
import { defaultSettings, readSettings, type Settings } from "./rds-settings.ts";
import { clusterShape, instanceShape } from "./rds-shapes.ts";
import { checkedTags, type Database, type RdsState, type Snapshot, type Tag } from "./rds-state.ts";
import { begin, type Task } from "./rds-tasks.ts";

/** Of what a new database is made: a snapshot or automated backups. */
export type Origin = Pick<Database, "kind" | "region" | "engine" | "engineVersion" | "sizeGiB"> & {
  masterUsername?: string;
  keyArn?: string;
  settings?: Settings;
};

/** The settings that come with the data; all others are AWS's defaults unless the call says otherwise. */
function inherited({ settings }: Origin): Partial<Settings> {
  if (!settings) return {};
  const { instanceClass, port, storageType, iops, retentionDays, optionGroup, serverless } = settings;
  return {
    ...{ instanceClass, port, storageType, retentionDays, optionGroup },
    ...(iops === undefined ? {} : { iops }),
    ...(serverless ? { serverless } : {}),
  };
}

const shared = ["Engine", "EngineVersion", "Tags", "AllocatedStorage", "KmsKeyId"];

/** Begins to make a database out of something, as all four Restore calls do. */
export function beginRestore(
  state: RdsState,
  given: {
    operation: string;
    input: Record<string, unknown>;
    also: string[];
    id: unknown;
    region: string;
    origin: Origin;
    tags?: Tag[];
    task: Task;
    done?: () => void;
  },
): Database {
  const { operation, input, also, id, region, origin, task, done } = given;
  const { kind, engine, engineVersion } = origin;
  if (input.Engine !== undefined && input.Engine !== engine)
    throw new AwsError("InvalidParameterCombination", `The source's engine is ${engine}.`);
  if (input.KmsKeyId !== undefined && kind === "instance")
    throw new AwsError("NotEmulated", `not emulated: rds:${operation} has no member KmsKeyId`, 501);
  const settings = {
    ...defaultSettings(engine, engineVersion),
    ...inherited(origin),
    ...readSettings(operation, input, [...shared, ...also]),
  };
  const own = checkedTags(input.Tags as Tag[] | undefined);
  const database = enter(state, id, {
    ...{ kind, region, engine, engineVersion, settings },
    sizeGiB: Number(input.AllocatedStorage ?? origin.sizeGiB),
    masterUsername: origin.masterUsername,
    keyArn: input.KmsKeyId ? state.keyArn(region, String(input.KmsKeyId)) : origin.keyArn,
    tags: own.length > 0 ? own : (given.tags ?? []),
  });
  const seconds = (state.options.restoreSeconds ?? (() => 600))();
  const fate = state.options.restoreFate?.(database) ?? "available";
  begin(state, database, task, {
    status: "creating",
    seconds,
    fate,
    after: () => {
      if (database.status !== "available") return;
      done?.();
      keepBackups(state, database);
    },
  });
  return database;
}

/** Restores from snapshots of instances and of clusters. */
export function restoreOperations(state: RdsState): Record<string, Operation> {
  const available = (kind: Snapshot["kind"], region: string, given: unknown): Snapshot => {
    const text = String(given ?? "");
    // A snapshot of another region must be copied first: an ARN of elsewhere names nothing here.
    if (text.startsWith("arn:") && text.split(":")[3] !== region)
      throw new AwsError("InvalidParameterValue", `${text} is not in ${region}.`);
    const snapshot = state.snapshot(kind, region, text);
    if (snapshot.status === "available") return snapshot;
    const code = kind === "instance" ? "InvalidDBSnapshotState" : "InvalidDBClusterSnapshotStateFault";
    throw new AwsError(code, `${snapshot.id} is in state ${snapshot.status}, not available.`);
  };
  return {
    RestoreDBInstanceFromDBSnapshot(input, { region }) {
      const snapshot = available("instance", region, input.DBSnapshotIdentifier);
      const database = beginRestore(state, {
        operation: "RestoreDBInstanceFromDBSnapshot",
        also: ["DBInstanceIdentifier", "DBSnapshotIdentifier"],
        id: input.DBInstanceIdentifier,
        ...{ input, region, origin: snapshot },
        // Without new tags it gets those of the snapshot's source (API reference, CopyTagsToSnapshot).
        tags: snapshot.databaseTags ?? [],
        task: { do: "restore", fromArn: state.arnOf(snapshot) },
        done: () => tell(state, snapshot, "RDS-EVENT-0043", "restoration", "Restored from snapshot"),
      });
      return { DBInstance: instanceShape(state, database) };
    },
    /** Makes the cluster only: nobody can connect to it until an instance is created in it. */
    RestoreDBClusterFromSnapshot(input, { region }) {
      const snapshot = available("cluster", region, input.SnapshotIdentifier);
      const database = beginRestore(state, {
        operation: "RestoreDBClusterFromSnapshot",
        also: ["DBClusterIdentifier", "SnapshotIdentifier"],
        id: input.DBClusterIdentifier,
        ...{ input, region, origin: snapshot },
        task: { do: "restore", fromArn: state.arnOf(snapshot) },
      });
      return { DBCluster: clusterShape(state, database) };
    },
  };
}
