import { rmSync } from "node:fs";
import {
  CopyDBClusterSnapshotCommand,
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  type DBCluster,
  type DBInstance,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  type RDSClient,
  RestoreDBClusterFromSnapshotCommand,
  RestoreDBClusterToPointInTimeCommand,
} from "@aws-sdk/client-rds";
import { afterAll, beforeAll, expect, test } from "vitest";
import { realClock } from "../../local/clock.ts";
import { Databases } from "../../local/databases.ts";
import { dataFolder, sql, standIn, until } from "./stand-in.ts";

/*
 * Aurora clusters with real data: it is the cluster's, and only an instance lets anybody reach it.
 */
const folder = dataFolder();
const password = "first password";
const quick = () => 0.1;
const Engine = "aurora-postgresql";
let databases: Databases;
let here: RDSClient;
let there: RDSClient;

beforeAll(async () => {
  databases = await Databases.open(folder, { volatile: true });
  const seconds = { snapshotSeconds: quick, copySeconds: quick, restoreSeconds: quick };
  const others = { changeSeconds: quick, deleteSeconds: quick, sealSeconds: 0.3 };
  ({ here, there } = standIn(realClock, { storage: databases, ...seconds, ...others }));
  const login = { MasterUsername: "postgres", MasterUserPassword: password };
  await here.send(new CreateDBClusterCommand({ DBClusterIdentifier: "ledger", Engine, ...login }));
  const port = await addInstance(here, "ledger", "ledger-1");
  await sql(port, password, "CREATE TABLE entries AS SELECT i AS id FROM generate_series(1, 1000) i");
});

afterAll(async () => {
  await databases.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

function cluster(client: RDSClient, id: string): Promise<DBCluster> {
  return until(`${id} available`, async () => {
    const asked = new DescribeDBClustersCommand({ DBClusterIdentifier: id });
    const [one] = (await client.send(asked).catch(() => undefined))?.DBClusters ?? [];
    return one?.Status === "available" ? one : undefined;
  });
}

function instance(client: RDSClient, id: string): Promise<DBInstance> {
  return until(`${id} available`, async () => {
    const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
    const [one] = (await client.send(asked)).DBInstances ?? [];
    return one?.DBInstanceStatus === "available" ? one : undefined;
  });
}

/** Gives a cluster an instance, and the port at which it then answers. */
async function addInstance(client: RDSClient, DBClusterIdentifier: string, id: string): Promise<number> {
  const own = { DBInstanceIdentifier: id, DBInstanceClass: "db.r6g.large" };
  await client.send(new CreateDBInstanceCommand({ DBClusterIdentifier, Engine, ...own }));
  return (await instance(client, id)).Endpoint?.Port ?? 0;
}

const count = "SELECT count(*)::int AS entries FROM entries";

test("a cluster restored from a copied snapshot has no reachable data until an instance is added", async () => {
  const DBClusterSnapshotIdentifier = "l1";
  await here.send(
    new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: "ledger", DBClusterSnapshotIdentifier }),
  );
  const snapshot = (client: RDSClient) =>
    until("the snapshot", async () => {
      const asked = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier });
      const [one] = (await client.send(asked)).DBClusterSnapshots ?? [];
      return one?.Status === "available" ? one.DBClusterSnapshotArn : undefined;
    });
  const from = { SourceDBClusterSnapshotIdentifier: await snapshot(here) };
  await there.send(
    new CopyDBClusterSnapshotCommand({
      ...from,
      TargetDBClusterSnapshotIdentifier: DBClusterSnapshotIdentifier,
    }),
  );
  const SnapshotIdentifier = await snapshot(there);
  await there.send(
    new RestoreDBClusterFromSnapshotCommand({ DBClusterIdentifier: "drill", SnapshotIdentifier, Engine }),
  );
  const restored = await cluster(there, "drill");
  expect(restored.DBClusterMembers).toEqual([]);
  await expect(sql(restored.Port ?? 0, password, count)).rejects.toThrow(/ECONNREFUSED/);
  const port = await addInstance(there, "drill", "drill-1");
  expect(await sql(port, password, count)).toEqual([{ entries: 1_000 }]);
  expect((await cluster(there, "drill")).DBClusterMembers).toMatchObject([
    { DBInstanceIdentifier: "drill-1", IsClusterWriter: true },
  ]);
});

