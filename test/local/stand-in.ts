import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  CreateDBSubnetGroupCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import pg from "pg";
import { type Clock, VirtualClock } from "../../local/clock.ts";
import { connect } from "../../local/in-process.ts";
import { kmsService } from "../../local/services/kms.ts";
import { rdsService } from "../../local/services/rds.ts";
import type { RdsOptions } from "../../local/services/rds-state.ts";
import { Twin } from "../../local/twin.ts";

/** A stand-in with RDS and KMS, and a client of each of two regions in the same process. */
export function standIn(clock: Clock, options: RdsOptions) {
  const twin = new Twin({ clock });
  const rds = rdsService(twin, options);
  for (const service of [kmsService(twin), rds]) twin.register(service);
  const client = (region: string) => connect(new RDSClient({ region }), { twin, service: "rds", region });
  return { twin, rds, here: client("eu-west-1"), there: client("eu-central-1") };
}

/** A folder for databases, which PostgreSQL reaches as the user that it runs as. */
export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  chmodSync(folder, 0o711);
  return folder;
}

/** Asks until there is an answer, for at most a minute. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what} did not come about`);
    await new Promise((after) => setTimeout(after, 50));
  }
}

/** The rows of one statement in a database of the stand-in. */
export async function sql<T extends pg.QueryResultRow>(
  port: number,
  password: string,
  ...statements: string[]
): Promise<T[]> {
  const login = { host: "127.0.0.1", port, user: "postgres", password, database: "postgres" };
  const client = new pg.Client(login);
  await client.connect();
  try {
    let rows: T[] = [];
    for (const statement of statements) rows = (await client.query<T>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** On a virtual clock, without data: the encrypted instance orders-db in eu-west-1 with its snapshot s1. */
export async function ordersDb(options: RdsOptions = {}) {
  const clock = new VirtualClock();
  const built = standIn(clock, options);
  const { here } = built;
  const group = { DBSubnetGroupName: "private", DBSubnetGroupDescription: "private" };
  await here.send(new CreateDBSubnetGroupCommand({ ...group, SubnetIds: ["subnet-1", "subnet-2"] }));
  const DBInstanceIdentifier = "orders-db";
  await here.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier,
      DBInstanceClass: "db.r6g.large",
      Engine: "postgres",
      EngineVersion: "17.5",
      BackupRetentionPeriod: 3,
      DBSubnetGroupName: "private",
      VpcSecurityGroupIds: ["sg-1", "sg-2"],
      EnableCloudwatchLogsExports: ["postgresql"],
      Tags: [{ Key: "team", Value: "orders" }],
      StorageEncrypted: true,
    }),
  );
  await here.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier: "s1" }));
  clock.advance(120_000);
  return { ...built, clock };
}

/** One instance as DescribeDBInstances answers it. */
export async function look(client: RDSClient, id: string) {
  const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
  return (await client.send(asked)).DBInstances?.[0];
}
