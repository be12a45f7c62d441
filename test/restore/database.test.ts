import { beforeEach, expect, test } from "vitest";
import { Problem } from "../../functions/core/problem.ts";
import { execution, factsOf, place, request } from "./place.ts";

/*
 * Restores of a database: it comes back usable, under its name, and what gave way can have it back.
 */
let at: Awaited<ReturnType<typeof place>>;

beforeEach(async () => {
  at = await place();
});

test("a lost database comes back under its name, with what its snapshot did not carry", async () => {
  const { primary, clock, call } = at;
  await call("eu-west-1", "ModifyDBInstance", {
    DBInstanceIdentifier: "orders-db",
    DeletionProtection: false,
  });
  await call("eu-west-1", "DeleteDBInstance", { DBInstanceIdentifier: "orders-db", SkipFinalSnapshot: true });
  clock.advance(600_000);
  const wish = request(primary);
  const { database } = (await execution(wish, primary, { clock }).finish()).back;

  expect(database).toMatchObject({ kind: "instance", id: "orders-db" });
  const context = await primary.databases.context({ ...at.environment.sources[0] } as never);
  expect(context).toMatchObject({
    ...{ subnetGroup: "private", securityGroupIds: ["sg-1"], deletionProtection: true },
    ...{ backupRetentionDays: 7, monitoring: { intervalSeconds: 60 }, tags: { team: "orders" } },
    parameterGroup: { name: "tuned", changed: { work_mem: "65536" } },
    instances: [{ instanceClass: "db.r6g.large" }],
  });
  expect(await primary.databases.scratch()).toEqual([]);
  const facts = await factsOf(primary, wish.id);
  expect(Object.keys(facts)).toEqual(["began-1", "began-2", "began-3", "finished", "planned", "requested"]);
  expect(facts.finished?.secondsToAvailable).toBeGreaterThan(12 * 60);
  expect(facts.finished?.took?.map(({ step }) => step)).toEqual(["restore", "settings", "keep"]);
});

test("what is there is not touched unless it is to give way", async () => {
  const { primary, clock } = at;
  const wish = request(primary);
  await expect(execution(wish, primary, { clock }).finish()).rejects.toMatchObject({
    code: "conflict",
    message: "there is a database orders-db in eu-west-1 already",
  });
  expect(Object.keys(await factsOf(primary, wish.id))).toEqual(["failed", "requested"]);
  expect(at.databases("eu-west-1")).toEqual(["orders-db"]);
});

test("what gives way keeps everything under another name, after a fresh point of it", async () => {
  const { primary, clock } = at;
  const before = await primary.databases.describe({ kind: "instance", id: "orders-db" });
  const wish = request(primary, { replace: { prebackup: true } });
  const { database } = (await execution(wish, primary, { clock }).finish()).back;

  const stamp = wish.id.slice(-16);
  expect(at.databases("eu-west-1")).toEqual(["orders-db", `orders-db-before-${stamp}`]);
  expect(database).toMatchObject({
    id: "orders-db",
    replaced: { id: `orders-db-before-${stamp}`, resourceId: before?.resourceId },
  });
  expect(database?.resourceId).not.toBe(before?.resourceId);
  const facts = await factsOf(primary, wish.id);
  expect(facts.planned?.plan?.steps.map(({ name }) => name)).toEqual([
    ...["pre-backup", "restore", "settings", "keep", "swap"],
  ]);
  // The fresh point is one like any other: the reconciler finds it and its plan keeps it.
  await at.pass(1);
  const point = `test-orders-${stamp.slice(0, 13)}z`;
  expect(at.calls.filter((made) => made === "eu-west-1 rds:CreateDBSnapshot").length).toBeGreaterThan(0);
  expect([...at.rds.state.snapshots.values()].map(({ id }) => id)).toContain(point);
});

test("in the recovery region it comes back from the copy while the primary region answers nothing at all", async () => {
  const { recovery, clock, calls } = at;
  at.deny("eu-west-1");
  calls.length = 0;
  const wish = request(recovery);
  const { database } = (await execution(wish, recovery, { clock }).finish()).back;

  expect(calls.filter((made) => made.startsWith("eu-west-1"))).toEqual([]);
  expect(database).toMatchObject({ id: "orders-db", keyArn: recovery.vaultKeyArn });
  const group = await recovery.databases.parameterGroup("instance", "tuned");
  expect(group?.changed).toEqual({ work_mem: "65536" });
  const notes = (await factsOf(recovery, wish.id)).planned?.plan?.notes.join(" ");
  expect(notes).toMatch(/subnet group private does not exist in eu-central-1.*security groups of eu-west-1/);
});

