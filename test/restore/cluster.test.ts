import { beforeEach, expect, test } from "vitest";
import { AwsError } from "../../local/twin.ts";
import { execution, factsOf, ledger, place, request } from "./place.ts";

/*
 * Restores of an Aurora cluster, which is nothing that anybody could reach before it has instances.
 */
let at: Awaited<ReturnType<typeof place>>;

beforeEach(async () => {
  at = await place({}, [ledger]);
  const member = { DBClusterIdentifier: "ledger", Engine: "postgres" };
  for (const [id, DBInstanceClass] of [
    ["ledger-one", "db.r7g.large"],
    ["ledger-two", "db.r7g.xlarge"],
  ])
    await at.call("eu-west-1", "CreateDBInstance", { ...member, DBInstanceIdentifier: id, DBInstanceClass });
  // The next points know of the instances.
  await at.pass(2);
});

const wishOf = (world = at.primary, more = {}) => request(world, { source: "ledger", ...more });
const swap = { replace: { prebackup: true } };

test("in the recovery region it comes back with its instances under their names, the primary region away", async () => {
  at.deny("eu-west-1");
  const { database } = (await execution(wishOf(at.recovery), at.recovery, { clock: at.clock }).finish()).back;
  expect(database).toMatchObject({ kind: "cluster", id: "ledger" });
  const back = await at.recovery.databases.ready({ kind: "cluster", id: "ledger" });
  expect(back?.instances).toMatchObject([
    { id: "ledger-one", instanceClass: "db.r7g.large" },
    { id: "ledger-two", instanceClass: "db.r7g.xlarge" },
  ]);
  expect(await at.recovery.databases.scratch()).toEqual([]);
});

test("a swap gives the cluster and its instances the names of those that gave way", async () => {
  const wish = wishOf(at.primary, swap);
  const { database } = (await execution(wish, at.primary, { clock: at.clock }).finish()).back;
  const stamp = wish.id.slice(-16);
  const before = (id: string) => `${id}-before-${stamp}`;
  expect(at.databases("eu-west-1")).toEqual([
    ...["ledger", before("ledger"), "ledger-one", before("ledger-one")],
    ...["ledger-two", before("ledger-two")],
  ]);
  expect(database?.replaced).toMatchObject({
    id: before("ledger"),
    instances: [{ id: before("ledger-one"), was: "ledger-one" }, { was: "ledger-two" }],
  });
  expect(database?.instances.map(({ id }) => id).sort()).toEqual(["ledger-one", "ledger-two"]);
});

test("a swap that fails at any of its renames gives every name back", async () => {
  const whole = wishOf(at.primary, swap);
  const reference = execution(whole, at.primary, { clock: at.clock });
  await reference.finish();
  const renames = reference.history().filter((line) => line.startsWith("until swap")).length;
  expect(renames).toBe(6);

  for (let failing = 0; failing < renames; failing++) {
    const fresh = await place({}, [ledger]);
    const member = { DBClusterIdentifier: "ledger", Engine: "postgres" };
    for (const DBInstanceIdentifier of ["ledger-one", "ledger-two"])
      await fresh.call("eu-west-1", "CreateDBInstance", { ...member, DBInstanceIdentifier });
    await fresh.pass(2);
    let count = 0;
    fresh.twin.interceptors.push((made, proceed) => {
      const renames = made.input.NewDBInstanceIdentifier ?? made.input.NewDBClusterIdentifier;
      if (renames && count++ === failing) throw new AwsError("InvalidParameterValue", "no", 400);
      return proceed();
    });
    const wish = wishOf(fresh.primary, swap);
    await expect(execution(wish, fresh.primary, { clock: fresh.clock }).finish()).rejects.toThrow(/no/);
    expect(fresh.databases("eu-west-1"), `rename ${failing}`).toEqual(["ledger", "ledger-one", "ledger-two"]);
    const { failed } = await factsOf(fresh.primary, wish.id);
    expect(failed?.leftBehind, `rename ${failing}`).toBeUndefined();
  }
});

test("a cluster that was deleted comes back as it was at an instant, out of the backups that it left", async () => {
  const arn = `arn:aws:rds:eu-west-1:${at.environment.account}:cluster:ledger`;
  const [before] = await at.primary.databases.backupsOf(arn);
  for (const DBInstanceIdentifier of ["ledger-one", "ledger-two"])
    await at.call("eu-west-1", "DeleteDBInstance", { DBInstanceIdentifier });
  const cluster = { DBClusterIdentifier: "ledger", SkipFinalSnapshot: true, DeleteAutomatedBackups: false };
  await at.call("eu-west-1", "DeleteDBCluster", cluster);
  at.clock.advance(3_600_000);
  expect(at.databases("eu-west-1")).toEqual([]);
  const [left, ...others] = await at.primary.databases.backupsOf(arn);
  expect(others).toEqual([]);
  expect(left).toMatchObject({ status: "retained", resourceId: before?.resourceId });
  const until = left?.window?.until ?? "";
  const then = new Date(Date.parse(until) - 1_800_000).toISOString();
  const wish = wishOf(at.primary, { wanted: { which: "time", at: then } });
  const { back } = await execution(wish, at.primary, { clock: at.clock }).finish();
  expect(back.database).toMatchObject({ kind: "cluster", id: "ledger" });
  expect(at.databases("eu-west-1")).toEqual(["ledger", "ledger-one", "ledger-two"]);
  // The new cluster has backups of its own, which begin with it; the old ones' reach stays the old.
  const late = wishOf(at.primary, { wanted: { which: "time", at: "2027-11-21T00:00:00Z" }, as: "never" });
  await expect(execution(late, at.primary, { clock: at.clock }).finish()).rejects.toMatchObject({
    fix: expect.stringContaining(`to ${until}`),
  });
});

test("a cluster that was deleted with its backups has no instant to come back to, and says so", async () => {
  for (const DBInstanceIdentifier of ["ledger-one", "ledger-two"])
    await at.call("eu-west-1", "DeleteDBInstance", { DBInstanceIdentifier });
  await at.call("eu-west-1", "DeleteDBCluster", { DBClusterIdentifier: "ledger", SkipFinalSnapshot: true });
  at.clock.advance(3_600_000);
  const wish = wishOf(at.primary, { wanted: { which: "time", at: "latest" } });
  await expect(execution(wish, at.primary, { clock: at.clock }).finish()).rejects.toMatchObject({
    message: "automated backups of ledger in eu-west-1 do not reach latest",
    fix: "There are none here; choose a point: holdfast points ledger.",
  });
});
