import { rmSync } from "node:fs";
import {
  CopyDBSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  type DBInstance,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  type RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
} from "@aws-sdk/client-rds";
import { afterAll, beforeAll, expect, test } from "vitest";
import { realClock } from "../../local/clock.ts";
import { Databases } from "../../local/databases.ts";
import { dataFolder, sql, standIn, until } from "./stand-in.ts";

/*
 * Restores from snapshots with real data: what PostgreSQL says, not what Describe calls say.
 */
const folder = dataFolder();
const password = "first password";
let databases: Databases;
let here: RDSClient;
let there: RDSClient;
const quick = () => 0.1;

beforeAll(async () => {
  databases = await Databases.open(folder, { volatile: true });
  const seconds = { snapshotSeconds: quick, copySeconds: quick, restoreSeconds: quick };
  const others = { changeSeconds: quick, deleteSeconds: quick };
  ({ here, there } = standIn(realClock, { storage: databases, ...seconds, ...others }));
  await here.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: "orders-db",
      DBInstanceClass: "db.r6g.large",
      Engine: "postgres",
      MasterUsername: "postgres",
      MasterUserPassword: password,
      BackupRetentionPeriod: 0,
    }),
  );
  await sql(
    await portOf(here, "orders-db"),
    password,
    "CREATE TABLE orders AS SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 10000) i",
  );
  await here.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: "orders-db", DBSnapshotIdentifier: "s1" }),
  );
  const arn = await snapshotArn(here, "s1");
  await there.send(
    new CopyDBSnapshotCommand({ SourceDBSnapshotIdentifier: arn, TargetDBSnapshotIdentifier: "s1" }),
  );
  await snapshotArn(there, "s1");
});

afterAll(async () => {
  await databases.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

function available(client: RDSClient, id: string): Promise<DBInstance> {
  return until(`${id} available`, async () => {
    const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
    const answer = await client.send(asked).catch(() => undefined);
    const one = answer?.DBInstances?.[0];
    if (one?.DBInstanceStatus === "failed") throw new Error(`${id} failed`);
    return one?.DBInstanceStatus === "available" ? one : undefined;
  });
}

const portOf = async (client: RDSClient, id: string) => (await available(client, id)).Endpoint?.Port ?? 0;

function snapshotArn(client: RDSClient, id: string): Promise<string> {
  return until(`${id} available`, async () => {
    const answer = await client.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }));
    const [one] = answer.DBSnapshots ?? [];
    return one?.Status === "available" ? one.DBSnapshotArn : undefined;
  });
}

const digest = "SELECT count(*)::int AS rows, md5(string_agg(note, ',' ORDER BY id)) AS digest FROM orders";

async function restore(client: RDSClient, id: string): Promise<number> {
  const input = { DBInstanceIdentifier: id, DBSnapshotIdentifier: "s1" };
  await client.send(new RestoreDBInstanceFromDBSnapshotCommand(input));
  return portOf(client, id);
}

test("a restored instance has the rows that the source had at its snapshot, on a server of its own", async () => {
  const port = await portOf(here, "orders-db");
  const before = await sql(port, password, digest);
  await sql(port, password, "DELETE FROM orders WHERE id > 5000");
  const clone = await restore(here, "clone");
  expect(clone).not.toBe(port);
  expect(await sql(clone, password, digest)).toEqual(before);
  await sql(port, password, "INSERT INTO orders SELECT i, md5(i::text) FROM generate_series(5001, 10000) i");
});

test("the password is reset on the clone only", async () => {
  const clone = await restore(here, "reset");
  const MasterUserPassword = "it's another one";
  await here.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: "reset", MasterUserPassword }));
  await available(here, "reset");
  expect(await sql(clone, MasterUserPassword, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await expect(sql(clone, password, "SELECT 1")).rejects.toThrow(/password authentication failed/);
  expect(await sql(await portOf(here, "orders-db"), password, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("after a swap by renaming, clients of the old name find the restored data where they always connected", async () => {
  const port = await portOf(here, "orders-db");
  const clone = await restore(here, "swap-in");
  await sql(clone, password, "CREATE TABLE restored AS SELECT 1 AS one");
  const rename = async (DBInstanceIdentifier: string, NewDBInstanceIdentifier: string) => {
    const input = { DBInstanceIdentifier, NewDBInstanceIdentifier, ApplyImmediately: true };
    await here.send(new ModifyDBInstanceCommand(input));
    return portOf(here, NewDBInstanceIdentifier);
  };
  const old = await rename("orders-db", "orders-db-old");
  expect(await rename("swap-in", "orders-db")).toBe(port);
  expect(await sql(port, password, "SELECT one FROM restored")).toEqual([{ one: 1 }]);
  await expect(sql(old, password, "SELECT one FROM restored")).rejects.toThrow(/does not exist/);
  await rename("orders-db", "swap-out");
  expect(await rename("orders-db-old", "orders-db")).toBe(port);
  await expect(sql(port, password, "SELECT one FROM restored")).rejects.toThrow(/does not exist/);
});

test("a copied snapshot is restored in its region when the source instance is gone", async () => {
  const port = await portOf(here, "orders-db");
  const before = await sql(port, password, digest);
  const SkipFinalSnapshot = true;
  await here.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: "orders-db", SkipFinalSnapshot }));
  await until("the deletion", async () => {
    const { DBInstances = [] } = await here.send(new DescribeDBInstancesCommand({}));
    return DBInstances.every((one) => one.DBInstanceIdentifier !== "orders-db") || undefined;
  });
  await expect(sql(port, password, "SELECT 1")).rejects.toThrow(/ECONNREFUSED/);
  expect(await sql(await restore(there, "drill"), password, digest)).toEqual(before);
});