test("an instant in the reach of automated backups is restored, and one outside is refused with the reach", async () => {
  const { primary, clock } = at;
  const arn = `arn:aws:rds:eu-west-1:${at.environment.account}:db:orders-db`;
  const [backups] = await primary.databases.backupsOf(arn);
  const until = Date.parse(backups?.window?.until ?? "");
  const then = new Date(until - 1_800_000).toISOString();
  const made = await execution(
    request(primary, { wanted: { which: "time", at: then }, as: "orders-then" }),
    primary,
    { clock },
  ).finish();
  expect(made.back.database?.id).toBe("orders-then");

  const early = request(primary, { wanted: { which: "time", at: "2001-01-01T00:00:00Z" }, as: "never" });
  await expect(execution(early, primary, { clock }).finish()).rejects.toMatchObject({
    code: "invalid",
    message: "automated backups of orders-db in eu-west-1 do not reach 2001-01-01T00:00:00Z",
    fix: expect.stringMatching(
      /^They reach 2026-11-21T00:00:00Z to 2026-11-21T\d\d:\d\d:00Z; or choose a point/,
    ),
  });
});

test("a database that was deleted comes back as it was at an instant, out of the backups that it left", async () => {
  const { primary, clock, call } = at;
  await call("eu-west-1", "ModifyDBInstance", {
    ...{ DBInstanceIdentifier: "orders-db", DeletionProtection: false, ApplyImmediately: true },
  });
  clock.advance(300_000);
  await call("eu-west-1", "DeleteDBInstance", {
    ...{ DBInstanceIdentifier: "orders-db", SkipFinalSnapshot: true, DeleteAutomatedBackups: false },
  });
  clock.advance(3_600_000);
  expect(at.databases("eu-west-1")).toEqual([]);
  const arn = `arn:aws:rds:eu-west-1:${at.environment.account}:db:orders-db`;
  const [left] = await primary.databases.backupsOf(arn);
  expect(left?.status).toBe("retained");
  const then = new Date(Date.parse(left?.window?.until ?? "") - 1_800_000).toISOString();
  const wish = request(primary, { wanted: { which: "time", at: then } });
  const { database } = (await execution(wish, primary, { clock }).finish()).back;
  expect(database).toMatchObject({ kind: "instance", id: "orders-db" });
  expect(database?.resourceId).not.toBe(left?.resourceId);
  expect((await primary.databases.describe({ kind: "instance", id: "orders-db" }))?.tags.team).toBe("orders");
});

test("an instant comes back in the recovery region, out of replicated backups, while the primary one is away", async () => {
  const { recovery, clock, call } = at;
  const SourceDBInstanceArn = `arn:aws:rds:eu-west-1:${at.environment.account}:db:orders-db`;
  const KmsKeyId = recovery.vaultKeyArn;
  await call("eu-central-1", "StartDBInstanceAutomatedBackupsReplication", { SourceDBInstanceArn, KmsKeyId });
  clock.advance(3_600_000);
  at.deny("eu-west-1");
  const then = new Date(clock.now() - 1_800_000).toISOString();
  const wish = request(recovery, { wanted: { which: "time", at: then } });
  const { database } = (await execution(wish, recovery, { clock }).finish()).back;
  expect(database).toMatchObject({ id: "orders-db", keyArn: KmsKeyId });
  const { planned } = await factsOf(recovery, wish.id);
  expect(planned?.plan).toMatchObject({ dataAt: then, from: "automated backups of orders-db, replicated" });
});

test("a restore that RDS fails leaves what was there, and nothing else", async () => {
  const { primary, clock, rds } = at;
  Object.assign(rds.state.options, { restoreFate: () => "failed" });
  const wish = request(primary, { replace: { prebackup: false } });
  await expect(execution(wish, primary, { clock }).finish()).rejects.toBeInstanceOf(Problem);
  expect(at.databases("eu-west-1")).toEqual(["orders-db"]);
  const facts = await factsOf(primary, wish.id);
  expect(facts.failed?.reason).toMatch(/went to status "failed"/);
  expect(facts.failed?.leftBehind).toBeUndefined();
});

test("the point is held while it is read, and released in the end", async () => {
  const { recovery, clock } = at;
  const wish = request(recovery);
  const running = execution(wish, recovery, { clock });
  await running.run();
  const { point = "" } = (await factsOf(recovery, wish.id)).planned?.plan ?? {};
  const names = async () => {
    const keys: string[] = [];
    for await (const { key } of recovery.catalog.list(`catalog/points/orders/${point}/`)) keys.push(key);
    return keys.join();
  };
  expect(await names()).toContain(`held-restore-${wish.id}`);
  expect(await names()).not.toContain("released");
  await running.finish();
  expect(await names()).toContain(`released-restore-${wish.id}`);
});
