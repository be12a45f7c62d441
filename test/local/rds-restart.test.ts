import { rmSync } from "node:fs";
import {
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DescribeDBSnapshotsCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from "@aws-sdk/client-rds";
import { afterAll, expect, test } from "vitest";
import { realClock } from "../../local/clock.ts";
import { Databases } from "../../local/databases.ts";
import { dataFolder, look, sql, standIn, until } from "./stand-in.ts";

const folder = dataFolder();
const password = "first password";
let open: Databases;

/** A stand-in on the same folder, with what another one has saved. */
async function start(saved: unknown, restoreSeconds: number, sealSeconds: number) {
  open = await Databases.open(folder, { volatile: true });
  const quick = { snapshotSeconds: () => 0.1, restoreSeconds: () => restoreSeconds, sealSeconds };
  const built = standIn(realClock, { storage: open, ...quick });
  if (saved) await built.rds.load?.(JSON.parse(JSON.stringify(saved)));
  const available = (id: string) =>
    until(`${id} available`, async () => {
      const one = await look(built.here, id);
      return one?.DBInstanceStatus === "available" ? (one.Endpoint?.Port ?? 0) : undefined;
    });
  return { ...built, available, save: () => JSON.parse(JSON.stringify(built.rds.save?.())) as unknown };
}

afterAll(async () => {
  await open.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

test("databases, their ports, a restore under way and the automated backups survive a restart, even a kill", async () => {
  const first = await start(undefined, 3_600, 3_600);
  const { here } = first;
  const DBInstanceIdentifier = "orders-db";
  const login = { MasterUsername: "postgres", MasterUserPassword: password };
  const wish = { DBInstanceIdentifier, DBInstanceClass: "db.r6g.large", Engine: "postgres" };
  await here.send(new CreateDBInstanceCommand({ ...wish, ...login }));
  const port = await first.available(DBInstanceIdentifier);
  await sql(port, password, "CREATE TABLE orders AS SELECT i AS id FROM generate_series(1, 1000) i");
  await until("the first backup", async () => (await look(here, DBInstanceIdentifier))?.LatestRestorableTime);
  const DBSnapshotIdentifier = "s1";
  await here.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier }));
  await until("the snapshot", async () => {
    const { DBSnapshots } = await here.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }));
    return DBSnapshots?.[0]?.Status === "available" || undefined;
  });
  const clone = { DBInstanceIdentifier: "clone", DBSnapshotIdentifier };
  await here.send(new RestoreDBInstanceFromDBSnapshotCommand(clone));
  const saved = first.save() as { databases: [string, { task?: { endsMs: number } }][] };
  for (const [, { task }] of saved.databases) if (task) task.endsMs = Date.now();

  // The first is not closed: as if it had been killed, its servers still run. Only its copying has to be over, which
  // in this process nothing would kill.
  const killed = open;
  await killed.close(first.rds.state.database("instance", "eu-west-1", "clone"));
  const second = await start(saved, 0.1, 0.3);
  expect(await second.available(DBInstanceIdentifier)).toBe(port);
  expect(await sql(port, password, "SELECT count(*)::int AS n FROM orders")).toEqual([{ n: 1_000 }]);
  const clonePort = await second.available("clone");
  expect(await sql(clonePort, password, "SELECT count(*)::int AS n FROM orders")).toEqual([{ n: 1_000 }]);

  await sql(port, password, "INSERT INTO orders VALUES (1001)");
  const now = Date.now();
  await until("the instant", async () => {
    const latest = (await look(second.here, DBInstanceIdentifier))?.LatestRestorableTime;
    return (latest && latest.getTime() > now) || undefined;
  });
  await second.here.send(
    new RestoreDBInstanceToPointInTimeCommand({
      SourceDBInstanceIdentifier: DBInstanceIdentifier,
      TargetDBInstanceIdentifier: "latest",
      UseLatestRestorableTime: true,
    }),
  );
  const latest = await second.available("latest");
  expect(await sql(latest, password, "SELECT count(*)::int AS n FROM orders")).toEqual([{ n: 1_001 }]);
  await open.closeAll();
  await killed.closeAll();

  const third = await start(second.save(), 0.1, 3_600);
  expect(await third.available(DBInstanceIdentifier)).toBe(port);
  expect(await third.available("clone")).toBe(clonePort);
});
