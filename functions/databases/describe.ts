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
import { rdsProblem } from "../core/aws-error.ts";
import { Problem } from "../core/problem.ts";

/** Which database: an RDS DB instance, or an Aurora DB cluster with its instances. */
export type DatabaseRef = { kind: "instance" | "cluster"; id: string };

/** A database as it is now. */
export type Database = DatabaseRef & {
  arn: string;
  /** What it is, whatever it is called: it stays the same when the database is renamed. */
  resourceId: string;
  /** RDS's own word. */
  status: string;
  /** `ready`: it and all its instances are available and nothing that was asked of them is still to come. */
  state: "ready" | "busy" | "failed";
  engine: string;
  engineVersion: string;
  /** Where it answers; absent while it is made, and of a cluster without instances. */
  endpoint?: { host: string; port: number };
  masterUsername?: string;
  /** The secret in which RDS keeps the master password, where it manages it. */
  masterSecretArn?: string;
  keyArn?: string;
  deletionProtection: boolean;
  createdAt?: string;
  /** The instances of a cluster, the writer first; of an instance, itself. */
  instances: { id: string; resourceId: string; status: string; instanceClass: string }[];
  tags: Record<string, string>;
};

/** What a status of RDS means to who waits (RDS and Aurora user guides, status of a DB instance and a DB cluster). */
const usable = new Set(["available", "storage-optimization"]);
const failed = /^(failed|restore-error|storage-full|incompatible-.+|inaccessible-encryption-credentials.*)$/;

/** See `Databases.describe`. */
export async function describe(client: RDSClient, { kind, id }: DatabaseRef): Promise<Database | undefined> {
  try {
    if (kind === "instance") {
      const answer = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
      return answer.DBInstances?.[0] && instanceOf(answer.DBInstances[0]);
    }
    const answer = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
    const [one] = answer.DBClusters ?? [];
    return one && clusterOf(one, await membersOf(client, id));
  } catch (thrown) {
    const problem = rdsProblem(thrown, `${kind} ${id}`);
    if (problem.code === "not-found") return undefined;
    throw problem;
  }
}

/** Every database of the region, page by page. An Aurora cluster comes once, with its instances. Throws `Problem`. */
export async function describeAll(client: RDSClient): Promise<Database[]> {
  const found: Database[] = [];
  const members = new Map<string, DBInstance[]>();
  try {
    for await (const page of paginateDescribeDBInstances({ client, pageSize: 100 }, {})) {
      for (const one of page.DBInstances ?? []) {
        const cluster = one.DBClusterIdentifier;
        if (cluster) members.set(cluster, [...(members.get(cluster) ?? []), one]);
        else found.push(instanceOf(one));
      }
    }
    for await (const page of paginateDescribeDBClusters({ client, pageSize: 100 }, {})) {
      for (const one of page.DBClusters ?? [])
        found.push(clusterOf(one, members.get(one.DBClusterIdentifier ?? "") ?? []));
    }
  } catch (thrown) {
    throw rdsProblem(thrown, "the databases of the region");
  }
  return found;
}

/**
 * What somebody who waits for a database is told: itself once it is ready, undefined while it is not. Throws `Problem`
 * internal for one that failed, which no waiting mends.
 */
export function whenReady(database: Database): Database | undefined {
  if (database.state === "ready") return database;
  if (database.state === "busy") return undefined;
  const ill = database.instances.find(({ status }) => failed.test(status));
  throw new Problem(
    "internal",
    `${ill?.id ?? database.id} went to status "${ill?.status ?? database.status}"`,
    "Look at its events in the RDS console.",
  );
}

async function membersOf(client: RDSClient, cluster: string): Promise<DBInstance[]> {
  const members: DBInstance[] = [];
  const Filters = [{ Name: "db-cluster-id", Values: [cluster] }];
  for await (const page of paginateDescribeDBInstances({ client }, { Filters }))
    members.push(...(page.DBInstances ?? []));
  return members;
}

function instanceOf(one: DBInstance): Database {
  const { Address: host, Port: port } = one.Endpoint ?? {};
  return {
    ...common(one),
    kind: "instance",
    id: one.DBInstanceIdentifier ?? "",
    arn: one.DBInstanceArn ?? "",
    resourceId: one.DbiResourceId ?? "",
    status: one.DBInstanceStatus ?? "",
    state: stateOf(one.DBInstanceStatus ?? "", one.PendingModifiedValues, []),
    ...(host && port ? { endpoint: { host, port } } : {}),
    ...(one.InstanceCreateTime ? { createdAt: one.InstanceCreateTime.toISOString() } : {}),
    instances: [memberOf(one)],
  };
}

function clusterOf(one: DBCluster, members: DBInstance[]): Database {
  const writer = one.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
  const rank = ({ DBInstanceIdentifier: id = "" }: DBInstance) => (id === writer ? "" : id);
  const ordered = members.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return {
    ...common(one),
    kind: "cluster",
    id: one.DBClusterIdentifier ?? "",
    arn: one.DBClusterArn ?? "",
    resourceId: one.DbClusterResourceId ?? "",
    status: one.Status ?? "",
    state: stateOf(one.Status ?? "", one.PendingModifiedValues, ordered),
    ...(one.Endpoint && one.Port && ordered.length > 0
      ? { endpoint: { host: one.Endpoint, port: one.Port } }
      : {}),
    ...(one.ClusterCreateTime ? { createdAt: one.ClusterCreateTime.toISOString() } : {}),
    instances: ordered.map(memberOf),
  };
}

function common(one: DBInstance | DBCluster) {
  return {
    engine: one.Engine ?? "",
    engineVersion: one.EngineVersion ?? "",
    ...(one.MasterUsername ? { masterUsername: one.MasterUsername } : {}),
    ...(one.MasterUserSecret?.SecretArn ? { masterSecretArn: one.MasterUserSecret.SecretArn } : {}),
    ...(one.KmsKeyId ? { keyArn: one.KmsKeyId } : {}),
    deletionProtection: one.DeletionProtection ?? false,
    tags: tagsOf(one.TagList),
  };
}

function memberOf(one: DBInstance): Database["instances"][number] {
  return {
    id: one.DBInstanceIdentifier ?? "",
    resourceId: one.DbiResourceId ?? "",
    status: one.DBInstanceStatus ?? "",
    instanceClass: one.DBInstanceClass ?? "",
  };
}

function stateOf(status: string, pending: object | undefined, members: DBInstance[]): Database["state"] {
  if (failed.test(status)) return "failed";
  const states = members.map((one) => stateOf(one.DBInstanceStatus ?? "", one.PendingModifiedValues, []));
  if (states.includes("failed")) return "failed";
  // RDS may go on saying "available" for some seconds after it has taken a change on: what is pending says otherwise.
  const settled = usable.has(status) && !isPending(pending);
  return settled && states.every((state) => state === "ready") ? "ready" : "busy";
}

function isPending(pending: object | undefined): boolean {
  return Object.values(pending ?? {}).some((value) => value !== undefined && value !== null);
}

/** Tags as a record. */
export function tagsOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** Tags as RDS takes them. AWS's own, which nobody may set, are left out. */
export function tagList(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).flatMap(([Key, Value]) => (Key.startsWith("aws:") ? [] : [{ Key, Value }]));
}
