import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  paginateDescribeDBClusters,
  paginateDescribeDBInstances,
  type RDSClient,
  type Tag,
} from "@aws-sdk/client-rds";
import { awsProblem } from "../core/aws-error.ts";
import type { DatabaseContext, InstanceContext } from "../core/context.ts";
import { Problem } from "../core/problem.ts";
import type { RdsClusterSource, RdsInstanceSource } from "../core/source.ts";
import { readOptions } from "./option-groups.ts";
import { type GroupKind, type ParameterGroup, readGroup } from "./parameters.ts";

/** A source that is a database. */
export type DatabaseSource = RdsInstanceSource | RdsClusterSource;

/**
 * Reads what a database is besides its data, its parameter groups' changed values included. Throws `Problem`
 * not-found where there is no such database.
 */
export async function readContext(client: RDSClient, source: DatabaseSource): Promise<DatabaseContext> {
  const groups = changedGroups(client);
  return contextWith(source, groups, {
    instance: async (id) => {
      const answer = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
      return answer.DBInstances?.[0];
    },
    cluster: async (id) => {
      const answer = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
      return answer.DBClusters?.[0];
    },
    members: async (id) => {
      const members: DBInstance[] = [];
      const filter = { Filters: [{ Name: "db-cluster-id", Values: [id] }] };
      for await (const page of paginateDescribeDBInstances({ client }, filter))
        members.push(...(page.DBInstances ?? []));
      return members;
    },
  });
}

/**
 * A reader of many contexts out of one look: the databases of the region come in pages, and each parameter group that
 * somebody has changed is read once. It looks when it is first asked. Throws as `readContext` does.
 */
export function contextReader(client: RDSClient): (source: DatabaseSource) => Promise<DatabaseContext> {
  const groups = changedGroups(client);
  const instances = once(async () => {
    const found = new Map<string, DBInstance>();
    for await (const page of paginateDescribeDBInstances({ client, pageSize: 100 }, {}))
      for (const one of page.DBInstances ?? []) found.set(one.DBInstanceIdentifier ?? "", one);
    return found;
  });
  const clusters = once(async () => {
    const found = new Map<string, DBCluster>();
    for await (const page of paginateDescribeDBClusters({ client, pageSize: 100 }, {}))
      for (const one of page.DBClusters ?? []) found.set(one.DBClusterIdentifier ?? "", one);
    return found;
  });
  const look = {
    instance: async (id: string) => (await instances()).get(id),
    cluster: async (id: string) => (await clusters()).get(id),
    members: async (id: string) =>
      [...(await instances()).values()].filter((one) => one.DBClusterIdentifier === id),
  };
  return (source) => contextWith(source, groups, look);
}

/** How databases are looked up: one by one, or all at once. */
type Look = {
  instance(id: string): Promise<DBInstance | undefined>;
  cluster(id: string): Promise<DBCluster | undefined>;
  members(clusterId: string): Promise<DBInstance[]>;
};

async function contextWith(source: DatabaseSource, groups: Groups, look: Look): Promise<DatabaseContext> {
  const id = source.kind === "rds-instance" ? source.instance : source.cluster;
  try {
    if (source.kind === "rds-instance") return await instanceContext(await look.instance(id), id, groups);
    return await clusterContext(await look.cluster(id), id, groups, look);
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw awsProblem(thrown, `the settings of ${id}`);
  }
}

async function instanceContext(
  one: DBInstance | undefined,
  id: string,
  groups: Groups,
): Promise<DatabaseContext> {
  if (!one) throw new Problem("not-found", `there is no DB instance ${id}`, "Look whether it was renamed.");
  const member = await memberContext(groups, one);
  const optionGroup = one.OptionGroupMemberships?.[0]?.OptionGroupName;
  return {
    ...shared(one),
    kind: "instance",
    id,
    ...present("masterSecretArn", one.MasterUserSecret?.SecretArn),
    ...present("port", one.Endpoint?.Port ?? one.DbInstancePort),
    ...present("subnetGroup", one.DBSubnetGroup?.DBSubnetGroupName),
    ...present("parameterGroup", member.parameterGroup),
    ...present("optionGroup", optionGroup),
    ...present("options", await groups.options(optionGroup)),
    instances: [member],
  };
}

