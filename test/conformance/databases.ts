import { randomBytes } from "node:crypto";
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  type DBClusterSnapshot,
  type DBSnapshot,
  DeleteDBClusterCommand,
  DeleteDBClusterSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
  type Tag,
} from "@aws-sdk/client-rds";
import type { Place } from "./place.ts";

/** The databases that all cases share. */
export type Shared = "plain" | "encrypted" | "kept" | "cluster";

/** The identifier of a shared database; the first case that asks for it waits until it is available. */
export function database(place: Place, which: Shared): Promise<string> {
  return place.bench.once(`database ${which}`, (bench) =>
    which === "cluster" ? cluster(bench) : instance(bench, which),
  );
}

const login = () => ({ MasterUsername: "conformance", MasterUserPassword: randomBytes(12).toString("hex") });

/** Only "kept" has automated backups: of one day. */
async function instance(place: Place, which: Exclude<Shared, "cluster">): Promise<string> {
  const { rds } = place.here;
  const DBInstanceIdentifier = place.name("db");
  const wish = { Engine: "postgres", DBInstanceClass: "db.t4g.micro", AllocatedStorage: 20, ...login() };
  const BackupRetentionPeriod = which === "kept" ? 1 : 0;
  const StorageEncrypted = which !== "plain";
  const thrift = { BackupRetentionPeriod, PubliclyAccessible: false, StorageEncrypted };
  await rds.send(new CreateDBInstanceCommand({ DBInstanceIdentifier, ...wish, ...thrift }));
  place.afterwards(`DB instance ${DBInstanceIdentifier}`, () =>
    whenPossible(place, () =>
      rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true })),
    ),
  );
  await place.until("an available DB instance", async () => {
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
    return DBInstances?.[0]?.DBInstanceStatus === "available" || undefined;
  });
  return DBInstanceIdentifier;
}

/** A cluster without instances costs next to nothing, and can be snapshotted. */
async function cluster(place: Place): Promise<string> {
  const { rds } = place.here;
  const DBClusterIdentifier = place.name("aurora");
  const wish = { Engine: "aurora-postgresql", StorageEncrypted: true, ...login() };
  await rds.send(new CreateDBClusterCommand({ DBClusterIdentifier, ...wish }));
  place.afterwards(`DB cluster ${DBClusterIdentifier}`, () =>
    whenPossible(place, () =>
      rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot: true })),
    ),
  );
  await place.until("an available DB cluster", async () => {
    const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier }));
    return DBClusters?.[0]?.Status === "available" || undefined;
  });
  return DBClusterIdentifier;
}

/** Begins a snapshot of an instance; waits while another one is being made, for RDS makes one at a time. */
export async function snapshotOf(place: Place, id: string, Tags: Tag[] = []): Promise<DBSnapshot> {
  const { rds } = place.here;
  const DBSnapshotIdentifier = place.name("snap");
  const wish = { DBInstanceIdentifier: id, DBSnapshotIdentifier, Tags };
  const made = await whenPossible(place, () => rds.send(new CreateDBSnapshotCommand(wish)));
  removeLater(place, rds, DBSnapshotIdentifier);
  return made.DBSnapshot ?? {};
}

/** The same of a cluster. */
export async function clusterSnapshotOf(
  place: Place,
  id: string,
  Tags: Tag[] = [],
): Promise<DBClusterSnapshot> {
  const { rds } = place.here;
  const DBClusterSnapshotIdentifier = place.name("snap");
  const wish = { DBClusterIdentifier: id, DBClusterSnapshotIdentifier, Tags };
  const made = await whenPossible(place, () => rds.send(new CreateDBClusterSnapshotCommand(wish)));
  removeClusterSnapshotLater(place, rds, DBClusterSnapshotIdentifier);
  return made.DBClusterSnapshot ?? {};
}

/** A snapshot of a shared database that is available; all cases that only read it share it. */
export function availableSnapshot(place: Place, which: "plain" | "encrypted"): Promise<DBSnapshot> {
  return place.bench.once(`snapshot ${which}`, async (bench) => {
    const { DBSnapshotIdentifier } = await snapshotOf(bench, await database(bench, which), tags);
    return available(bench, bench.here.rds, DBSnapshotIdentifier);
  });
}

/** The same of the shared cluster. */
export function availableClusterSnapshot(place: Place): Promise<DBClusterSnapshot> {
  return place.bench.once("snapshot cluster", async (bench) => {
    const made = await clusterSnapshotOf(bench, await database(bench, "cluster"), tags);
    return availableInCluster(bench, bench.here.rds, made.DBClusterSnapshotIdentifier);
  });
}

/** The tags of the shared snapshots. */
export const tags = [
  { Key: "conformance", Value: "yes" },
  { Key: "empty", Value: "" },
];

/** Waits until an instance snapshot is available, and gives it as it is then. */
export function available(place: Place, rds: RDSClient, DBSnapshotIdentifier?: string): Promise<DBSnapshot> {
  return place.until("an available snapshot", async () => {
    const answer = await rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }));
    const [snapshot] = answer.DBSnapshots ?? [];
    return snapshot?.Status === "available" ? snapshot : undefined;
  });
}

/** The same of a cluster snapshot. */
export function availableInCluster(
  place: Place,
  rds: RDSClient,
  DBClusterSnapshotIdentifier?: string,
): Promise<DBClusterSnapshot> {
  return place.until("an available cluster snapshot", async () => {
    const answer = await rds.send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier }));
    const [snapshot] = answer.DBClusterSnapshots ?? [];
    return snapshot?.Status === "available" ? snapshot : undefined;
  });
}

/** Removes an instance snapshot when the case is over. */
export function removeLater(place: Place, rds: RDSClient, DBSnapshotIdentifier: string): void {
  place.afterwards(`DB snapshot ${DBSnapshotIdentifier}`, () =>
    whenPossible(place, () => rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier }))),
  );
}

/** The same of a cluster snapshot. */
export function removeClusterSnapshotLater(place: Place, rds: RDSClient, id: string): void {
  place.afterwards(`DB cluster snapshot ${id}`, () =>
    whenPossible(place, () =>
      rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id })),
    ),
  );
}

/** Repeats a call as long as the state of something forbids it. */
export function whenPossible<T>(place: Place, call: () => Promise<T>): Promise<T> {
  return place.until("a state that allows the call", async () => {
    try {
      return await call();
    } catch (thrown) {
      if (thrown instanceof Error && /^InvalidDB\w*State(Fault)?$/.test(thrown.name)) return undefined;
      throw thrown;
    }
  });
}
