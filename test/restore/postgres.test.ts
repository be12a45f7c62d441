import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HydrateRequest } from "../../functions/core/hydrate.ts";
import type { Source } from "../../functions/core/source.ts";
import { hydrate } from "../../functions/hydrate/hydrate.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { World } from "../../functions/world.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { Databases } from "../../local/databases.ts";
import { kmsService } from "../../local/services/kms.ts";
import { rdsService } from "../../local/services/rds.ts";
import { s3Service } from "../../local/services/s3.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { AwsError, Twin } from "../../local/twin.ts";
import { environmentOf } from "../core/situation.ts";
import { dataFolder, sql } from "../local/stand-in.ts";
import { putUpVaults, worldIn } from "../worlds.ts";
import { execution, factsOf, orders, request, undoing } from "./place.ts";

/*
 * A whole restore with real data: what PostgreSQL says before the loss and after the restore.
 */
const folder = dataFolder();
const password = "first password";
const environment = environmentOf(orders);
const clock = new VirtualClock("2026-11-21T03:00:00Z");
const twin = new Twin({ clock });
const away = new Set<string>();
let databases: Databases;
let primary: World & ReturnType<typeof worldIn>;
let recovery: typeof primary;

const digest = "SELECT count(*)::int AS rows, md5(string_agg(note, ',' ORDER BY id)) AS digest FROM orders";
const call = (operation: string, input: Record<string, unknown>) =>
  twin.call({ service: "rds", region: "eu-west-1", operation, input, principal: "test" });

beforeAll(async () => {
  databases = await Databases.open(folder, { volatile: true });
  const soon = () => 5;
  const rds = rdsService(twin, {
    storage: databases,
    ...{ snapshotSeconds: soon, copySeconds: soon, restoreSeconds: soon },
    ...{ changeSeconds: soon, deleteSeconds: soon },
  });
  for (const service of [kmsService(twin), s3Service(twin, memoryBlobs()), secretsService(twin), rds])
    twin.register(service);
  twin.register({
    name: "events",
    operations: { PutEvents: () => ({ FailedEntryCount: 0, Entries: [{}] }) },
  });
  await putUpVaults(twin, environment);
  await call("CreateDBInstance", {
    ...{ DBInstanceIdentifier: "orders-db", Engine: "postgres", BackupRetentionPeriod: 0 },
    ...{ MasterUsername: "postgres", MasterUserPassword: password, StorageEncrypted: true },
  });
  twin.interceptors.push((made, proceed) => {
    if (away.has(made.region)) throw new AwsError("ServiceUnavailable", `${made.region} is away`, 503);
    return proceed();
  });
  primary = worldIn(twin, environment, "eu-west-1");
  recovery = worldIn(twin, environment, "eu-central-1");
});

