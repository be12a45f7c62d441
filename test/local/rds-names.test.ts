import {
  DeleteDBInstanceCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  type RDSClient,
  RebootDBInstanceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  type RestoreDBInstanceFromDBSnapshotCommandInput,
} from "@aws-sdk/client-rds";
import { beforeEach, describe, expect, test } from "vitest";
import type { VirtualClock } from "../../local/clock.ts";
import type { RdsOptions } from "../../local/services/rds-state.ts";
import { look, ordersDb, standIn } from "./stand-in.ts";

/*
 * Restores as names on a virtual clock, as simulations use them: states, refusals, faults.
 */
let clock: VirtualClock;
let here: RDSClient;
let built: Awaited<ReturnType<typeof ordersDb>>;
const DBInstanceIdentifier = "orders-db";
const DBSnapshotIdentifier = "s1";

async function putUp(options: RdsOptions = {}) {
  built = await ordersDb(options);
  ({ clock, here } = built);
}

beforeEach(() => putUp());

const restore = (input: Partial<RestoreDBInstanceFromDBSnapshotCommandInput> = {}) =>
  here.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: "clone",
      DBSnapshotIdentifier,
      ...input,
    }),
  );

describe("a restored instance", () => {
  test("is creating for ten minutes, without an endpoint, and available then", async () => {
    const { DBInstance } = await restore();
    expect(DBInstance).toMatchObject({ DBInstanceStatus: "creating", StorageEncrypted: true });
    expect(DBInstance?.Endpoint).toBeUndefined();
    clock.advance(599_000);
    expect((await look(here, "clone"))?.DBInstanceStatus).toBe("creating");
    clock.advance(1_000);
    expect(await look(here, "clone")).toMatchObject({
      DBInstanceStatus: "available",
      Endpoint: { Address: expect.stringContaining("clone."), Port: 5_432 },
    });
  });

  test("has the class, the retention and the tags of its source, and AWS's defaults for the rest", async () => {
    await restore();
    expect(await look(here, "clone")).toMatchObject({
      DBInstanceClass: "db.r6g.large",
      BackupRetentionPeriod: 3,
      DBSubnetGroup: { DBSubnetGroupName: "default" },
      VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-default" }],
      DBParameterGroups: [{ DBParameterGroupName: "default.postgres17" }],
      OptionGroupMemberships: [{ OptionGroupName: "default:postgres-17" }],
      EnabledCloudwatchLogsExports: [],
      TagList: [{ Key: "team", Value: "orders" }],
    });
  });

  test("takes what the call says, and only its own tags if it brings any", async () => {
    const own = { DBInstanceClass: "db.t4g.micro", DBSubnetGroupName: "private", MultiAZ: true };
    await restore({ ...own, VpcSecurityGroupIds: ["sg-9"], Tags: [{ Key: "ttl", Value: "1" }] });
    expect(await look(here, "clone")).toMatchObject({
      DBInstanceClass: "db.t4g.micro",
      MultiAZ: true,
      DBSubnetGroup: { DBSubnetGroupName: "private" },
      VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-9" }],
      TagList: [{ Key: "ttl", Value: "1" }],
    });
  });

  test.each([
    ["DBInstanceAlreadyExists", { DBInstanceIdentifier }],
    ["DBSnapshotNotFound", { DBSnapshotIdentifier: "none" }],
    ["DBSubnetGroupNotFoundFault", { DBSubnetGroupName: "none" }],
    ["DBParameterGroupNotFound", { DBParameterGroupName: "none" }],
    ["OptionGroupNotFoundFault", { OptionGroupName: "none" }],
    ["NotEmulated", { AvailabilityZone: "eu-west-1a" }],
  ])("is refused as %s", async (name, input) => {
    await expect(restore(input)).rejects.toMatchObject({ name });
    expect(built.rds.state.databases.size).toBe(1);
  });

  test.each(["failed", "restore-error", "stuck"] as const)("can fail in a simulation: %s", async (fate) => {
    await putUp({ restoreFate: () => fate });
    await restore();
    clock.advance(86_400_000);
    expect((await look(here, "clone"))?.DBInstanceStatus).toBe(fate === "stuck" ? "creating" : fate);
    await here.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: "clone", SkipFinalSnapshot: true }));
    clock.advance(120_000);
    await expect(look(here, "clone")).rejects.toMatchObject({ name: "DBInstanceNotFound" });
  });
});

