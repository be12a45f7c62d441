import { AwsError, type Operation } from "../twin.ts";
import { keepBackups, leaveBackups } from "./rds-backups.ts";
import { holdToGroups } from "./rds-groups.ts";
import { beginSnapshot } from "./rds-making.ts";
import { keepPassword } from "./rds-passwords.ts";
import { defaultSettings, readSettings, type Settings } from "./rds-settings.ts";
import { clusterShape, instanceShape, page } from "./rds-shapes.ts";
import { checkedTags, type Database, type RdsState, type Tag } from "./rds-state.ts";
import { begin } from "./rds-tasks.ts";

type Input = Record<string, unknown>;

/** What is known of a database before it is there. */
export type Plan = Pick<Database, "kind" | "region" | "engine" | "engineVersion" | "sizeGiB"> & {
  settings: Settings;
  masterUsername?: string | undefined;
  keyArn?: string | undefined;
  clusterId?: string;
  tags: Tag[];
};

/** Enters a new database, after every check that AWS makes before it accepts a call. */
export function enter(state: RdsState, id: unknown, plan: Plan): Database {
  const { kind, region } = plan;
  const checked = state.newDatabaseId(kind, region, String(id ?? ""));
  holdToGroups(state, kind, region, plan.settings);
  if (state.options.storage && !["postgres", "aurora-postgresql"].includes(plan.engine))
    throw new AwsError("NotEmulated", `not emulated: real data for the engine ${plan.engine}`, 501);
  const { masterUsername, keyArn, ...rest } = plan;
  const database: Database = {
    ...rest,
    id: checked,
    resourceId: state.newResourceId(kind),
    status: "creating",
    createdMs: state.twin.clock.now(),
    ...(masterUsername ? { masterUsername } : {}),
    ...(keyArn ? { keyArn } : {}),
  };
  state.databases.set(state.arnOf(database), database);
  return database;
}

const created = [
  "DBInstanceIdentifier DBClusterIdentifier Engine EngineVersion AllocatedStorage MasterUsername",
  "MasterUserPassword StorageEncrypted KmsKeyId Tags PreSignedUrl ManageMasterUserPassword",
].flatMap((names) => names.split(" "));

/** Creating, listing and deleting databases. */
export function databaseOperations(state: RdsState): Record<string, Operation> {
  const create = async (operation: string, kind: Database["kind"], region: string, input: Input) => {
    const engine = String(input.Engine ?? "postgres");
    const engineVersion = String(input.EngineVersion ?? "18.4");
    const settings = {
      ...defaultSettings(engine, engineVersion),
      ...readSettings(operation, input, created),
    };
    const id = kind === "instance" ? input.DBInstanceIdentifier : input.DBClusterIdentifier;
    const tags = checkedTags(input.Tags as Tag[] | undefined);
    const plan: Plan = {
      kind,
      region,
      engine,
      engineVersion,
      settings,
      tags,
      sizeGiB: Number(input.AllocatedStorage ?? 20),
      masterUsername: String(input.MasterUsername ?? "postgres"),
      keyArn: input.StorageEncrypted
        ? state.keyArn(region, String(input.KmsKeyId ?? "alias/aws/rds"))
        : undefined,
    };
    const database = enter(state, id, plan);
    const managed = input.ManageMasterUserPassword === true ? keepPassword(state, database) : undefined;
    await begin(
      state,
      database,
      { do: "create", password: managed ?? String(input.MasterUserPassword ?? "") },
      {
        status: "creating",
        seconds: (state.options.createSeconds ?? (() => 0))(),
        after: () => keepBackups(state, database),
      },
    );
    return database;
  };
  return {
    CreateDBInstance: async (input, { region }) => {
      const database = input.DBClusterIdentifier
        ? join(state, region, input)
        : await create("CreateDBInstance", "instance", region, input);
      return { DBInstance: instanceShape(state, database) };
    },
    CreateDBCluster: async (input, { region }) => ({
      DBCluster: clusterShape(state, await create("CreateDBCluster", "cluster", region, input)),
    }),
    DeleteDBInstance: (input, { region }) => ({
      DBInstance: instanceShape(
        state,
        remove(state, state.database("instance", region, input.DBInstanceIdentifier), input),
      ),
    }),
    DeleteDBCluster: (input, { region }) => ({
      DBCluster: clusterShape(
        state,
        remove(state, state.database("cluster", region, input.DBClusterIdentifier), input),
      ),
    }),
    DescribeDBInstances(input, { region }) {
      const { records, more } = page(list(state, "instance", region, input), input);
      return { DBInstances: records.map((one) => instanceShape(state, one)), ...more };
    },
    DescribeDBClusters(input, { region }) {
      const { records, more } = page(list(state, "cluster", region, input), input);
      return { DBClusters: records.map((one) => clusterShape(state, one)), ...more };
    },
  };
}