afterAll(async () => {
  await databases.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

async function portOf(world: World, id = "orders-db"): Promise<number> {
  return (await world.databases.ready({ kind: "instance", id }))?.endpoint?.port ?? 0;
}

/** Lets some time pass on the virtual clock, and a little of ours, in which PostgreSQL works. */
async function pass(seconds: number) {
  clock.advance(seconds * 1_000);
  await sleep(100);
}

async function finish<O>(running: {
  run(): Promise<void>;
  status: string;
  dueMs: number | undefined;
  result(): O;
}): Promise<O> {
  for (let round = 0; round < 600; round++) {
    await running.run();
    if (running.status !== "running") return running.result();
    await pass(Math.max(1, ((running.dueMs ?? 0) - clock.now()) / 1_000));
  }
  throw new Error("it did not end");
}

test("a lost database comes back in the other region with every row that its copy has", async () => {
  const rows = "SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 20000) i";
  await sql(await portOf(primary), password, `CREATE TABLE orders AS ${rows}`);
  const [before] = await sql(await portOf(primary), password, digest);
  for (let round = 0; round < 100; round++) {
    await reconcile(primary);
    await reconcile(recovery);
    const copied: string[] = [];
    for await (const { key } of recovery.catalog.list("catalog/points/orders/")) copied.push(key);
    if (copied.some((key) => key.includes("copied-eu-central-1"))) break;
    await pass(10);
  }
  await sql(await portOf(primary), password, "DELETE FROM orders");

  away.add("eu-west-1");
  const wish = request(recovery);
  const { back } = await finish(execution(wish, recovery, { clock }));
  expect(await sql(back.database?.endpoint?.port ?? 0, password, digest)).toEqual([before]);
  away.delete("eu-west-1");
  expect((await factsOf(recovery, wish.id)).finished?.secondsToAvailable).toBeGreaterThan(5);
});

test("what gives way keeps its rows under its other name, and has its own again after the undo", async () => {
  expect(await sql(await portOf(primary), password, digest)).toMatchObject([{ rows: 0 }]);
  const point = await firstPoint();
  const wish = request(primary, {
    wanted: { which: "point", point },
    replace: { prebackup: true },
  });
  const { back } = await finish(execution(wish, primary, { clock }));
  expect(await sql(await portOf(primary), password, digest)).toMatchObject([{ rows: 20_000 }]);
  const gaveWay = back.database?.replaced?.id ?? "";
  expect(await sql(await portOf(primary, gaveWay), password, digest)).toMatchObject([{ rows: 0 }]);

  await finish(undoing(wish.id, primary, { clock }));
  expect(await sql(await portOf(primary), password, digest)).toMatchObject([{ rows: 0 }]);
  const undone = gaveWay.replace("before", "undone");
  expect(await sql(await portOf(primary, undone), password, digest)).toMatchObject([{ rows: 20_000 }]);
});

test("asked to, it is read whole as it was restored, before it gets its name", async () => {
  const secret = { Name: "orders-reader", SecretString: JSON.stringify({ username: "postgres", password }) };
  const made = (await twin.call({
    ...{ service: "secretsmanager", region: "eu-west-1", operation: "CreateSecret", input: secret },
    principal: "test",
  })) as { ARN: string };
  const network = { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] };
  const reading: World & ReturnType<typeof worldIn> = {
    ...primary,
    environment: {
      ...environmentOf({ ...orders, hydrate: { secretArn: made.ARN } } as Source),
      restores: { hydrate: { primary: network } },
    },
  };
  const from: string[] = [];
  const ask = async (_: string, input: unknown) => {
    const asked = HydrateRequest.parse(input);
    from.push(asked.after?.database ?? "the beginning");
    const around = { secret: primary.secrets.text, now: () => new Date(), remainingMs: () => leftMs() };
    return hydrate(asked, around);
  };
  // Time for some statements, so that there are parts.
  let statements = 0;
  const leftMs = () => (++statements % 100 === 0 ? 0 : 600_000);
  const wish = request(reading, {
    wanted: { which: "point", point: await firstPoint() },
    hydrate: true,
    as: "orders-db-then",
  });
  const world = { ...reading, invoke: { ...reading.invoke, ask } };
  const { back } = await finish(execution(wish, world, { clock }));
  expect(back.database).toMatchObject({ id: "orders-db-then" });
  const { hydration } = back;
  expect(hydration?.parts).toBeGreaterThan(1);
  expect(from).toHaveLength(hydration?.parts ?? 0);
  expect(hydration).toMatchObject({ unreadCount: 0 });
  expect(hydration?.stopped).toBeUndefined();
  expect(hydration?.readBytes).toBeGreaterThan(4 * 2 ** 20);
  expect(await sql(back.database?.endpoint?.port ?? 0, password, digest)).toMatchObject([{ rows: 20_000 }]);
});

/** The first point of all: taken before the rows were deleted. */
async function firstPoint(): Promise<string> {
  for await (const { key } of primary.catalog.list("catalog/points/orders/")) return key.split("/")[3] ?? "";
  throw new Error("there is no point");
}
