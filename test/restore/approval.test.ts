import { beforeEach, expect, test } from "vitest";
import { openEpisodes, readCatalog } from "../../functions/catalog/whole.ts";
import { purposes } from "../../functions/core/restore.ts";
import { record } from "../../functions/restore/record.ts";
import type { Durable } from "../durable.ts";
import { execution, factsOf, place, proofOf, request, undoing } from "./place.ts";

/*
 * Where the environment wants an approval, nothing is done before another than the one who asked has given it.
 */
let at: Awaited<ReturnType<typeof place>>;

beforeEach(async () => {
  at = await place({ restores: { approval: "required" } });
});

const wishOf = () => request(at.primary, { replace: { prebackup: false } });

function answer(running: Durable<unknown>, name: string, value: unknown): boolean {
  return running.answer(`callback of ${name}`, { outcome: "answered", value });
}

const approval = (principal: string, id: string) => ({ proof: proofOf(principal, purposes.approve(id)) });

async function openFindings() {
  return openEpisodes(await readCatalog(at.primary.catalog)).map(({ id }) => id);
}

test("it waits for another principal, has those told who may approve, and then goes on", async () => {
  const wish = wishOf();
  const running = execution(wish, at.primary, { clock: at.clock });
  await running.run();

  expect(await openFindings()).toEqual([`restore-awaits-approval.orders.${wish.id}`]);
  const { "awaiting-approval-1": awaiting, planned } = await factsOf(at.primary, wish.id);
  expect(awaiting).toMatchObject({
    callbackId: "callback of approval 1",
    by: expect.stringMatching(/alice$/),
  });
  expect(planned?.plan?.steps[0]?.name).toBe("approval");
  expect(at.calls.filter((made) => made.includes("rds:Restore"))).toEqual([]);

  expect(answer(running, "approval 1", approval("bob", wish.id))).toBe(true);
  await running.finish();
  const { approved, finished } = await factsOf(at.primary, wish.id);
  expect(approved?.by).toMatch(/bob$/);
  expect(finished?.database?.id).toBe("orders-db");
  expect(await openFindings()).toEqual([]);
});

test("who asked cannot approve, nor can anybody with a proof for something else", async () => {
  const wish = wishOf();
  const running = execution(wish, at.primary, { clock: at.clock });
  await running.run();
  answer(running, "approval 1", approval("alice", wish.id));
  await running.run();
  answer(running, "approval 2", { proof: proofOf("bob", purposes.approve("other-20260101t000000z")) });
  await running.run();
  expect(running.status).toBe("running");
  expect(Object.keys(await factsOf(at.primary, wish.id))).not.toContain("approved");

  answer(running, "approval 3", { ...approval("bob", wish.id), refuse: "not today" });
  expect((await running.finish()).ended).toMatch(/bob refused it: not today/);
  expect((await factsOf(at.primary, wish.id)).refused).toMatchObject({ reason: "not today" });
  expect(at.databases("eu-west-1")).toEqual(["orders-db"]);
});

test("when nobody answers within a day nothing was done, and nothing is left to answer", async () => {
  const wish = wishOf();
  const running = execution(wish, at.primary, { clock: at.clock });
  await running.finish();
  expect((await factsOf(at.primary, wish.id)).failed).toMatchObject({ code: "access-denied" });
  expect((await factsOf(at.primary, wish.id)).failed?.reason).toMatch(/nobody answered in time/);
  expect(at.databases("eu-west-1")).toEqual(["orders-db"]);
  expect(await openFindings()).toEqual([]);
  expect(answer(running, "approval 1", approval("bob", wish.id))).toBe(false);
});

test("one that waits for its approval can be cancelled", async () => {
  const wish = wishOf();
  const running = execution(wish, at.primary, { clock: at.clock });
  await running.run();
  await record(at.primary, wish, "cancel-requested", { by: "carol" });
  running.answer("callback of approval 1", { outcome: "refused", reason: "cancelled" });
  expect((await running.finish()).ended).toMatch(/cancelled by carol/);
  expect(Object.keys(await factsOf(at.primary, wish.id))).toContain("cancelled");
  expect(await openFindings()).toEqual([]);
});

test("an undo is approved by another than the one who wants it, too", async () => {
  const wish = wishOf();
  const running = execution(wish, at.primary, { clock: at.clock });
  await running.run();
  answer(running, "approval 1", approval("bob", wish.id));
  await running.finish();

  const back = undoing(wish.id, at.primary, { clock: at.clock });
  await back.run();
  answer(back, "approval 1", approval("alice", wish.id));
  await back.run();
  expect(at.databases("eu-west-1")).toContain(`orders-db-before-${wish.id.slice(-16)}`);
  answer(back, "approval 2", approval("bob", wish.id));
  await back.finish();
  const facts = await factsOf(at.primary, wish.id);
  expect(facts["undo-approved"]?.by).toMatch(/bob$/);
  expect(facts.undone?.leftBehind).toEqual([`orders-db-undone-${wish.id.slice(-16)}`]);
});
