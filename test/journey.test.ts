import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv, promisify } from "node:util";
import { DeleteDBInstanceCommand, RDSClient } from "@aws-sdk/client-rds";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, isFree } from "../local/postgres.ts";
import { consoleJourney } from "./console/journey.ts";

/*
 * What a new user sees: `npm start -- --once`, run as they would, and what it printed and left behind.
 */
const folder = mkdtempSync(join(tmpdir(), "holdfast-journey-"));
let code: number | undefined;
let said = "";

beforeAll(async () => {
  const state = ["--state", join(folder, "local")];
  const ran = await run(["local/start.ts", "--once", ...(await ports()), ...state]);
  code = ran.code;
  said = ran.stdout + ran.stderr;
}, 300_000);

/** Where the stand-in and the APIs of both regions, side by side, are to be served. */
async function ports(): Promise<string[]> {
  const [port, apiPort] = [await freePort(), await freePort()];
  if (port === apiPort + 1 || !(await isFree(apiPort + 1))) return ports();
  return ["--port", String(port), "--api-port", String(apiPort)];
}

/** A script of the project, to its end. */
async function run(args: string[], variables: Record<string, string | undefined> = {}) {
  const env = { ...process.env, ...variables };
  const options = { cwd: resolve("."), maxBuffer: 2 ** 26, env };
  return promisify(execFile)(process.execPath, args, options).then(
    (ended) => ({ code: 0, ...ended }),
    (thrown: { code: number; stdout: string; stderr: string }) => thrown,
  );
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the first full round ends well", () => {
  expect(code, said).toBe(0);
});

test("the database is snapshotted, and the copy is in the recovery region under that vault's key", () => {
  expect(said).toMatch(/snapshot +orders: local-orders-\d{8}t\d{4}z is available in eu-west-1/);
  expect(said).toMatch(
    /copy +orders: local-orders-\d{8}t\d{4}z is in eu-central-1, encrypted with that vault's key/,
  );
});

test("every object is replicated", () => {
  expect(said).toMatch(/replica +uploads: all 3\d{3} objects \(\d+ bytes\) are in eu-central-1/);
});

test("every good archive is verified in both regions", () => {
  for (const name of ["invoices.sql.gz", "invoices.sql.zst", "members.sql.gz", "customers.csv"]) {
    expect(said).toMatch(new RegExp(`intact +erp/${name} in eu-west-1`));
    expect(said).toMatch(new RegExp(`intact +archives/nightly-erp/\\S+/${name} in eu-central-1`));
  }
});

test("every bad archive is named with its reason, by email and by SMS", () => {
  const reasons: Record<string, string> = {
    "truncated.sql.gz": "unexpected end of file",
    "flipped.sql.zst": "checksum",
    "empty.sql.gz": "it is empty",
    "renamed.sql.zst": "its name promises zstd",
    "unfinished.sql.gz": "cut short",
    "other.csv": "other.csv.sha256 says",
  };
  for (const [name, reason] of Object.entries(reasons)) {
    expect(said).toContain(`What is wrong:  The archive "erp/bad/${name}" of "nightly-erp" is damaged`);
    expect(
      said
        .split("\n")
        .some((line) => line.includes(`finding    The archive "erp/bad/${name}"`) && line.includes(reason)),
    ).toBe(true);
  }
  // How many messages it takes depends on how many are found at once: a storm is folded.
  expect(said.match(/SMS to \+4915112345678/g)?.length).toBeGreaterThanOrEqual(1);
});

test("the copy in the recovery region is restored, checked and measured, and the replica read again", () => {
  expect(said).toMatch(
    /drill +orders: passed on \S+ in eu-central-1, restored and checked in \d+ s, 1\d{6} rows with the fingerprint [0-9a-f]{12}…/,
  );
  expect(said).toMatch(/drill +uploads: passed on \S+ in eu-central-1, \d+ objects drawn at random/);
});

test("a drill of a copy in which one row was changed refuses it, names table and keys, and pages", () => {
  const [, from, to] = /failed its drill: table public\.orders, id from (\d+) to (\d+)/.exec(said) ?? [];
  expect(Number(from)).toBeLessThanOrEqual(424_242);
  expect(Number(to)).toBeGreaterThanOrEqual(424_242);
  expect(said).toMatch(/Subject: \(Holdfast local\) Drill failed: orders in eu-central-1/);
});

test("a deleted database comes back by one command, with all the rows that were proved", () => {
  const [, rows] = /(1\d{6}) rows with the fingerprint/.exec(said) ?? [];
  expect(said).toContain(`orders-db is back with all of the ${Number(rows).toLocaleString("en")} orders`);
});

test("the point itself passes again, with a certificate that holds", () => {
  expect(said).toMatch(
    /The drill \d{8}T\d{4}Z of "orders", .* is as it was signed by arn:aws:kms:eu-central-1:/,
  );
  expect(said).toMatch(/orders +rds-instance .* ok/);
});

test("of a year of daily points, what the tiers demand is left in both regions", () => {
  expect(said).toContain("365 points were taken");
  for (const region of ["eu-west-1", "eu-central-1"])
    expect(said).toMatch(new RegExp(`\\d\\d are left in ${region}: `));
});

