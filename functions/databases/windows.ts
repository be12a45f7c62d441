import {
  DescribeDBClustersCommand,
  paginateDescribeDBClusterAutomatedBackups,
  paginateDescribeDBInstanceAutomatedBackups,
  type RDSClient,
} from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";

/** Automated backups of one database, and the instants that can be restored out of them. */
export type Backups = {
  resourceId: string;
  /** The ARN of backups that were replicated into this region; absent of a region's own. */
  replicaArn?: string;
  /** `active`: they go on. `retained`: the database is gone, and they stay for their period. */
  status: string;
  /** ISO-8601 UTC, to the second; absent while there is nothing to restore yet. */
  window?: { since: string; until: string };
  keyArn?: string;
};

/** See `Databases.backupsOf`. `arn` names a DB instance or DB cluster, of this region or another. */
export async function backupsOf(client: RDSClient, arn: string): Promise<Backups[]> {
  const [, , , , , kind, id = ""] = arn.split(":");
  try {
    if (kind !== "cluster") return await ofInstance(client, arn);
    return [...(await ofCluster(client, arn, id)), ...(await retainedOfCluster(client, arn))];
  } catch (thrown) {
    const problem = rdsProblem(thrown, `the automated backups of ${id}`);
    if (problem.code === "not-found") return [];
    throw problem;
  }
}

async function ofInstance(client: RDSClient, arn: string): Promise<Backups[]> {
  const found: Backups[] = [];
  const region = arn.split(":")[3];
  // Asked by its ARN: in the recovery region another database may have the same identifier.
  const Filters = [{ Name: "db-instance-id", Values: [arn] }];
  for await (const page of paginateDescribeDBInstanceAutomatedBackups({ client }, { Filters })) {
    for (const one of page.DBInstanceAutomatedBackups ?? []) {
      if (one.DBInstanceArn !== arn) continue;
      const { EarliestTime, LatestTime } = one.RestoreWindow ?? {};
      const ofHere = one.DBInstanceAutomatedBackupsArn?.split(":")[3] === region;
      found.push({
        resourceId: one.DbiResourceId ?? "",
        status: one.Status ?? "",
        ...(ofHere || !one.DBInstanceAutomatedBackupsArn
          ? {}
          : { replicaArn: one.DBInstanceAutomatedBackupsArn }),
        ...windowOf(EarliestTime, LatestTime),
        ...(one.KmsKeyId ? { keyArn: one.KmsKeyId } : {}),
      });
    }
  }
  return found;
}

/** A cluster's backups live in its own region only (Aurora user guide, backing up a cluster). */
async function ofCluster(client: RDSClient, arn: string, id: string): Promise<Backups[]> {
  const asked = client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
  const answer = await asked.catch((thrown: unknown) => {
    if (rdsProblem(thrown, id).code === "not-found") return { DBClusters: [] };
    throw thrown;
  });
  return (answer.DBClusters ?? []).flatMap((one) =>
    one.DBClusterArn === arn
      ? [
          {
            resourceId: one.DbClusterResourceId ?? "",
            status: "active",
            ...windowOf(one.EarliestRestorableTime, one.LatestRestorableTime),
            ...(one.KmsKeyId ? { keyArn: one.KmsKeyId } : {}),
          },
        ]
      : [],
  );
}

/** Those of clusters of that ARN which were deleted and left theirs (Aurora user guide, retaining automated backups). */
async function retainedOfCluster(client: RDSClient, arn: string): Promise<Backups[]> {
  const found: Backups[] = [];
  const Filters = [
    { Name: "status", Values: ["retained"] },
    { Name: "db-cluster-id", Values: [arn] },
  ];
  for await (const page of paginateDescribeDBClusterAutomatedBackups({ client }, { Filters })) {
    for (const one of page.DBClusterAutomatedBackups ?? []) {
      // A cluster that goes on has been told of already.
      if (one.DBClusterArn !== arn || one.Status !== "retained") continue;
      found.push({
        resourceId: one.DbClusterResourceId ?? "",
        status: "retained",
        ...windowOf(one.RestoreWindow?.EarliestTime, one.RestoreWindow?.LatestTime),
        ...(one.KmsKeyId ? { keyArn: one.KmsKeyId } : {}),
      });
    }
  }
  return found;
}

function windowOf(since: Date | undefined, until: Date | undefined): Pick<Backups, "window"> {
  if (!since || !until) return {};
  return { window: { since: toSecond(since), until: toSecond(until) } };
}

function toSecond(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
