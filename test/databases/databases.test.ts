import {
  AddTagsToResourceCommand,
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBParameterGroupCommand,
  ModifyDBInstanceCommand,
  type RDSClient,
} from "@aws-sdk/client-rds";
import { beforeEach, expect, test } from "vitest";
import type { Owner } from "../../functions/core/clone.ts";
import { Databases } from "../../functions/databases/databases.ts";
import type { VirtualClock } from "../../local/clock.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { look, ordersDb } from "../local/stand-in.ts";

/*
 * What restores and drills do to databases: repeatable by names, and never to what is not theirs.
 */
const environment = { name: "prod" };
const owner: Owner = { by: "restore", id: "orders-1", expiresAt: "2026-12-01T00:00:00Z" };
const clone = { kind: "instance", id: "clone" } as const;
let here: RDSClient;
let clock: VirtualClock;
let databases: Databases;

beforeEach(async () => {
  const built = await ordersDb();
  built.twin.register(secretsService(built.twin));
  ({ here, clock } = built);
  databases = new Databases(environment, here);
});

const restore = (by = owner) =>
  databases.restore(
    clone,
    { snapshot: "s1" },
    { instanceClass: "db.t4g.small", tags: { team: "orders" } },
    by,
  );

/** Asks again every minute, as a workflow would. */
async function poll<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let minutes = 0; minutes < 60; minutes++) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    clock.advance(60_000);
  }
  throw new Error("it did not come about");
}

test("a restore is begun once, however often it is asked for, and is ready when RDS says so", async () => {
  await restore();
  await restore();
  expect(await databases.ready(clone)).toBeUndefined();
  const ready = await poll(() => databases.ready(clone));
  expect(ready).toMatchObject({
    ...{ id: "clone", status: "available", state: "ready", deletionProtection: false },
    instances: [{ id: "clone", instanceClass: "db.t4g.small" }],
    tags: {
      ...{ team: "orders", "holdfast:environment": "prod", "holdfast:restore": "orders-1" },
      "holdfast:expires-at": "2026-12-01T00:00:00Z",
    },
  });
});

test("a name that is another's is refused, whoever the other is", async () => {
  await restore();
  const other = { ...owner, id: "orders-2" };
  await expect(restore(other)).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringContaining("orders-2"),
  });
  const source = { kind: "instance", id: "orders-db" } as const;
  await expect(databases.restore(source, { snapshot: "s1" }, { tags: {} }, owner)).rejects.toMatchObject({
    code: "invalid",
  });
});

test("only the owner's scratch is deleted: no source, no other's clone, and nothing that was kept", async () => {
  await restore();
  await poll(() => databases.ready(clone));
  const source = { kind: "instance", id: "orders-db" } as const;
  await expect(databases.remove(source, owner)).rejects.toMatchObject({ code: "invalid" });
  await expect(databases.remove(clone, { by: "drill", id: "orders-1" })).rejects.toMatchObject({
    code: "invalid",
  });
  expect(await poll(() => databases.remove(clone, owner))).toBe(true);
  expect(await databases.remove(clone, owner)).toBe(true);

  await restore();
  await databases.keep(await poll(() => databases.ready(clone)));
  await expect(databases.remove(clone, owner)).rejects.toMatchObject({ code: "invalid" });
  expect((await databases.describe(clone))?.tags).toMatchObject({ "holdfast:restore": "orders-1" });
});

test("scratch is found by its tags alone, and what only looks like ours is not", async () => {
  await restore();
  await poll(() => databases.ready(clone));
  const arn = (await look(here, "orders-db"))?.DBInstanceArn;
  const Tags = [{ Key: "holdfast:expires-at", Value: "2020-01-01T00:00:00Z" }];
  await here.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags }));
  expect(await databases.scratch()).toMatchObject([{ id: "clone", owner }]);
});

test("renaming goes by what a database is, not by what it is called, so that it can be repeated", async () => {
  await restore();
  const made = await poll(() => databases.ready(clone));
  const source = await databases.describe({ kind: "instance", id: "orders-db" });
  if (!source) throw new Error("no source");
  await expect(databases.rename(made, "orders-db")).rejects.toMatchObject({ code: "invalid" });
  await poll(() => databases.rename(source, "orders-db-before"));
  await poll(() => databases.rename(source, "orders-db-before"));
  const renamed = await poll(() => databases.rename(made, "orders-db"));
  expect(renamed).toMatchObject({ id: "orders-db", resourceId: made.resourceId });
  // Under its old name it is not there any more; RDS may be slow to show it under the new one.
  expect(await databases.rename(made, "elsewhere")).toBeUndefined();
});

