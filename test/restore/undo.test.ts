import { expect, test } from "vitest";
import { AwsError } from "../../local/twin.ts";
import { crashAt } from "../durable.ts";
import { execution, factsOf, ledger, place, request, undoing } from "./place.ts";

/*
 * Undoing a restore: what was there before has its names again, and what had come back is not lost.
 */
async function swapped() {
  const at = await place();
  const before = await at.primary.databases.describe({ kind: "instance", id: "orders-db" });
  const wish = request(at.primary, { replace: { prebackup: false } });
  const { database } = (await execution(wish, at.primary, { clock: at.clock }).finish()).back;
  return { at, wish, before: before?.resourceId, back: database?.resourceId, stamp: wish.id.slice(-16) };
}

test("the names go back, whatever cuts it off", async () => {
  const whole = await swapped();
  const reference = undoing(whole.wish.id, whole.at.primary, { clock: whole.at.clock });
  await reference.finish();
  for (let moment = 0; moment <= reference.moments; moment++) {
    const { at, wish, before, back, stamp } = await swapped();
    await undoing(wish.id, at.primary, { clock: at.clock, crash: crashAt(moment) }).finish();
    const { databases } = at.primary;
    const now = await databases.describe({ kind: "instance", id: "orders-db" });
    const undone = await databases.describe({ kind: "instance", id: `orders-db-undone-${stamp}` });
    expect([now?.resourceId, undone?.resourceId], `moment ${moment}`).toEqual([before, back]);
    expect(Object.keys(await factsOf(at.primary, wish.id))).toContain("undone");
  }
});

test("an undo that fails leaves the restore as it was", async () => {
  const { at, wish, back, stamp } = await swapped();
  let renames = 0;
  at.twin.interceptors.push((made, proceed) => {
    if (made.input.NewDBInstanceIdentifier && ++renames === 2)
      throw new AwsError("InvalidParameterValue", "no", 400);
    return proceed();
  });
  await expect(undoing(wish.id, at.primary, { clock: at.clock }).finish()).rejects.toThrow(/no/);
  expect(at.databases("eu-west-1")).toEqual(["orders-db", `orders-db-before-${stamp}`]);
  const now = await at.primary.databases.describe({ kind: "instance", id: "orders-db" });
  expect(now?.resourceId).toBe(back);
  expect((await factsOf(at.primary, wish.id))["undo-failed"]?.reason).toMatch(/no/);
});

test("a restore that took the place of nothing cannot be undone", async () => {
  const at = await place();
  const wish = request(at.recovery);
  await execution(wish, at.recovery, { clock: at.clock }).finish();
  await expect(undoing(wish.id, at.recovery, { clock: at.clock }).finish()).rejects.toMatchObject({
    code: "invalid",
    message: `the restore ${wish.id} took the place of nothing`,
  });
});

test("a cluster's instances get their names back with it", async () => {
  const at = await place({}, [ledger]);
  const member = { DBClusterIdentifier: "ledger", Engine: "postgres", DBInstanceIdentifier: "ledger-one" };
  await at.call("eu-west-1", "CreateDBInstance", member);
  await at.pass(2);
  const names = at.databases("eu-west-1");
  const wish = request(at.primary, { source: "ledger", replace: { prebackup: false } });
  await execution(wish, at.primary, { clock: at.clock }).finish();
  await undoing(wish.id, at.primary, { clock: at.clock }).finish();
  const undone = (id: string) => `${id}-undone-${wish.id.slice(-16)}`;
  expect(at.databases("eu-west-1")).toEqual([...names, ...names.map(undone)].sort());
  expect(names).toEqual(["ledger", "ledger-one"]);
});
