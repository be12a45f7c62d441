import { beforeEach, expect, test } from "vitest";
import { openEpisodes, readCatalog } from "../../functions/catalog/whole.ts";
import { arnOf, shownBy } from "../cli/executions.ts";
import type { Durable } from "../durable.ts";
import { execution, factsOf, place, request, undoing } from "../restore/place.ts";

/*
 * A workflow tells its own end. One whose execution was ended from outside tells nothing: the reconciler does, of what
 * AWS says of the execution itself.
 */
let at: Awaited<ReturnType<typeof house>>;

async function house(more: Parameters<typeof place>[0] = {}) {
  const built = await place(more);
  const executions = new Map<string, Durable<unknown>>();
  const asked: string[] = [];
  built.twin.register({
    name: "lambda",
    operations: {
      GetDurableExecution(input: { DurableExecutionArn: string }) {
        asked.push(input.DurableExecutionArn);
        return shownBy(executions, input);
      },
    },
  });
  /** A restore that has come so far that its database is being made. */
  const begun = async (world = built.primary) => {
    const wish = request(world, { replace: { prebackup: false } });
    const running = execution(wish, world, { clock: built.clock, arn: arnOf(wish.id) });
    executions.set(wish.id, running);
    await running.run();
    return { wish, running };
  };
  return { ...built, executions, asked, begun };
}

beforeEach(async () => {
  at = await house();
});

const openFindings = async (world = at.primary) =>
  openEpisodes(await readCatalog(world.catalog)).map(({ id }) => id);

test("a restore that was stopped from outside has failed, with what is left of it, and people are told", async () => {
  const { wish, running } = await at.begun();
  running.stop();
  await at.pass(1);

  const { failed } = await factsOf(at.primary, wish.id);
  expect(failed).toMatchObject({ code: "unavailable", endedAs: "stopped", region: "eu-west-1" });
  expect(failed?.reason).toMatch(/its execution was stopped from outside at 2/);
  expect(failed?.leftBehind).toEqual([
    expect.stringMatching(/cut off in its step "restore", which may be half done: Restores/),
    expect.stringMatching(/^the instance .*, which the reaper takes away after 2/),
  ]);
  expect(await openFindings()).toEqual([`restore-cut-off.orders.${wish.id}`]);
  const points = await readCatalog(at.primary.catalog);
  const point = (await factsOf(at.primary, wish.id)).planned?.plan?.point ?? "";
  expect(points.points.has({ source: "orders", point, name: `held-restore-${wish.id}` })).toBe(true);
  expect(points.points.has({ source: "orders", point, name: `released-restore-${wish.id}` })).toBe(true);

  await at.pass(25);
  expect(await openFindings()).toEqual([]);
});

test("nothing is told while an invocation of it may still be at work, nor of one that goes on", async () => {
  const { wish, running } = await at.begun();
  await at.pass(1);
  expect(Object.keys(await factsOf(at.primary, wish.id))).not.toContain("failed");

  running.stop();
  await at.pass(0.25);
  expect(Object.keys(await factsOf(at.primary, wish.id))).not.toContain("failed");
  await at.pass(0.25);
  expect(Object.keys(await factsOf(at.primary, wish.id))).toContain("failed");
});

test("what its own region tells the other takes over, and does not tell itself", async () => {
  const { wish, running } = await at.begun(at.recovery);
  running.stop();
  await at.pass(1);
  expect((await factsOf(at.recovery, wish.id)).failed?.region).toBe("eu-central-1");
  expect((await factsOf(at.primary, wish.id)).failed).toEqual((await factsOf(at.recovery, wish.id)).failed);
  const before = at.asked.length;
  await at.pass(1);
  expect(at.asked.length).toBe(before);
});

test("one that waited for an approval waits no more: there is nothing to approve", async () => {
  at = await house({ restores: { approval: "required" } });
  const { wish, running } = await at.begun();
  await at.pass(0.25);
  expect(await openFindings()).toEqual([`restore-awaits-approval.orders.${wish.id}`]);
  running.stop();
  await at.pass(1);
  expect(await openFindings()).toEqual([`restore-cut-off.orders.${wish.id}`]);
});

test("an execution of which AWS keeps nothing any more counts as over a day after its beginning", async () => {
  const { wish } = await at.begun();
  at.executions.clear();
  await at.pass(1);
  expect(Object.keys(await factsOf(at.primary, wish.id))).not.toContain("failed");
  await at.pass(24);
  expect((await factsOf(at.primary, wish.id)).failed).toMatchObject({ endedAs: "forgotten" });
});

test("an undo that was stopped among its renames can be asked for again, and is done then", async () => {
  const { wish, running } = await at.begun();
  await running.finish();
  const undo = undoing(wish.id, at.primary, { clock: at.clock, arn: arnOf("undo-1") });
  at.executions.set("undo-1", undo);
  while (at.databases("eu-west-1").includes("orders-db")) {
    await undo.run();
    at.clock.advanceTo(undo.dueMs ?? 0);
  }
  undo.stop();
  await at.pass(1);
  const facts = await factsOf(at.primary, wish.id);
  expect(facts["undo-failed"]).toMatchObject({ endedAs: "stopped" });
  expect(await openFindings()).toContain(`restore-cut-off.orders.undo-${wish.id}`);

  await undoing(wish.id, at.primary, { clock: at.clock, attempt: 2 }).finish();
  const stamp = wish.id.slice(-16);
  expect(at.databases("eu-west-1")).toEqual(["orders-db", `orders-db-undone-${stamp}`]);
  expect(Object.keys(await factsOf(at.primary, wish.id))).toEqual(
    expect.arrayContaining(["undo-requested-2", "undone"]),
  );
});

test("that it cannot be asked about stops no pass, and is asked again in the next", async () => {
  const { wish, running } = await at.begun();
  running.stop();
  at.twin.interceptors.unshift((made, proceed) => {
    if (made.operation === "GetDurableExecution") throw new Error("no");
    return proceed();
  });
  await at.pass(1);
  expect(Object.keys(await factsOf(at.primary, wish.id))).not.toContain("failed");
  at.twin.interceptors.shift();
  await at.pass(0.25);
  expect(Object.keys(await factsOf(at.primary, wish.id))).toContain("failed");
});
