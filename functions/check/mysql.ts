import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import type { Scalar } from "../core/fingerprint.ts";
import { printable } from "../core/text.ts";
import { type Database, type Login, outOfTime, type Verdict } from "./database.ts";
import { type Beat, readBeatsSql } from "./heartbeat.ts";
import { quoted } from "./mysql-names.ts";
import { contents, fingerprint, mysqlAlgorithm, rowsOf, systemSchemas, tooLong } from "./mysql-rows.ts";
import { schemaLines } from "./mysql-schema.ts";
import { readWhole, storedBytes } from "./mysql-whole.ts";

/** Errors by which a server says that it may not, or that time is up: access, statement time, lock waits. */
const refusals = new Set([1044, 1142, 1143, 1205, 1227, tooLong, 1969, 3024]);

/** Connects to a server of MySQL's family, Aurora's included; `schemas` narrows what of it is looked at. */
export async function openMysql(login: Login, schemas: string[] | undefined): Promise<Database> {
  const connection = await connectMysql(login);
  try {
    const [about] = await rowsOf<{ version: string }>(connection, "SELECT VERSION() AS version");
    const version = about?.version ?? "";
    const mariadb = /mariadb/i.test(version);
    await settle(connection);
    return opened(connection, login, schemas, { version, mariadb });
  } catch (thrown) {
    await connection.end();
    throw thrown;
  }
}

/** The databases of a server that are somebody's. */
export async function mysqlDatabases(login: Login): Promise<string[]> {
  const connection = await connectMysql(login);
  try {
    const sql = `SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name NOT IN ${systemSchemas} ORDER BY 1`;
    return (await rowsOf<{ name: string }>(connection, sql)).map(({ name }) => name);
  } finally {
    await connection.end();
  }
}

function opened(
  connection: Connection,
  login: Login,
  schemas: string[] | undefined,
  { version, mariadb }: { version: string; mariadb: boolean },
): Database {
  /** Limits each statement in time, in the words of either branch of the family. */
  const limit = (on: Connection, seconds: number) =>
    on.query(
      mariadb
        ? `SET SESSION max_statement_time = ${seconds}`
        : `SET SESSION max_execution_time = ${seconds * 1000}`,
    );
  const inside = async <T>(seconds: number, work: () => Promise<T>): Promise<T> => {
    await limit(connection, seconds);
    await connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    try {
      return await work();
    } finally {
      await connection.query("ROLLBACK");
    }
  };
  const { timeoutSeconds } = login;
  const limitMs = (ms: number) => limit(connection, Math.ceil(ms / 1_000));
  return {
    engine: mariadb ? "mariadb" : "mysql",
    // 8.0 and 8.4 are majors of MySQL, 10.11 and 11.4 of MariaDB.
    major: version.split(".").slice(0, 2).join("."),
    version: printable(version),
    algorithm: mysqlAlgorithm,
    name: "",
    schemaLines: () => inside(timeoutSeconds, () => schemaLines(connection, schemas)),
    contents: () => inside(timeoutSeconds, () => contents(connection, schemas)),
    fingerprint: (table, { timeoutSeconds: seconds, ...bounds }) =>
      inside(seconds, () => fingerprint(connection, table, bounds)),
    usable: (time) => usable(connection, schemas, time),
    ask: async (sql, { timeoutSeconds: seconds, maxRows }) => {
      const own = await connectMysql(login, schemas?.[0]);
      try {
        await limit(own, seconds);
        await own.query("START TRANSACTION READ ONLY");
        const text = `SELECT * FROM (${sql.trim().replace(/;\s*$/, "")}\n) AS answer LIMIT ${maxRows}`;
        const [rows] = await own.query<RowDataPacket[][]>({ sql: text, rowsAsArray: true });
        return rows.map((row) => Array.from(row, scalar));
      } finally {
        own.destroy();
      }
    },
    beats: async () => {
      const sql =
        "SELECT 1 FROM information_schema.tables WHERE table_schema = 'holdfast' AND table_name = 'heartbeat'";
      if ((await rowsOf(connection, sql)).length === 0) return undefined;
      return rowsOf<Beat>(connection, readBeatsSql("mysql"));
    },
    storedBytes: () => inside(timeoutSeconds, () => storedBytes(connection)),
    readWhole: (after, leftMs) => inside(timeoutSeconds, () => readWhole(connection, limitMs, after, leftMs)),
    isRefusal: (thrown) => refusals.has((thrown as { errno?: number }).errno ?? 0),
    end: () => connection.end(),
  };
}

