import pg from "pg";
import type { Scalar } from "../core/fingerprint.ts";
import type { Database, Login } from "./database.ts";
import { type Beat, readBeatsSql } from "./heartbeat.ts";
import { contents, fingerprint, postgresAlgorithm } from "./postgres-rows.ts";
import { schemaLines } from "./postgres-schema.ts";
import { usable } from "./postgres-usable.ts";
import { readWhole, storedBytes } from "./postgres-whole.ts";

/**
 * Everything that a value's text or a name's spelling could depend on, fixed: no setting of the server, of the
 * database or of the user changes a fingerprint.
 */
const settings = {
  DateStyle: "ISO, YMD",
  TimeZone: "UTC",
  IntervalStyle: "iso_8601",
  extra_float_digits: "3",
  bytea_output: "hex",
  xmlbinary: "base64",
  lc_monetary: "C",
  lc_numeric: "C",
  lc_time: "C",
  search_path: "pg_catalog",
  quote_all_identifiers: "off",
  client_encoding: "UTF8",
  // With it on, a policy would hide rows without a word.
  row_security: "off",
  // One pass over a table gains nothing from compiling it, and small tables lose.
  jit: "off",
  work_mem: "16MB",
  lock_timeout: "10s",
};

/** Codes of what a database would not do: rights, limits of time and of locks. */
const refusals = new Set(["42501", "57014", "55P03", "0A000"]);

/** Connects to one database of a PostgreSQL server, Aurora's included. */
export async function openPostgres(login: Login, name: string): Promise<Database> {
  const client = await connectPostgres(login, name);
  try {
    return await begin(client, login, name);
  } catch (thrown) {
    await client.end();
    throw thrown;
  }
}

/** The databases of a server that are somebody's. */
export async function postgresDatabases(login: Login): Promise<string[]> {
  const client = await connectPostgres(login, "postgres");
  try {
    const { rows } = await client.query<{ datname: string }>(
      `SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> 'rdsadmin' ORDER BY datname COLLATE "C"`,
    );
    return rows.map(({ datname }) => datname);
  } finally {
    await client.end();
  }
}

async function begin(client: pg.Client, login: Login, name: string): Promise<Database> {
  const server = await client.query<{ version: string; number: string }>(
    "SELECT version(), current_setting('server_version_num') AS number",
  );
  const { version = "", number = "0" } = server.rows[0] ?? {};
  const major = Math.floor(Number(number) / 10_000);
  if (major < 14)
    throw new Error(`PostgreSQL ${major} is older than fingerprints can be made on: 14 or later`);

  /** Runs in one snapshot that reads everything and leaves nothing. */
  const inside = async <T>(seconds: number, work: () => Promise<T>, writes = false): Promise<T> => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    try {
      const all = Object.entries({
        ...settings,
        statement_timeout: `${seconds}s`,
        max_parallel_workers_per_gather: String(login.parallelWorkers),
      });
      const calls = all.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, true)`);
      await client.query(`SELECT ${calls.join(", ")}`, all.flat());
      await readAll(client);
      if (!writes) await client.query("SET TRANSACTION READ ONLY");
      return await work();
    } finally {
      await client.query("ROLLBACK");
    }
  };
  const { timeoutSeconds } = login;

  return {
    engine: "postgres",
    major: String(major),
    version: version.replace(/ on .*/, ""),
    algorithm: postgresAlgorithm,
    name,
    schemaLines: () => inside(timeoutSeconds, () => schemaLines(client)),
    contents: () => inside(timeoutSeconds, () => contents(client)),
    fingerprint: (table, { timeoutSeconds: seconds, ...bounds }) =>
      inside(seconds, () => fingerprint(client, major, table, bounds)),
    usable: (time) => inside(timeoutSeconds, () => usable(client, time), true),
    ask: (sql, bounds) => ask(login, name, sql, bounds),
    beats: () =>
      inside(timeoutSeconds, async () => {
        const there = await client.query("SELECT to_regclass('holdfast.heartbeat') IS NOT NULL AS there");
        if (!there.rows[0]?.there) return undefined;
        return (await client.query<Beat>(readBeatsSql("postgres"))).rows;
      }),
    storedBytes: () => inside(timeoutSeconds, () => storedBytes(client)),
    readWhole: (after, leftMs) => inside(timeoutSeconds, () => readWhole(client, after, leftMs), true),
    isRefusal: (thrown) => refusals.has((thrown as { code?: string }).code ?? ""),
    end: () => client.end(),
  };
}

/** The master user of RDS is no superuser; where it may, it lends itself the right to read all, until the rollback. */
async function readAll(client: pg.Client): Promise<void> {
  const { rows } = await client.query("SELECT pg_has_role('pg_read_all_data', 'USAGE') AS may");
  if (rows[0]?.may) return;
  await client.query("SAVEPOINT lend");
  // Whoever may not grant it reads what it may; the tables it may not are reported as unread.
  await client.query("GRANT pg_read_all_data TO CURRENT_USER").catch(() => client.query("ROLLBACK TO lend"));
}

/**
 * Runs somebody's query with the settings that the server gives everyone. The extended protocol takes one statement
 * only, and as a subquery nothing but a query is one, so it cannot end its read-only transaction.
 */
async function ask(
  login: Login,
  name: string,
  sql: string,
  { timeoutSeconds, maxRows }: { timeoutSeconds: number; maxRows: number },
): Promise<Scalar[][]> {
  const client = await connectPostgres(login, name);
  try {
    await client.query("BEGIN READ ONLY");
    await client.query(`SET LOCAL statement_timeout = '${timeoutSeconds}s'`);
    const text = `SELECT * FROM (${sql.trim().replace(/;\s*$/, "")}\n) AS answer LIMIT ${maxRows}`;
    const { rows } = await client.query<unknown[]>({
      text,
      rowMode: "array",
      queryMode: "extended",
    } as pg.QueryArrayConfig);
    return rows.map((row) => row.map(scalar));
  } finally {
    await client.end();
  }
}

/** Booleans and small integers as such; all else in the server's own text. */
function scalar(value: unknown): Scalar {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Connects to one database, over TLS unless there is none and none is required. */
export async function connectPostgres(
  { host, port, user, password, tls }: Login,
  database: string,
): Promise<pg.Client> {
  const open = async (ssl: boolean) => {
    const client = new pg.Client({
      host,
      port,
      user,
      password,
      database,
      ssl,
      connectionTimeoutMillis: 20_000,
      application_name: "holdfast",
      // Dates stay in the server's text: JavaScript's know no microseconds.
      types: { getTypeParser: (id, format) => (dates.has(id) ? String : pg.types.getTypeParser(id, format)) },
    });
    // A connection that breaks between two queries breaks the next one too: that is where it is told.
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  try {
    return await open(true);
  } catch (thrown) {
    const plain = thrown instanceof Error && /does not support SSL/.test(thrown.message);
    if (tls === "required" || !plain) throw thrown;
    return open(false);
  }
}

const dates = new Set([1082, 1083, 1114, 1184, 1186, 1266]);
