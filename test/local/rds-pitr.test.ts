import { rmSync } from "node:fs";
import {
  CreateDBInstanceCommand,
  type DBInstance,
  DeleteDBInstanceCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  type RDSClient,
  RestoreDBInstanceToPointInTimeCommand,
  type RestoreDBInstanceToPointInTimeCommandInput,
  StartDBInstanceAutomatedBackupsReplicationCommand,
} from "@aws-sdk/client-rds";
import { afterAll, beforeAll, expect, test } from "vitest";
import { realClock } from "../../local/clock.ts";
import { Databases } from "../../local/databases.ts";
import { dataFolder, sql, standIn, until } from "./stand-in.ts";

/*
 * Restores to an instant with real data, out of the automated backups here and out of their replica there.
 */
const folder = dataFolder();
const password = "first password";
const quick = () => 0.1;
let databases: Databases;
let here: RDSClient;
let there: RDSClient;
let events: string[];
/** When only the first row was there. */
let between: Date;

beforeAll(async () => {
  databases = await Databases.open(folder, { volatile: true });
  const seconds = { createSeconds: () => 0, restoreSeconds: quick, changeSeconds: quick };
  const others = { deleteSeconds: quick, sealSeconds: 0.3 };
  const built = standIn(realClock, { storage: databases, ...seconds, ...others });
  ({ here, there } = built);
  events = [];
  built.twin.onEvent(({ detail }) => events.push(`${detail.EventID} ${detail.SourceIdentifier}`));
  await here.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: "orders-db",
      DBInstanceClass: "db.r6g.large",
      Engine: "postgres",
      MasterUsername: "postgres",
      MasterUserPassword: password,
      BackupRetentionPeriod: 7,
    }),
  );
  const { Endpoint, DBInstanceArn } = await available(here, "orders-db");
  await there.send(
    new StartDBInstanceAutomatedBackupsReplicationCommand({ SourceDBInstanceArn: DBInstanceArn }),
  );
  const port = Endpoint?.Port ?? 0;
  const insert = (text: string) => `INSERT INTO orders VALUES ('${text}')`;
  await sql(port, password, "CREATE TABLE orders (note text)", insert("first"));
  await until("the first backup", async () => {
    const earliest = (await windowIn(here))?.RestoreWindow?.EarliestTime;
    return (earliest && earliest < new Date()) || undefined;
  });
  between = new Date();
  await new Promise((after) => setTimeout(after, 20));
  await sql(port, password, insert("second"));
});

afterAll(async () => {
  await databases.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

function available(client: RDSClient, id: string): Promise<DBInstance> {
  return until(`${id} available`, async () => {
    const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
    const [one] = (await client.send(asked)).DBInstances ?? [];
    if (one?.DBInstanceStatus === "failed") throw new Error(`${id} failed`);
    return one?.DBInstanceStatus === "available" ? one : undefined;
  });
}

async function windowIn(client: RDSClient) {
  const { DBInstanceAutomatedBackups: [backups] = [] } = await client.send(
    new DescribeDBInstanceAutomatedBackupsCommand({}),
  );
  return backups;
}

/** Waits until an instant can be restored in a region. */
function reached(client: RDSClient, at: Date) {
  return until(`${at.toISOString()} restorable`, async () => {
    const backups = await windowIn(client);
    return (backups?.RestoreWindow?.LatestTime ?? 0) >= at ? backups : undefined;
  });
}

async function notesOf(client: RDSClient, input: RestoreDBInstanceToPointInTimeCommandInput) {
  await client.send(new RestoreDBInstanceToPointInTimeCommand(input));
  const { Endpoint } = await available(client, input.TargetDBInstanceIdentifier ?? "");
  const rows = await sql<{ note: string }>(Endpoint?.Port ?? 0, password, "SELECT note FROM orders");
  return rows.map(({ note }) => note);
}

test("an instant between two inserts gives exactly the first", async () => {
  const backups = await reached(here, between);
  expect(backups).toMatchObject({ Status: "active", BackupRetentionPeriod: 7, Region: "eu-west-1" });
  expect(
    await notesOf(here, {
      SourceDBInstanceIdentifier: "orders-db",
      TargetDBInstanceIdentifier: "then",
      RestoreTime: between,
    }),
  ).toEqual(["first"]);
});

test("the latest restorable time gives what is secured, and the restored instance has backups of its own", async () => {
  await reached(here, new Date());
  expect(
    await notesOf(here, {
      SourceDBInstanceIdentifier: "orders-db",
      TargetDBInstanceIdentifier: "latest",
      UseLatestRestorableTime: true,
    }),
  ).toEqual(["first", "second"]);
  const { LatestRestorableTime } = await until("a window", async () => {
    const one = await available(here, "latest");
    return one.LatestRestorableTime ? one : undefined;
  });
  const again = { SourceDBInstanceIdentifier: "latest", UseLatestRestorableTime: true };
  expect(LatestRestorableTime).toBeInstanceOf(Date);
  expect(await notesOf(here, { ...again, TargetDBInstanceIdentifier: "of-latest" })).toEqual([
    "first",
    "second",
  ]);
});

test("an instant outside of the window is refused, and the answer names the reachable end", async () => {
  const restore = (RestoreTime: Date) =>
    here.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: "orders-db",
        TargetDBInstanceIdentifier: "never",
        RestoreTime,
      }),
    );
  const name = "InvalidParameterValue";
  await expect(restore(new Date(Date.now() + 60_000))).rejects.toMatchObject({
    name,
    message: expect.stringMatching(/cannot be restored to a time later than \d{4}-/),
  });
  await expect(restore(new Date(Date.now() - 3_600_000))).rejects.toMatchObject({
    name,
    message: expect.stringMatching(/cannot be restored to a time earlier than .* set to 7 days/),
  });
});

test("backups that are switched off are told, and no instant can be restored any more", async () => {
  const input = { DBInstanceIdentifier: "then", BackupRetentionPeriod: 0, ApplyImmediately: true };
  await here.send(new ModifyDBInstanceCommand(input));
  await until("the change", async () => events.includes("RDS-EVENT-0028 then") || undefined);
  await expect(
    here.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: "then",
        TargetDBInstanceIdentifier: "never",
        UseLatestRestorableTime: true,
      }),
    ),
  ).rejects.toMatchObject({ name: "PointInTimeRestoreNotEnabled" });
});

test("the replica in the other region restores an instant when the source is gone", async () => {
  await reached(there, between);
  const SkipFinalSnapshot = true;
  await here.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: "orders-db", SkipFinalSnapshot }));
  await until("the deletion", async () => {
    const { DBInstances = [] } = await here.send(new DescribeDBInstancesCommand({}));
    return DBInstances.every((one) => one.DBInstanceIdentifier !== "orders-db") || undefined;
  });
  const backups = await windowIn(there);
  expect(backups).toMatchObject({ Status: "retained", Region: "eu-west-1" });
  const SourceDBInstanceAutomatedBackupsArn = backups?.DBInstanceAutomatedBackupsArn;
  expect(
    await notesOf(there, {
      SourceDBInstanceAutomatedBackupsArn,
      TargetDBInstanceIdentifier: "elsewhere",
      RestoreTime: between,
    }),
  ).toEqual(["first"]);
});