test("it ends with a status table that calls nothing ok about which a finding is open", () => {
  expect(said).toMatch(/nightly-erp +archives .* has findings/);
  expect(said).toMatch(/orders +rds-instance .*\d{8}T\d{4}Z .*\d{8}T\d{4}Z .* ok/);
  expect(said).toMatch(/uploads +bucket .* ok/);
});

describe("started again on the same state, with files of the user's own", () => {
  const mine = join(folder, "mine");
  let started: ChildProcess;
  let heard = "";
  let apiUrl = "";

  /** Starts it and waits for its first round; it goes on until it is stopped. */
  async function start(args: string[]): Promise<void> {
    const chosen = await ports();
    apiUrl = `http://localhost:${chosen.at(-1)}`;
    const all = ["local/start.ts", ...chosen, "--state", join(folder, "local"), ...args];
    heard = "";
    started = spawn(process.execPath, all, { cwd: resolve("."), stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((there, ended) => {
      started.stdout?.on("data", (chunk: Buffer) => {
        heard += chunk;
        if (heard.includes("Stop with Ctrl-C")) there();
      });
      started.once("exit", () => ended(new Error(heard)));
    });
  }

  async function stop(): Promise<number | null> {
    const exit = new Promise<number | null>((ended) => started.once("exit", ended));
    started.kill("SIGINT");
    return exit;
  }

  /** What a person would do with psql, as the last lines of the output say. */
  async function psql<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
    const [, port] = /port=(\d+) user=postgres/.exec(heard) ?? [];
    const password = readFileSync(join(folder, "local", "password"), "utf8");
    const login = { host: "127.0.0.1", user: "postgres", password, database: "postgres" };
    const client = new pg.Client({ ...login, port: Number(port) });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  function holdfast(...args: string[]) {
    const variables = parseEnv(readFileSync(join(folder, "local.env"), "utf8"));
    return run(["cli/holdfast.ts", ...args, "--env", "local"], variables);
  }

  beforeAll(async () => {
    mkdirSync(join(mine, "sub"), { recursive: true });
    writeFileSync(join(mine, "sub", "a b+ü.txt"), "mine");
    await start(["--bucket-dir", mine]);
    await psql("CREATE TABLE mine AS SELECT 42 AS answer");
  }, 300_000);

  afterAll(() => started.kill("SIGKILL"));

  test("their files are replicated beside those that were there", () => {
    expect(heard).toContain("1 files put into s3://acme-uploads");
    expect(heard).toContain("the first full round is complete");
  });

  test("the command tells over HTTP what stands, and its exit code that pages are open", async () => {
    const status = await run(["cli/holdfast.ts", "status", "--env", "local", "--json"], {
      ...parseEnv(readFileSync(join(folder, "local.env"), "utf8")),
    });
    expect(status.code).toBe(1);
    const { sources } = JSON.parse(status.stdout) as { sources: { source: string; state: string }[] };
    expect(Object.fromEntries(sources.map(({ source, state }) => [source, state]))).toMatchObject({
      orders: "ok",
      uploads: "ok",
    });
    expect((await holdfast("points", "orders")).stdout).toMatch(/\d{8}T\d{4}Z/);
    const wrong = await holdfast("points", "order");
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain("orders");
  });

  test("a point taken by hand is followed into the other region", async () => {
    const { code, stdout, stderr } = await holdfast("backup", "orders");
    expect(code, stdout + stderr).toBe(0);
  });

  test("the command reads a good archive again, and a bad one too", async () => {
    expect(await holdfast("verify", "nightly-erp", "erp/invoices.sql.gz")).toMatchObject({ code: 0 });
    const bad = await holdfast("verify", "nightly-erp", "erp/bad/flipped.sql.zst");
    expect(bad.code, "the exit code for damage").toBe(7);
    expect(bad.stdout + bad.stderr).toContain("compressed data is broken");
  });

  consoleJourney(() => apiUrl);

  test("what was loaded with psql is there after another restart", async () => {
    expect(await stop()).toBe(0);
    await start([]);
    expect(await psql("SELECT answer FROM mine")).toEqual([{ answer: 42 }]);
    expect(await psql("SELECT count(*)::int AS orders FROM orders")).toEqual([
      { orders: expect.any(Number) },
    ]);
  }, 120_000);

  test("killed between the database's deletion and its restore, it is brought back first, and goes on", async () => {
    const { AWS_ENDPOINT_URL: endpoint = "" } = parseEnv(readFileSync(join(folder, "local.env"), "utf8"));
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const rds = new RDSClient({ region: "eu-west-1", endpoint, credentials });
    const gone = { DBInstanceIdentifier: "orders-db", SkipFinalSnapshot: true };
    await rds.send(new DeleteDBInstanceCommand(gone));
    expect(await stop()).toBe(0);
    await start([]);
    expect(heard).toContain("orders-db is not there: the last run was killed");
    expect(heard).toMatch(/orders-db in eu-west-1 is back after/);
    // Out of the newest point that a drill has proved.
    const [{ orders } = { orders: 0 }] = await psql<{ orders: number }>(
      "SELECT count(*)::int AS orders FROM orders",
    );
    expect(orders).toBeGreaterThan(999_999);
    expect(await stop()).toBe(0);
  }, 180_000);
});