/** An instance of an Aurora cluster: it brings no data, it opens the cluster's. */
function join(state: RdsState, region: string, input: Input): Database {
  const cluster = state.database("cluster", region, String(input.DBClusterIdentifier));
  const { engine, engineVersion, masterUsername, keyArn, sizeGiB } = cluster;
  if (input.Engine !== undefined && input.Engine !== engine)
    throw new AwsError("InvalidParameterCombination", `The engine of ${cluster.id} is ${engine}.`);
  if (input.MasterUserPassword !== undefined || input.MasterUsername !== undefined)
    throw new AwsError("InvalidParameterCombination", "The master user is managed by the DB cluster.");
  if (cluster.status !== "available")
    throw new AwsError("InvalidDBClusterStateFault", `${cluster.id} is ${cluster.status}, not available.`);
  // What the cluster manages for all its instances cannot be said of one (API reference, CreateDBInstance).
  const { subnetGroup, securityGroupIds, iamAuthentication, retentionDays, copyTagsToSnapshot, port } =
    cluster.settings;
  const settings = {
    ...defaultSettings(engine, engineVersion),
    ...readSettings("CreateDBInstance", input, created),
    ...{ subnetGroup, securityGroupIds, iamAuthentication, retentionDays, copyTagsToSnapshot, port },
    deletionProtection: input.DeletionProtection === true,
  };
  const database = enter(state, input.DBInstanceIdentifier, {
    kind: "instance",
    region,
    engine,
    engineVersion,
    sizeGiB,
    masterUsername,
    keyArn,
    settings,
    clusterId: cluster.id,
    tags: checkedTags(input.Tags as Tag[] | undefined),
  });
  const seconds = (state.options.restoreSeconds ?? (() => 600))();
  const fate = state.options.restoreFate?.(database) ?? "available";
  begin(state, database, { do: "join" }, { status: "creating", seconds, fate });
  return database;
}

function list(state: RdsState, kind: Database["kind"], region: string, input: Input): Database[] {
  const idName = kind === "instance" ? "DBInstanceIdentifier" : "DBClusterIdentifier";
  const own = input[idName];
  const all = own
    ? [state.database(kind, region, String(own))]
    : [...state.databases.values()].filter((one) => one.kind === kind && one.region === region);
  const filters = (input.Filters ?? []) as { Name: string; Values: string[] }[];
  return all.filter((one) => filters.every(({ Name, Values }) => Values.some(matches(one, Name, state))));
}

function matches(one: Database, name: string, state: RdsState): (value: string) => boolean {
  const values: Record<string, (string | undefined)[]> = {
    "db-cluster-id": one.kind === "cluster" ? [one.id, state.arnOf(one)] : [one.clusterId],
    "db-instance-id": one.kind === "instance" ? [one.id, state.arnOf(one)] : [],
    "dbi-resource-id": [one.resourceId],
    engine: [one.engine],
  };
  const known = values[name];
  if (!known) throw new AwsError("InvalidParameterValue", `Unrecognized filter name: ${name}`);
  return (value) => known.includes(value);
}

/** Begins a deletion (API reference, DeleteDBInstance and DeleteDBCluster). */
function remove(state: RdsState, database: Database, input: Input): Database {
  const cluster = database.kind === "cluster";
  const invalidState = cluster ? "InvalidDBClusterStateFault" : "InvalidDBInstanceState";
  if (database.status === "deleting")
    throw new AwsError(invalidState, `${database.id} is already being deleted.`);
  if (database.settings.deletionProtection)
    throw new AwsError(
      "InvalidParameterCombination",
      `Cannot delete protected ${cluster ? "Cluster" : "DB Instance"}, please disable deletion protection and try again.`,
    );
  if (cluster && state.membersOf(database).some(({ status }) => status !== "deleting"))
    throw new AwsError(
      invalidState,
      "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
    );
  const final = input.FinalDBSnapshotIdentifier as string | undefined;
  const skip = input.SkipFinalSnapshot === true || database.clusterId !== undefined;
  if (skip === (final !== undefined))
    throw new AwsError(
      "InvalidParameterCombination",
      skip
        ? "FinalDBSnapshotIdentifier can not be specified here."
        : "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
    );
  const keepAutomated = input.DeleteAutomatedBackups === false;
  const go = () => {
    leaveBackups(state, database, keepAutomated);
    const seconds = (state.options.deleteSeconds ?? (() => 120))();
    begin(state, database, { do: "delete" }, { status: "deleting", seconds });
  };
  if (final === undefined) go();
  else {
    const { kind, region, id } = database;
    beginSnapshot(state, { kind, region, id: final, of: id, finally: go });
    database.status = "deleting";
  }
  return database;
}