async function clusterContext(
  one: DBCluster | undefined,
  id: string,
  groups: Groups,
  look: Look,
): Promise<DatabaseContext> {
  if (!one) throw new Problem("not-found", `there is no DB cluster ${id}`, "Look whether it was renamed.");
  const members = await look.members(id);
  const writer = one.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
  members.sort(
    (a, b) => Number(b.DBInstanceIdentifier === writer) - Number(a.DBInstanceIdentifier === writer),
  );
  const { MinCapacity: min, MaxCapacity: max } = one.ServerlessV2ScalingConfiguration ?? {};
  return {
    ...shared(one),
    kind: "cluster",
    id,
    ...present("masterSecretArn", one.MasterUserSecret?.SecretArn),
    ...present("port", one.Port),
    ...present("subnetGroup", one.DBSubnetGroup),
    ...present("parameterGroup", await groups.parameters("cluster", one.DBClusterParameterGroup)),
    instances: await Promise.all(members.map((member) => memberContext(groups, member))),
    ...(min !== undefined && max !== undefined ? { serverless: { min, max } } : {}),
  };
}

/** What DescribeDBInstances and DescribeDBClusters call by the same names. */
function shared(one: DBInstance | DBCluster) {
  const { MonitoringInterval: intervalSeconds, MonitoringRoleArn: roleArn } = one;
  return {
    engine: one.Engine ?? "",
    engineVersion: one.EngineVersion ?? "",
    ...present("masterUsername", one.MasterUsername),
    securityGroupIds: (one.VpcSecurityGroups ?? []).flatMap(
      ({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? [],
    ),
    multiAz: one.MultiAZ ?? false,
    ...present("storageType", one.StorageType),
    ...present("iops", one.Iops),
    deletionProtection: one.DeletionProtection ?? false,
    iamAuthentication: one.IAMDatabaseAuthenticationEnabled ?? false,
    backupRetentionDays: one.BackupRetentionPeriod ?? 0,
    autoMinorVersionUpgrade: one.AutoMinorVersionUpgrade ?? false,
    copyTagsToSnapshot: one.CopyTagsToSnapshot ?? false,
    logExports: one.EnabledCloudwatchLogsExports ?? [],
    ...(intervalSeconds && roleArn ? { monitoring: { intervalSeconds, roleArn } } : {}),
    tags: plainTags(one.TagList),
  };
}

async function memberContext(groups: Groups, one: DBInstance): Promise<InstanceContext> {
  const group = one.DBParameterGroups?.[0]?.DBParameterGroupName;
  return {
    id: one.DBInstanceIdentifier ?? "",
    instanceClass: one.DBInstanceClass ?? "",
    ...present("parameterGroup", await groups.parameters("instance", group)),
    publiclyAccessible: one.PubliclyAccessible ?? false,
    ...present("promotionTier", one.PromotionTier),
  };
}

/** What is in groups, by their names. AWS's own default ones cannot be changed: their name says everything. */
type Groups = {
  parameters(kind: GroupKind, name: string | undefined): Promise<InstanceContext["parameterGroup"]>;
  options(name: string | undefined): Promise<DatabaseContext["options"]>;
};

/** Reads each group once. */
function changedGroups(client: RDSClient): Groups {
  const parameters = new Map<string, Promise<InstanceContext["parameterGroup"]>>();
  const options = new Map<string, Promise<DatabaseContext["options"]>>();
  return {
    async parameters(kind, name) {
      if (!name) return undefined;
      if (name.startsWith("default.")) return { name, changed: {} };
      const reading = parameters.get(`${kind} ${name}`) ?? readGroup(client, kind, name).then(named);
      parameters.set(`${kind} ${name}`, reading);
      return reading;
    },
    async options(name) {
      if (!name || name.startsWith("default:")) return undefined;
      const reading = options.get(name) ?? readOptions(client, name).then((group) => group?.contents);
      options.set(name, reading);
      return reading;
    },
  };
}

function named(group: ParameterGroup | undefined): InstanceContext["parameterGroup"] {
  if (!group) return undefined;
  const changed = Object.fromEntries(Object.entries(group.changed).sort(byKey));
  return { name: group.name, ...present("family", group.family), changed };
}

function byKey([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1;
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}

/** Tags without AWS's own, which nobody may set again, in one order: equal tags, equal contexts. */
function plainTags(tags: Tag[] | undefined): Record<string, string> {
  const own = (tags ?? []).map(({ Key = "", Value = "" }): [string, string] => [Key, Value]);
  return Object.fromEntries(own.filter(([key]) => !key.startsWith("aws:")).sort(byKey));
}

function present<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined || value === null ? {} : { [name]: value }) as { [key in K]?: V };
}
