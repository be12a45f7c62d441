import { setTimeout as sleep } from "node:timers/promises";
import { holdfast, instances, type Stage } from "./proof.ts";

const [primary, database] = ["eu-west-1", "orders-db"];

/** A restore that was under way when the last run was killed goes on by itself; for so long it is waited for. */
const waitMs = 60_000;

/** The port at which the demonstration's database answers; undefined if there is none, as when a run was killed meanwhile. */
export async function portOf({ account }: Pick<Stage, "account">): Promise<number | undefined> {
  for (;;) {
    const found = (await instances(account, primary)).find((one) => one.DBInstanceIdentifier === database);
    if (found?.DBInstanceStatus !== "deleting") return found?.Endpoint?.Port;
    await sleep(200);
  }
}

/** Brings the database back as its owner would, from its newest verified point, and gives the port. Throws if that fails. */
export async function bringBack(stage: Pick<Stage, "account" | "command" | "say">): Promise<number> {
  stage.say(
    `${database} is not there: the last run was killed after it had been deleted, and before it was back`,
  );
  for (const endMs = Date.now() + waitMs; await isRestoring(stage); await sleep(500)) {
    const port = await portOf(stage);
    if (port) return port;
    if (Date.now() > endMs) break;
  }
  const port = await portOf(stage);
  if (port) return port;
  const { code, said } = await holdfast(stage, ["restore", "orders", "--latest"]);
  const back = await portOf(stage);
  if (code === 0 && back) return back;
  throw new Error(`${database} did not come back: ${said.trim().split("\n").at(-1)}`);
}

/** Whether a database of that name, or one that is to get it, is on its way. */
async function isRestoring({ account }: Pick<Stage, "account">): Promise<boolean> {
  const all = await instances(account, primary);
  return all.some(({ DBInstanceIdentifier: id }) => id === database || /^orders-db-\d{8}t/.test(id));
}
