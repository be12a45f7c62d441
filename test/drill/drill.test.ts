import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drillKey } from "../../functions/catalog/keys.ts";
import { DrillFinishedFact } from "../../functions/core/drill.ts";
import { factText } from "../../functions/core/fact.ts";
import type { Finding } from "../../functions/core/finding.ts";
import { drillSubnetGroup } from "../../functions/core/names.ts";
import { verifyText } from "../../functions/signing/certificate.ts";
import { Databases } from "../../local/databases.ts";
import { dataFolder, sql } from "../local/stand-in.ts";
import { orders, putUpDrills, realChecker } from "./house.ts";

/*
 * A drill from end to end on real PostgreSQL: what is restored, checked and taken away are real databases.
 */
const folder = dataFolder();
const password = "first password";
let databases: Databases;
let house: Awaited<ReturnType<typeof putUpDrills>>;
/** Runs in the clone, after it was restored and before it is checked. */
let meddle: ((port: number, password: string) => Promise<unknown>) | undefined;

beforeAll(async () => {
  databases = await Databases.open(folder, { volatile: true });
  const checks = [{ sql: "SELECT count(*) FROM orders", expect: 2_000 }];
  house = await putUpDrills([{ ...orders, checks } as typeof orders], {
    storage: databases,
    checker: async (request, world) => {
      const secret = JSON.parse(await world.secrets.text(request.secretId));
      await meddle?.(request.port, secret.password);
      return realChecker(request, world);
    },
  });
  await house.call("eu-west-1", "CreateDBInstance", {
    DBInstanceIdentifier: "orders-db",
    DBInstanceClass: "db.r6g.large",
    Engine: "postgres",
    MasterUsername: "postgres",
    MasterUserPassword: password,
    BackupRetentionPeriod: 0,
  });
  const [source] = house.rds.state.databases.values();
  await sql(
    source?.endpoint?.port ?? 0,
    password,
    "CREATE TABLE orders (id int PRIMARY KEY, note text)",
    "INSERT INTO orders SELECT i, md5(i::text) FROM generate_series(1, 2000) i",
  );
  await house.pass(10);
  // How long real copies take, real time tells; all of it is within the hour of the first slot.
  for (let passes = 0; passes < 25 && house.started.size === 0; passes++) await house.pass(2);
}, 60_000);

