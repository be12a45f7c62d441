import { expect, test } from "vitest";
import type { Durable } from "../durable.ts";
import { execution, ledger, place, request, undoing } from "./place.ts";

/*
 * The order and the names of the steps of each workflow. Executions under way replay by them: what changes here breaks
 * those of the version before, so that a change has to be meant.
 */
async function history(running: Durable<unknown>, stamp: string): Promise<string> {
  await running.finish().catch(() => undefined);
  const lines = running
    .history()
    .map((line) => line.replace(/: \w+ x\d+$/, "").replaceAll(stamp, "<instant>"));
  return `${lines.join("\n")}\n`;
}

test("a database under its own name", async () => {
  const { recovery, clock } = await place();
  const wish = request(recovery);
  const steps = await history(execution(wish, recovery, { clock }), wish.id.slice(-16));
  await expect(steps).toMatchFileSnapshot("golden/database.txt");
});

test("a database in the place of another, and the undoing of that", async () => {
  const { primary, clock } = await place();
  const wish = request(primary, { replace: { prebackup: true } });
  const stamp = wish.id.slice(-16);
  const steps = await history(execution(wish, primary, { clock }), stamp);
  await expect(steps).toMatchFileSnapshot("golden/database-replacing.txt");
  const undone = await history(undoing(wish.id, primary, { clock }), stamp);
  await expect(undone).toMatchFileSnapshot("golden/undo.txt");
});

test("a database that cannot be restored", async () => {
  const { primary, clock, rds } = await place();
  Object.assign(rds.state.options, { restoreFate: () => "failed" });
  const wish = request(primary, { replace: { prebackup: false } });
  const running = execution(wish, primary, { clock });
  const steps = await history(running, wish.id.slice(-16));
  expect(running.status).toBe("failed");
  await expect(steps).toMatchFileSnapshot("golden/database-failing.txt");
});

test("a cluster in the place of another", async () => {
  const { primary, clock, call, pass } = await place({}, [ledger]);
  const member = { DBClusterIdentifier: "ledger", Engine: "postgres", DBInstanceIdentifier: "ledger-one" };
  await call("eu-west-1", "CreateDBInstance", member);
  await pass(2);
  const wish = request(primary, { source: "ledger", replace: { prebackup: true } });
  const steps = await history(execution(wish, primary, { clock }), wish.id.slice(-16));
  await expect(steps).toMatchFileSnapshot("golden/cluster-replacing.txt");
});
