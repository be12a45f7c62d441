import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { check, type Surroundings } from "../../functions/check/check.ts";
import { type CheckReport, CheckRequest, type Fingerprint } from "../../functions/core/fingerprint.ts";
import { freePort, Postgres } from "../../local/postgres.ts";

export const password = "not a secret";

/** A PostgreSQL server for tests, with databases made as they are asked for. */
export type TestServer = {
  port: number;
  /** Makes a database and runs SQL in it. */
  database(sql?: string): Promise<string>;
  run(database: string, sql: string): Promise<void>;
  /** Changes one byte of a table's file while the server is down, and starts it again. */
  damage(database: string, table: string): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a new PostgreSQL server. */
export async function startPostgres(): Promise<TestServer> {
  const postgres = await Postgres.find();
  const folder = await postgres.reachable(await mkdtemp(join(tmpdir(), "holdfast-check-")));
  const data = join(folder, "data");
  await postgres.create(data, { user: "postgres", password });
  const port = await freePort();
  let server = await postgres.start(data, port);
  let made = 0;
  const run = async (database: string, sql: string) => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password, database });
    await client.connect();
    return client.query(sql).finally(() => client.end());
  };
  return {
    port,
    run: async (database, sql) => void (await run(database, sql)),
    async damage(database, table) {
      await run(database, "CHECKPOINT");
      const { rows } = await run(database, `SELECT pg_relation_filepath('${table}') AS path`);
      await server.stop();
      const file = await open(join(data, rows[0].path), "r+");
      const byte = Buffer.alloc(1);
      // Near the end of the first page, where its oldest rows are.
      await file.read(byte, 0, 1, 8_000);
      await file.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, 8_000);
      await file.close();
      server = await postgres.start(data, port);
    },
    async database(sql = "") {
      const name = `d${++made}`;
      await run("postgres", `CREATE DATABASE ${name}`);
      await run(name, sql);
      return name;
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Asks the checker about one database of a test server, as a drill does. */
export function ask(
  port: number,
  database: string,
  request: Partial<CheckRequest> = {},
  around: Partial<Surroundings> = {},
): Promise<CheckReport> {
  const whole = CheckRequest.parse({
    engine: "postgres",
    host: "127.0.0.1",
    port,
    user: "postgres",
    secretId: "clone",
    tls: "preferred",
    databases: [database],
    ...request,
  });
  return check(whole, {
    secret: async () => JSON.stringify({ username: "postgres", password }),
    remainingMs: () => 600_000,
    now: () => new Date(),
    ...around,
  });
}

/** The fingerprint of one database. */
export async function fingerprintOf(port: number, database: string, maxRanges = 64): Promise<Fingerprint> {
  const { fingerprints, checks } = await ask(port, database, { maxRanges });
  const [fingerprint] = fingerprints;
  if (!fingerprint) throw new Error(`no fingerprint: ${JSON.stringify(checks)}`);
  return fingerprint;
}
