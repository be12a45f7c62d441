import {
  type DBCluster,
  type DBInstance,
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  type Parameter,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBInstances,
  paginateDescribeDBParameters,
  type RDSClient,
  type Tag,
} from "@aws-sdk/client-rds";
import { awsProblem } from "../core/aws-error.ts";
import type { DatabaseContext, InstanceContext } from "../core/context.ts";
import { Problem } from "../core/problem.ts";
import type { RdsClusterSource, RdsInstanceSource } from "../core/source.ts";

/** A source that is a database. */
export type DatabaseSource = RdsInstanceSource | RdsClusterSource;

/**
 * Reads what a database is besides its data, its parameter groups' changed values included. Throws `Problem`
 * not-found where there is no such database.
 */
export async function readContext(client: RDSClient, source: DatabaseSource): Promise<DatabaseContext> {
  const id = source.kind === "rds-instance" ? source.instance : source.cluster;
  try {
    return source.kind === "rds-instance"
      ? await instanceContext(client, id)
      : await clusterContext(client, id);
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw awsProblem(thrown, `the settings of ${id}`);
  }
}

async function instanceContext(client: RDSClient, id: string): Promise<DatabaseContext> {
  const answer = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
  const [one] = answer.DBInstances ?? [];
  if (!one) throw new Problem("not-found", `there is no DB instance ${id}`, "Look whether it was renamed.");
  const member = await memberContext(client, one);
  return {
    ...shared(one),
    kind: "instance",
    id,
    ...present("masterSecretArn", one.MasterUserSecret?.SecretArn),
    ...present("port", one.Endpoint?.Port ?? one.DbInstancePort),
    ...present("subnetGroup", one.DBSubnetGroup?.DBSubnetGroupName),
    ...present("parameterGroup", member.parameterGroup),
    ...present("optionGroup", one.OptionGroupMemberships?.[0]?.OptionGroupName),
    instances: [member],
  };
}

async function clusterContext(client: RDSClient, id: string): Promise<DatabaseContext> {
  const answer = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
  const [one] = answer.DBClusters ?? [];
  if (!one) throw new Problem("not-found", `there is no DB cluster ${id}`, "Look whether it was renamed.");
  const members: DBInstance[] = [];
  const filter = { Filters: [{ Name: "db-cluster-id", Values: [id] }] };
  for await (const page of paginateDescribeDBInstances({ client }, filter))
    members.push(...(page.DBInstances ?? []));
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
    ...present("parameterGroup", await clusterParameters(client, one.DBClusterParameterGroup)),
    instances: await Promise.all(members.map((member) => memberContext(client, member))),
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

async function memberContext(client: RDSClient, one: DBInstance): Promise<InstanceContext> {
  const group = one.DBParameterGroups?.[0]?.DBParameterGroupName;
  return {
    id: one.DBInstanceIdentifier ?? "",
    instanceClass: one.DBInstanceClass ?? "",
    ...present("parameterGroup", await instanceParameters(client, group)),
    publiclyAccessible: one.PubliclyAccessible ?? false,
    ...present("promotionTier", one.PromotionTier),
  };
}

/** AWS's own default groups cannot be changed: their name says everything. */
const isDefault = (group: string) => group.startsWith("default.");

async function instanceParameters(client: RDSClient, group: string | undefined) {
  if (!group) return undefined;
  if (isDefault(group)) return { name: group, changed: {} };
  const about = await client.send(new DescribeDBParameterGroupsCommand({ DBParameterGroupName: group }));
  const parameters: Parameter[] = [];
  const asked = { DBParameterGroupName: group, Source: "user" };
  for await (const page of paginateDescribeDBParameters({ client }, asked))
    parameters.push(...(page.Parameters ?? []));
  const family = about.DBParameterGroups?.[0]?.DBParameterGroupFamily;
  return { name: group, ...present("family", family), changed: valuesOf(parameters) };
}

async function clusterParameters(client: RDSClient, group: string | undefined) {
  if (!group) return undefined;
  if (isDefault(group)) return { name: group, changed: {} };
  const asked = { DBClusterParameterGroupName: group };
  const about = await client.send(new DescribeDBClusterParameterGroupsCommand(asked));
  const parameters: Parameter[] = [];
  for await (const page of paginateDescribeDBClusterParameters({ client }, { ...asked, Source: "user" }))
    parameters.push(...(page.Parameters ?? []));
  const family = about.DBClusterParameterGroups?.[0]?.DBParameterGroupFamily;
  return { name: group, ...present("family", family), changed: valuesOf(parameters) };
}

function valuesOf(parameters: Parameter[]): Record<string, string> {
  return Object.fromEntries(
    parameters.flatMap(({ ParameterName, ParameterValue }) =>
      ParameterName && ParameterValue !== undefined ? [[ParameterName, ParameterValue]] : [],
    ),
  );
}

/** Tags without AWS's own, which nobody may set again. */
function plainTags(tags: Tag[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (tags ?? []).flatMap(({ Key = "", Value = "" }) => (Key.startsWith("aws:") ? [] : [[Key, Value]])),
  );
}

function present<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined || value === null ? {} : { [name]: value }) as { [key in K]?: V };
}
