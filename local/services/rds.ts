import { AwsError, type Operation, type Service, type Twin } from "../twin.ts";
import { beginCopy, beginSnapshot, make, tell } from "./rds-making.ts";
import { clusterShape, instanceShape, page, snapshotShape } from "./rds-shapes.ts";
import { checkedTags, type Database, type RdsOptions, RdsState, type Snapshot } from "./rds-state.ts";

/**
 * RDS, as far as snapshots go: databases and clusters as names (with real data behind them where there is a
 * `storage`), snapshots and copies that take time, quotas, and the events that RDS really sends.
 */
export function rdsService(twin: Twin, options: RdsOptions = {}): Service & { state: RdsState } {
  const state = new RdsState(twin, options);
  return {
    name: "rds",
    state,
    operations: {
      ...databases(state),
      ...snapshots(state, "instance"),
      ...snapshots(state, "cluster"),
      ...about(state),
    },
    save: () => ({ databases: [...state.databases], snapshots: [...state.snapshots] }),
    load(saved) {
      const { databases: some, snapshots: others } = saved as {
        databases: [string, Database][];
        snapshots: [string, Snapshot][];
      };
      for (const [arn, database] of some) state.databases.set(arn, { ...database, status: "available" });
      for (const [arn, snapshot] of others) {
        state.snapshots.set(arn, snapshot);
        // What was being made when the stand-in ended has no data that could be trusted.
        if (snapshot.endsMs !== undefined)
          make(state, snapshot, 0, options.storage && Promise.reject(new Error("restarted")), () => {});
      }
    },
  };
}

function databases(state: RdsState): Record<string, Operation> {
  const create = async (
    kind: Database["kind"],
    region: string,
    id: string,
    input: Record<string, unknown>,
  ) => {
    const database: Database = {
      kind,
      region,
      id: id.toLowerCase(),
      engine: String(input.Engine ?? "postgres"),
      engineVersion: String(input.EngineVersion ?? "18.4"),
      status: "creating",
      sizeGiB: Number(input.AllocatedStorage ?? 20),
      createdMs: state.twin.clock.now(),
      masterUsername: String(input.MasterUsername ?? "postgres"),
      ...(input.StorageEncrypted
        ? { keyArn: state.keyArn(region, String(input.KmsKeyId ?? "alias/aws/rds")) }
        : {}),
    };
    const arn = state.arnOf(database);
    if (state.databases.has(arn)) {
      throw new AwsError(
        kind === "instance" ? "DBInstanceAlreadyExists" : "DBClusterAlreadyExistsFault",
        `${id} already exists`,
      );
    }
    state.databases.set(arn, database);
    const endpoint = await state.options.storage?.create(database, String(input.MasterUserPassword ?? ""));
    if (endpoint) database.endpoint = endpoint;
    database.status = "available";
    return database;
  };
  const remove = async (kind: Database["kind"], region: string, id: string) => {
    const database = state.database(kind, region, id);
    state.databases.delete(state.arnOf(database));
    await state.options.storage?.remove(database);
    return database;
  };
  const list = (kind: Database["kind"], region: string, id: string | undefined) =>
    id
      ? [state.database(kind, region, id)]
      : [...state.databases.values()].filter((one) => one.kind === kind && one.region === region);
  return {
    CreateDBInstance: async (input, { region }) => ({
      DBInstance: instanceShape(state, await create("instance", region, input.DBInstanceIdentifier, input)),
    }),
    CreateDBCluster: async (input, { region }) => ({
      DBCluster: clusterShape(state, await create("cluster", region, input.DBClusterIdentifier, input)),
    }),
    DeleteDBInstance: async (input, { region }) => ({
      DBInstance: instanceShape(state, await remove("instance", region, input.DBInstanceIdentifier)),
    }),
    DeleteDBCluster: async (input, { region }) => ({
      DBCluster: clusterShape(state, await remove("cluster", region, input.DBClusterIdentifier)),
    }),
    DescribeDBInstances(input, { region }) {
      const { records, more } = page(list("instance", region, input.DBInstanceIdentifier), input);
      return { DBInstances: records.map((one) => instanceShape(state, one)), ...more };
    },
    DescribeDBClusters(input, { region }) {
      const { records, more } = page(list("cluster", region, input.DBClusterIdentifier), input);
      return { DBClusters: records.map((one) => clusterShape(state, one)), ...more };
    },
  };
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
  const tagged = (arn: string) => {
    const found = state.snapshots.get(arn);
    if (!found) throw new AwsError("DBSnapshotNotFound", `${arn} not found.`, 404);
    return found;
  };
  return {
    AddTagsToResource({ ResourceName, Tags }) {
      const snapshot = tagged(ResourceName);
      const more = checkedTags(Tags);
      snapshot.tags = [...snapshot.tags.filter(({ Key }) => !more.some((tag) => tag.Key === Key)), ...more];
      return {};
    },
    ListTagsForResource: ({ ResourceName }) => ({ TagList: tagged(ResourceName).tags }),
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
