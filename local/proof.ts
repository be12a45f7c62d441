import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Account } from "./account.ts";

/** What the proofs need of the demonstration that runs them. */
export type Stage = {
  account: Account;
  /** The scripts of the holdfast command and of the year, and where and with what environment they are started. */
  command: { cli: string; year: string; cwd: string; env: Record<string, string> };
  /** How the source database is reached. */
  login: pg.ClientConfig;
  say(line: string): void;
};

type Instance = {
  DBInstanceIdentifier: string;
  DBInstanceStatus: string;
  Endpoint?: { Port: number };
};

type Finished = { point: string; outcome: string; fingerprint?: { rows: number } };

const [primary, recovery] = ["eu-west-1", "eu-central-1"];
const vault = { Bucket: "holdfast-local-000000000000-eu-central-1" };
const row = 424_242;

/** What no backup tool shows: a copy that is not what it should be is refused, and what was lost comes back, proved. */
export async function prove(stage: Stage): Promise<void> {
  await spoilDrill(stage);
  await loseDatabase(stage);
  await drillAgain(stage);
  await liveThroughYear(stage);
}

/** Changes one row of what the next drill restores, while it does: the drill must refuse its certificate. */
async function spoilDrill(stage: Stage): Promise<void> {
  const { point } = await lastDrill(stage);
  await minuteOfItsOwn();
  stage.say(`the next drill restores the same point, ${point}, and one row of it is changed under its eyes`);
  const drill = holdfast(stage, ["drill", "orders", "--point", point]);
  await spoilClone(stage);
  const { code, said } = await drill;
  const [, from, to] = /table public\.orders, id from (\d+) to (\d+)/.exec(said) ?? [];
  if (code !== 7 || !(Number(from) <= row && row <= Number(to)))
    throw new Error(`the drill of a changed copy ended with ${code}: ${said}`);
  stage.say("refused, with the table and the keys between which it differs");
}

/** Deletes the source database and has it restored, with its rows; from now on it is reached at another port. */
async function loseDatabase(stage: Stage): Promise<void> {
  const { account, login, say } = stage;
  const { point, fingerprint } = await lastDrill(stage, "passed");
  const DBInstanceIdentifier = "orders-db";
  const find = async () =>
    (await instances(account, primary)).find((one) => one.DBInstanceIdentifier === DBInstanceIdentifier);
  await account.call("rds", primary, "DeleteDBInstance", { DBInstanceIdentifier, SkipFinalSnapshot: true });
  while (await find()) await sleep(200);
  say("somebody has deleted the database orders-db");
  const { code, said } = await holdfast(stage, ["restore", "orders", "--point", point]);
  if (code !== 0) throw new Error(`the restore ended with ${code}: ${said}`);
  login.port = (await find())?.Endpoint?.Port ?? 0;
  const client = new pg.Client(login);
  await client.connect();
  const { rows } = await client.query<{ count: string }>("SELECT count(*) FROM orders");
  await client.end();
  const count = Number(rows[0]?.count);
  if (count !== fingerprint?.rows)
    throw new Error(`${count} orders came back, and ${fingerprint?.rows} were proved`);
  say(`orders-db is back with all of the ${count.toLocaleString("en")} orders that were proved at ${point}`);
}

/** The point itself was never harmed: that is proved again, which ends the finding. */
async function drillAgain(stage: Stage): Promise<void> {
  const { point } = await lastDrill(stage);
  await minuteOfItsOwn();
  const { code, said } = await holdfast(stage, ["drill", "orders", "--point", point]);
  if (code !== 0) throw new Error(`the drill of an unharmed copy ended with ${code}: ${said}`);
  const [, drill = ""] = /certificate orders (\S+)/.exec(said) ?? [];
  const verified = await holdfast(stage, ["certificate", "orders", drill, "--verify"]);
  if (verified.code !== 0) throw new Error(`its certificate does not hold: ${verified.said}`);
  const ended = /^catalog\/findings\/drill-failed\.orders\..*\/ended\.json$/;
  while (!(await keysUnder(stage, "catalog/findings/")).some((key) => ended.test(key))) await sleep(500);
}

let lastMinute = "";

/** Drills are named by the minute in which they are asked for, and that of a full hour is the reconciler's. */
async function minuteOfItsOwn(): Promise<void> {
  const now = () => new Date().toISOString().slice(0, 16);
  while (now() === lastMinute || now().endsWith(":00")) await sleep(500);
  lastMinute = now();
}

/** What expiry leaves of a year, on a stand-in of its own whose clock runs through it in seconds. */
async function liveThroughYear(stage: Stage): Promise<void> {
  stage.say("what expiry leaves of a year of daily points, lived through on a clock of its own:");
  const { code, said } = await run(stage, [stage.command.year]);
  if (code !== 0) throw new Error(`the year ended with ${code}: ${said}`);
}

/** Runs the command as a person would. */
export function holdfast(
  stage: Pick<Stage, "command" | "say">,
  args: string[],
): Promise<{ code: number; said: string }> {
  const line = [...args, "--env", "local"];
  stage.say(`$ npx holdfast ${line.join(" ")}`);
  return run(stage, [stage.command.cli, ...line]);
}

/** Runs a script with what it says before the person's eyes. */
function run({ command }: Pick<Stage, "command">, args: string[]): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, args, { cwd: command.cwd, env: command.env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      process.stdout.write(text.replace(/^(?=.)/gm, "          | "));
    });
  }
  return new Promise((ended) => child.once("close", (code) => ended({ code: code ?? 70, said })));
}

/** The newest drill of orders that ended, of one outcome if given. */
async function lastDrill(stage: Stage, outcome?: string): Promise<Finished> {
  const keys = await keysUnder(stage, "catalog/drills/orders/");
  for (const Key of keys.filter((key) => key.endsWith("/finished.json")).reverse()) {
    const { Body } = (await stage.account.call("s3", recovery, "GetObject", { ...vault, Key })) as {
      Body: { transformToString(): Promise<string> };
    };
    const fact = JSON.parse(await Body.transformToString()) as Finished;
    if (!outcome || fact.outcome === outcome) return fact;
  }
  throw new Error("no drill of orders has ended");
}

/** The keys of the recovery region's vault under a prefix, in order: fewer than a page. */
async function keysUnder({ account }: Stage, Prefix: string): Promise<string[]> {
  const { Contents } = (await account.call("s3", recovery, "ListObjectsV2", { ...vault, Prefix })) as {
    Contents: { Key: string }[];
  };
  return Contents.map(({ Key }) => Key);
}

/** The databases of a region. */
export async function instances(account: Account, region: string): Promise<Instance[]> {
  const answer = (await account.call("rds", region, "DescribeDBInstances", {})) as {
    DBInstances: Instance[];
  };
  return answer.DBInstances;
}

/** Waits for the clone of a drill, and changes one row of it before anybody has read it. */
async function spoilClone({ account, login, say }: Stage): Promise<void> {
  for (;;) {
    const clone = (await instances(account, recovery)).find(
      ({ DBInstanceIdentifier, DBInstanceStatus }) =>
        DBInstanceIdentifier.includes("-drill-") && DBInstanceStatus === "available",
    );
    if (clone?.Endpoint) {
      // As the snapshot has it, until RDS gives the clone a password of its own.
      const client = new pg.Client({ ...login, port: clone.Endpoint.Port });
      await client.connect();
      await client.query("UPDATE orders SET total = total + 1 WHERE id = $1", [row]);
      await client.end();
      say(`order ${row} is changed in ${clone.DBInstanceIdentifier}`);
      return;
    }
    await sleep(50);
  }
}