afterAll(async () => {
  await databases.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

test("the newest copy is restored in the recovery region, proved, measured and taken away again", async () => {
  const asked = { source: "orders", drill: "20261121T0300Z", by: "schedule" };
  expect([...house.started]).toEqual([["test-orders-drill-20261121T0300Z", asked]]);
  const durable = house.execution({ drill: "20261121T0300Z", by: "schedule" });
  expect(await house.finish(durable)).toEqual({
    source: "orders",
    drill: "20261121T0300Z",
    outcome: "passed",
  });
  const fact = await house.certificate("20261121T0300Z");
  expect(fact).toMatchObject({
    outcome: "passed",
    point: "20261121T0300Z",
    region: "eu-central-1",
    identifier: "orders-db",
    database: {
      clone: "test-orders-drill-20261121t0300z",
      restoredFrom: "test-orders-20261121t0300z",
      engine: expect.stringMatching(/^postgres 1\d/),
      instanceClass: "db.t4g.micro",
    },
    differences: [],
    fingerprint: { databases: 1, tables: 1, rows: 2_000, comparedWith: [] },
    tornDown: ["test-orders-drill-20261121t0300z"],
    leftBehind: [],
  });
  expect(fact.checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    "answers postgres passed",
    "indexes postgres passed",
    "sql 1 passed",
    "fingerprint postgres passed",
  ]);
  expect(fact.secondsToAvailable).toBeGreaterThanOrEqual(600);
  expect(fact.secondsToChecked).toBeGreaterThanOrEqual(fact.secondsToAvailable ?? 0);
  expect(verifyText(factText(DrillFinishedFact, fact)).mismatches).toEqual([]);
  expect(house.databases()).toEqual([]);
  const verified = await house.recovery.catalog.readPoint(
    "catalog/points/orders/20261121T0300Z/verified-eu-central-1.json",
  );
  expect(verified).toMatchObject({ level: "restorable", drill: "20261121T0300Z" });
}, 60_000);

test("the same point gives the same fingerprint in the next drill", async () => {
  await house.finish(house.execution({ drill: "20261121T0500Z" }));
  const fact = await house.certificate("20261121T0500Z");
  expect(fact.outcome).toBe("passed");
  expect(fact.point).toBe((await house.certificate("20261121T0300Z")).point);
  expect(fact.fingerprint?.comparedWith).toMatchObject([{ drill: "20261121T0300Z", region: "eu-central-1" }]);
}, 60_000);

test("one changed byte in one row of the clone refuses the certificate, and names table and range", async () => {
  meddle = (port, secret) =>
    sql(port, secret, "UPDATE orders SET note = overlay(note placing 'x' from 7 for 1) WHERE id = 700");
  await house.finish(house.execution({ drill: "20261121T0600Z" }));
  meddle = undefined;
  const fact = await house.certificate("20261121T0600Z");
  expect(fact).toMatchObject({
    outcome: "failed",
    reason: "table public.orders, id from 640 to 703: 64 rows, but not the same",
    differences: [{ name: "public.orders", from: "640", to: "703" }],
  });
  expect(house.databases()).toEqual([]);
}, 60_000);

test("that is a finding which freezes expiry, until a drill passes", async () => {
  const told = async () => {
    await house.pass(1);
    const keys: string[] = [];
    for await (const { key } of house.recovery.catalog.list("catalog/findings/drill-failed.")) keys.push(key);
    const open = keys.filter(
      (key) => key.endsWith("/opened.json") && !keys.includes(key.replace("opened", "ended")),
    );
    const facts = await Promise.all(open.map((key) => house.recovery.catalog.readFinding(key)));
    return facts.map(({ finding }): Finding => finding);
  };
  expect(await told()).toMatchObject([
    {
      source: "orders",
      region: "eu-central-1",
      message:
        'The point 20261121T0300Z of "orders" failed its drill: table public.orders, id from 640 to 703: 64 rows, but not the same.',
    },
  ]);
  await house.finish(house.execution({ drill: "20261121T0700Z", point: "20261121T0300Z" }));
  expect((await house.certificate("20261121T0700Z")).outcome).toBe("passed");
  expect(await told()).toEqual([]);
}, 60_000);

test("the same point restored in both regions has equal fingerprints, and a difference between them is found", async () => {
  const { primary, environment } = house;
  await house.call("eu-west-1", "CreateDBSubnetGroup", {
    ...{ DBSubnetGroupName: drillSubnetGroup(environment), DBSubnetGroupDescription: "drills" },
    SubnetIds: ["subnet-1", "subnet-2"],
  });
  // What the recovery region found is known here once its facts are.
  await house.pass(1);
  const there = { region: "eu-central-1", drill: "20261121T0300Z" };
  const at = (drill: string) => house.execution({ drill, point: "20261121T0300Z" }, { in: primary });
  await house.finish(at("20261121T0800Z"));
  const equal = await primary.catalog.readDrillFinished(drillKey("orders", "20261121T0800Z", "finished"));
  expect(equal).toMatchObject({ outcome: "passed", region: "eu-west-1" });
  expect(equal.fingerprint?.comparedWith).toContainEqual(expect.objectContaining(there));

  meddle = (port, secret) => sql(port, secret, "DELETE FROM orders WHERE id = 2000");
  await house.finish(at("20261121T0900Z"));
  meddle = undefined;
  const other = await primary.catalog.readDrillFinished(drillKey("orders", "20261121T0900Z", "finished"));
  expect(other.reason).toMatch(/^table public\.orders, id from 19\d\d to 2000: \d+ rows instead of \d+; /);
}, 60_000);