test("the master password is RDS's own affair: it is kept in a secret that goes with the clone", async () => {
  await restore();
  await poll(() => databases.ready(clone));
  await databases.change(clone, { manageMasterPassword: true });
  const { masterSecretArn } = await poll(() => databases.ready(clone));
  expect(masterSecretArn).toMatch(/secret:rds!db-/);
  expect((await databases.describe({ kind: "instance", id: "orders-db" }))?.masterSecretArn).toBeUndefined();
  await poll(() => databases.remove(clone, owner));
});

test("a change that RDS has not applied yet keeps a database from being ready", async () => {
  await restore();
  await poll(() => databases.ready(clone));
  // Without ApplyImmediately it waits for a maintenance window, and says that it does.
  await here.send(
    new ModifyDBInstanceCommand({ DBInstanceIdentifier: "clone", DBInstanceClass: "db.r6g.large" }),
  );
  expect(await databases.describe(clone)).toMatchObject({ status: "available", state: "busy" });
});

test("a parameter group is made with its values, and somebody else's is left as it is", async () => {
  const changed = Object.fromEntries(Array.from({ length: 45 }, (_, i) => [`p${i}`, String(i)]));
  const wish = { name: "restored", family: "postgres17", changed };
  await databases.ensureParameterGroup("instance", wish, owner);
  await databases.ensureParameterGroup("instance", wish, owner);
  expect(await databases.parameterGroup("instance", "restored")).toMatchObject({
    family: "postgres17",
    changed,
  });

  const family = { DBParameterGroupFamily: "postgres17", Description: "theirs" };
  await here.send(new CreateDBParameterGroupCommand({ DBParameterGroupName: "theirs", ...family }));
  await expect(
    databases.ensureParameterGroup("instance", { ...wish, name: "theirs" }, owner),
  ).rejects.toMatchObject({
    code: "invalid",
  });
  await databases.removeParameterGroup("instance", "theirs", owner);
  await databases.removeParameterGroup("instance", "restored", owner);
  expect(await databases.parameterGroup("instance", "theirs")).toBeDefined();
  expect(await databases.parameterGroup("instance", "restored")).toBeUndefined();
});

test("automated backups tell which instants they reach, and one of them can be restored", async () => {
  clock.advance(3_600_000);
  const { DBInstanceArn = "" } = (await look(here, "orders-db")) ?? {};
  const [backups] = await databases.backupsOf(DBInstanceArn);
  if (!backups?.window) throw new Error("no window");
  const at = new Date(Date.parse(backups.window.until) - 600_000).toISOString();
  await databases.restore(clone, { backups, at }, { backupRetentionDays: 0, tags: {} }, owner);
  expect(await poll(() => databases.ready(clone))).toMatchObject({ id: "clone" });
  const never = { backups, at: "2001-01-01T00:00:00Z" };
  await expect(
    databases.restore({ ...clone, id: "never" }, never, { tags: {} }, owner),
  ).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("earlier than") });
});

test("an Aurora cluster is ready with its instances, is kept with them, and is removed with them", async () => {
  const login = { MasterUsername: "owner", MasterUserPassword: "first password" };
  const engine = "aurora-postgresql";
  await here.send(new CreateDBClusterCommand({ DBClusterIdentifier: "ledger", Engine: engine, ...login }));
  const DBClusterSnapshotIdentifier = "l1";
  await here.send(
    new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: "ledger", DBClusterSnapshotIdentifier }),
  );
  clock.advance(300_000);
  const cluster = { kind: "cluster", id: "clone" } as const;
  const begin = async () => {
    await databases.restore(cluster, { snapshot: "l1" }, { tags: {} }, owner);
    await poll(() => databases.ready(cluster));
    for (const id of ["clone-1", "clone-2"])
      await databases.addInstance(
        { id: "clone", engine },
        { id, instanceClass: "db.t4g.medium", tags: {} },
        owner,
      );
  };
  await begin();
  expect(await databases.ready(cluster)).toBeUndefined();
  const ready = await poll(() => databases.ready(cluster));
  expect(ready.instances.map(({ id }) => id)).toEqual(["clone-1", "clone-2"]);
  expect(await poll(() => databases.remove(cluster, owner))).toBe(true);
  expect(await databases.scratch()).toEqual([]);

  await begin();
  await databases.keep(await poll(() => databases.ready(cluster)));
  expect(await databases.scratch()).toEqual([]);
  expect(await databases.describe({ kind: "instance", id: "clone-2" })).toMatchObject({
    tags: { "holdfast:restore": "orders-1" },
  });
});