test("a password set before there is an instance is the one that the instance takes", async () => {
  const MasterUserPassword = "second password";
  const SourceDBClusterIdentifier = "ledger";
  const latest = { UseLatestRestorableTime: true };
  await until("a first backup", async () => (await cluster(here, "ledger")).EarliestRestorableTime);
  const DBClusterIdentifier = "clone";
  await here.send(
    new RestoreDBClusterToPointInTimeCommand({ DBClusterIdentifier, SourceDBClusterIdentifier, ...latest }),
  );
  await cluster(here, "clone");
  await here.send(new ModifyDBClusterCommand({ DBClusterIdentifier, MasterUserPassword }));
  await cluster(here, "clone");
  const port = await addInstance(here, "clone", "clone-1");
  await expect(sql(port, password, count)).rejects.toThrow(/password authentication failed/);
  expect(await sql(port, MasterUserPassword, count)).toEqual([{ entries: 1_000 }]);
});

test("an instant between two inserts gives exactly what was there", async () => {
  const { Port = 0 } = await cluster(here, "ledger");
  await sql(Port, password, "CREATE TABLE notes (note text)", "INSERT INTO notes VALUES ('first')");
  const between = new Date();
  await new Promise((after) => setTimeout(after, 20));
  await sql(Port, password, "INSERT INTO notes VALUES ('second')");
  await until("the instant", async () => {
    const { LatestRestorableTime } = await cluster(here, "ledger");
    return (LatestRestorableTime && LatestRestorableTime >= between) || undefined;
  });
  const ids = { DBClusterIdentifier: "then", SourceDBClusterIdentifier: "ledger" };
  await here.send(new RestoreDBClusterToPointInTimeCommand({ ...ids, RestoreToTime: between }));
  await cluster(here, "then");
  const port = await addInstance(here, "then", "then-1");
  expect(await sql(port, password, "SELECT note FROM notes")).toEqual([{ note: "first" }]);
});

test("a cluster is not deleted while it has instances, and renamed it takes its port and instances along", async () => {
  const SkipFinalSnapshot = true;
  const remove = (DBClusterIdentifier: string) =>
    here.send(new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot }));
  await expect(remove("ledger")).rejects.toMatchObject({ name: "InvalidDBClusterStateFault" });
  const { Port } = await cluster(here, "ledger");
  for (const [DBClusterIdentifier, NewDBClusterIdentifier] of [
    ["ledger", "ledger-old"],
    ["then", "ledger"],
  ] as const) {
    const ApplyImmediately = true;
    await here.send(
      new ModifyDBClusterCommand({ DBClusterIdentifier, NewDBClusterIdentifier, ApplyImmediately }),
    );
    await cluster(here, NewDBClusterIdentifier);
  }
  const swapped = await cluster(here, "ledger");
  expect(swapped).toMatchObject({ Port, DBClusterMembers: [{ DBInstanceIdentifier: "then-1" }] });
  expect(await sql(Port ?? 0, password, "SELECT note FROM notes")).toEqual([{ note: "first" }]);

  await here.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: "then-1" }));
  await until("the deletion", async () => {
    const { DBInstances = [] } = await here.send(new DescribeDBInstancesCommand({}));
    return DBInstances.every((one) => one.DBInstanceIdentifier !== "then-1") || undefined;
  });
  await expect(sql(Port ?? 0, password, "SELECT 1")).rejects.toThrow(/ECONNREFUSED/);
  await remove("ledger");
});