/** Everything that a value's text could depend on, fixed for the session. */
async function settle(connection: Connection): Promise<void> {
  for (const sql of [
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
    "SET SESSION time_zone = '+00:00'",
    // Without ANSI_QUOTES and PAD_CHAR_TO_FULL_LENGTH, which change names' and values' text.
    "SET SESSION sql_mode = ''",
    "SET SESSION sql_quote_show_create = 1",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION lock_wait_timeout = 10",
    "SET SESSION group_concat_max_len = 1048576",
  ])
    await connection.query(sql);
}

/** CHECK TABLE reads every row and index of a table; foreign keys are part of the schema, their rows are not re-checked. */
async function usable(connection: Connection, schemas: string[] | undefined, time: () => boolean) {
  const tables = await rowsOf<{ schema: string; name: string; engine: string | null }>(
    connection,
    `SELECT table_schema AS \`schema\`, table_name AS name, engine AS engine FROM information_schema.tables
     WHERE table_schema NOT IN ${systemSchemas} AND table_type = 'BASE TABLE' ORDER BY 1, 2`,
  );
  const own = tables.filter(({ schema }) => schemas === undefined || schemas.includes(schema));
  const verdicts: Verdict[] = [];
  const left = [...own];
  for (let one = left.shift(); one; one = time() ? left.shift() : undefined) {
    const { schema, name } = one;
    const said = await rowsOf<{ Msg_type: string; Msg_text: string }>(
      connection,
      `CHECK TABLE ${quoted(schema)}.${quoted(name)}`,
    );
    const words = said.map(({ Msg_text }) => printable(Msg_text)).join(", ");
    const status = said.find(({ Msg_type }) => Msg_type.toLowerCase() === "status")?.Msg_text;
    if (
      said.some(({ Msg_type }) => Msg_type.toLowerCase() === "error") ||
      (status && !/^(OK|Table is already up to date)$/.test(status))
    )
      verdicts.push({
        name: `${schema}.${name}`,
        ok: false,
        sentence: `table ${schema}.${name} or an index of it is damaged: ${words}`,
      });
    else if (!status)
      verdicts.push({
        name: `${schema}.${name}`,
        ok: undefined,
        sentence: `table ${schema}.${name} cannot be checked: ${words}`,
      });
  }
  verdicts.push(...outOfTime(left.length, "tables"));
  return { looked: own.length - left.length, verdicts };
}

function scalar(value: unknown): Scalar {
  if (value === null || typeof value === "number" || typeof value === "boolean" || typeof value === "string")
    return value;
  return Buffer.isBuffer(value) ? value.toString("hex") : JSON.stringify(value);
}

/** Connects to the server, over TLS unless there is none and none is required. */
export async function connectMysql(
  { host, port, user, password, tls }: Login,
  database?: string,
): Promise<Connection> {
  const open = (ssl: boolean) =>
    mysql.createConnection({
      host,
      port,
      user,
      password,
      ...(database ? { database } : {}),
      // Without verifyIdentity any certificate of a known authority would do.
      ...(ssl ? { ssl: { verifyIdentity: true } } : {}),
      connectTimeout: 20_000,
      charset: "utf8mb4_bin",
      dateStrings: true,
      supportBigNumbers: true,
    });
  try {
    return await open(true);
  } catch (thrown) {
    const plain = (thrown as { code?: string }).code === "HANDSHAKE_NO_SSL_SUPPORT";
    if (tls === "required" || !plain) throw thrown;
    return open(false);
  }
}