describe("a deletion", () => {
  const remove = (input: object) =>
    here.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, ...input }));

  test("is refused while the instance is protected", async () => {
    await here.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, DeletionProtection: true }));
    await expect(remove({ SkipFinalSnapshot: true })).rejects.toMatchObject({
      name: "InvalidParameterCombination",
      message: expect.stringContaining("disable deletion protection"),
    });
  });

  test("asks for a final snapshot or for none, and makes the one that is asked for", async () => {
    await expect(remove({})).rejects.toMatchObject({ name: "InvalidParameterCombination" });
    const FinalDBSnapshotIdentifier = "last";
    await remove({ FinalDBSnapshotIdentifier });
    expect((await look(here, DBInstanceIdentifier))?.DBInstanceStatus).toBe("deleting");
    clock.advance(240_000);
    await expect(look(here, DBInstanceIdentifier)).rejects.toMatchObject({ name: "DBInstanceNotFound" });
    const asked = new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: FinalDBSnapshotIdentifier });
    expect((await here.send(asked)).DBSnapshots).toMatchObject([{ Status: "available" }]);
  });
});

describe("a change", () => {
  const modify = (input: object) =>
    here.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, ...input }));

  test("of class or name waits for a maintenance window that never comes, unless it is immediate", async () => {
    await modify({ DBInstanceClass: "db.r6g.xlarge", NewDBInstanceIdentifier: "renamed" });
    clock.advance(30 * 86_400_000);
    expect(await look(here, DBInstanceIdentifier)).toMatchObject({
      DBInstanceClass: "db.r6g.large",
      PendingModifiedValues: { DBInstanceClass: "db.r6g.xlarge", DBInstanceIdentifier: "renamed" },
    });
    await modify({ ApplyImmediately: true });
    expect((await look(here, DBInstanceIdentifier))?.DBInstanceStatus).toBe("renaming");
    clock.advance(60_000);
    expect(await look(here, "renamed")).toMatchObject({
      DBInstanceStatus: "available",
      DBInstanceClass: "db.r6g.xlarge",
      Endpoint: { Address: expect.stringContaining("renamed.") },
    });
    await expect(look(here, DBInstanceIdentifier)).rejects.toMatchObject({ name: "DBInstanceNotFound" });
  });

  test("is refused while another one is under way, and a name that is about to be taken is taken", async () => {
    await modify({ NewDBInstanceIdentifier: "next", ApplyImmediately: true });
    await expect(modify({ DBInstanceClass: "x" })).rejects.toMatchObject({ name: "InvalidDBInstanceState" });
    await expect(restore({ DBInstanceIdentifier: "next" })).rejects.toMatchObject({
      name: "DBInstanceAlreadyExists",
    });
  });

  test("a reboot takes a minute", async () => {
    await here.send(new RebootDBInstanceCommand({ DBInstanceIdentifier }));
    expect((await look(here, DBInstanceIdentifier))?.DBInstanceStatus).toBe("rebooting");
    clock.advance(60_000);
    expect((await look(here, DBInstanceIdentifier))?.DBInstanceStatus).toBe("available");
  });
});

test("a restore goes on after a restart of the stand-in", async () => {
  await restore();
  clock.advance(60_000);
  const saved = JSON.parse(JSON.stringify(built.rds.save?.()));
  const again = standIn(clock, {});
  await again.rds.load?.(saved);
  clock.advance(540_000);
  expect((await look(again.here, "clone"))?.DBInstanceStatus).toBe("available");
  const backups = new DescribeDBInstanceAutomatedBackupsCommand({ DBInstanceIdentifier });
  expect((await again.here.send(backups)).DBInstanceAutomatedBackups).toHaveLength(1);
});
