import { AwsError, type Operation, type Service, type Twin } from "../twin.ts";
import { keepBackups, keepSealing } from "./rds-backups.ts";
import { clusterBackupOperations } from "./rds-cluster-backups.ts";
import { databaseOperations } from "./rds-databases.ts";
import { type Group, groupOperations } from "./rds-groups.ts";
import { beginCopy, beginSnapshot, make, tell } from "./rds-making.ts";
import { modifyOperations } from "./rds-modify.ts";
import { pitrOperations } from "./rds-pitr.ts";
import { restoreOperations } from "./rds-restore.ts";
import { defaultSettings } from "./rds-settings.ts";
import { page, snapshotShape } from "./rds-shapes.ts";
import { type Backups, type Database, type RdsOptions, RdsState, type Snapshot } from "./rds-state.ts";
import { tagOperations } from "./rds-tags.ts";
import { follow, open } from "./rds-tasks.ts";

/**
 * RDS, as far as backups and restores go: databases and clusters as names (with real data behind them where there is
 * a `storage`), snapshots, copies and automated backups that take time, quotas, and the events that RDS really sends.
 */
export function rdsService(twin: Twin, options: RdsOptions = {}): Service & { state: RdsState } {
  const state = new RdsState(twin, options);
  keepSealing(state);
  return {
    name: "rds",
    state,
    operations: {
      ...databaseOperations(state),
      ...modifyOperations(state),
      ...snapshots(state, "instance"),
      ...snapshots(state, "cluster"),
      ...restoreOperations(state),
      ...pitrOperations(state),
      ...clusterBackupOperations(state),
      ...groupOperations(state),
      ...tagOperations(state),
      ...about(state),
    },
    save: () => ({
      databases: [...state.databases],
      snapshots: [...state.snapshots],
      backups: [...state.backups],
      groups: [...state.groups],
      ports: [...state.ports],
    }),
    load: (saved) => load(state, saved as Saved),
  };
}

/** What is kept over a restart. What came later than the first version may be missing. */
type Saved = {
  databases: [string, Database][];
  snapshots: [string, Snapshot][];
  backups?: [string, Backups][];
  groups?: [string, Group][];
  ports?: [string, number][];
};

async function load(state: RdsState, saved: Saved): Promise<void> {
  const { storage } = state.options;
  for (const [arn, one] of saved.backups ?? []) state.backups.set(arn, one);
  for (const [arn, one] of saved.groups ?? []) state.groups.set(arn, one);
  for (const [arn, port] of saved.ports ?? []) state.ports.set(arn, port);
  for (const [arn, one] of saved.databases) {
    const old = { resourceId: one.id, settings: defaultSettings(one.engine, one.engineVersion), tags: [] };
    const database: Database = { ...old, ...one };
    state.databases.set(arn, database);
    if (database.endpoint) state.ports.set(arn, database.endpoint.port);
    delete database.endpoint;
    // A snapshot that was being made has failed with the restart; a task goes on.
    if (!database.task && /^(backing-up|deleting|creating)$/.test(database.status))
      database.status = "available";
  }
  for (const [arn, snapshot] of saved.snapshots) {
    state.snapshots.set(arn, snapshot);
    // What was being made when the stand-in ended has no data that could be trusted.
    if (snapshot.endsMs !== undefined)
      make(state, snapshot, 0, storage && Promise.reject(new Error("restarted")), () => {});
  }
  for (const database of state.databases.values()) {
    if (storage && !/^(creating|failed|restore-error|incompatible-restore)$/.test(database.status))
      await open(state, database, storage);
    if (database.task) void follow(state, database, () => keepBackups(state, database));
    else keepBackups(state, database);
  }
}

function snapshots(state: RdsState, kind: Snapshot["kind"]): Record<string, Operation> {
  const name = kind === "instance" ? "DBSnapshot" : "DBClusterSnapshot";
  const ofName = kind === "instance" ? "DBInstanceIdentifier" : "DBClusterIdentifier";
  const idName = `${name}Identifier`;
  const answer = (snapshot: Snapshot) => ({ [name]: snapshotShape(state, snapshot) });
  return {
    [`Create${name}`]: (input, { region }) =>
      answer(beginSnapshot(state, { kind, region, id: input[idName], of: input[ofName], tags: input.Tags })),
    [`Copy${name}`]: (input, { region }) =>
      answer(
        beginCopy(state, {
          kind,
          region,
          id: input[`Target${idName}`],
          fromArn: input[`Source${idName}`],
          key: input.KmsKeyId,
          tags: input.Tags,
          copyTags: input.CopyTags,
        }),
      ),
    [`Delete${name}`]: async (input, { region }) => {
      const snapshot = state.snapshot(kind, region, input[idName]);
      // A copy under way is terminated by its deletion (API reference, DeleteDBSnapshot); a snapshot cannot be.
      if (snapshot.status === "creating") {
        const code = kind === "instance" ? "InvalidDBSnapshotState" : "InvalidDBClusterSnapshotStateFault";
        throw new AwsError(code, `${snapshot.id} is in state creating, not available.`);
      }
      state.snapshots.delete(state.arnOf(snapshot));
      if (kind === "instance") tell(state, snapshot, "RDS-EVENT-0041", "deletion", "Deleted user snapshot");
      await state.options.storage?.remove(snapshot);
      return answer(snapshot);
    },
    [`Describe${name}s`](input, { region }) {
      const matches = (one: Snapshot) =>
        one.kind === kind &&
        one.region === region &&
        (!input.SnapshotType || one.type === input.SnapshotType) &&
        (!input[ofName] || one.of === input[ofName].toLowerCase());
      const all = input[idName]
        ? [state.snapshot(kind, region, input[idName])]
        : [...state.snapshots.values()].filter(matches);
      const { records, more } = page(all, input);
      return { [`${name}s`]: records.map((one) => snapshotShape(state, one)), ...more };
    },
  };
}

function about(state: RdsState): Record<string, Operation> {
  return {
    DescribeAccountAttributes: (_input, { region }) => ({
      AccountQuotas: [
        {
          AccountQuotaName: "ManualSnapshots",
          Used: state.manualCount("instance", region),
          Max: state.manualMax,
        },
        {
          AccountQuotaName: "ManualClusterSnapshots",
          Used: state.manualCount("cluster", region),
          Max: state.manualMax,
        },
      ],
    }),
  };
}
