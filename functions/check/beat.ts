import { Problem } from "../core/problem.ts";
import { cut, printable } from "../core/text.ts";
import type { Login } from "./database.ts";
import { createHeartbeatSql, writeBeatSql } from "./heartbeat.ts";
import { connectMysql } from "./mysql.ts";
import { connectPostgres, postgresDatabases } from "./postgres.ts";

/** A connection, as far as a beat needs one. */
type Speaking = { run(sql: string): Promise<unknown>; end(): Promise<unknown> };

/** What the server says where the schema or the table is not there yet: SQLSTATE, or MySQL's number. */
const notThere = new Set<unknown>(["42P01", "3F000", 1_146, 1_049]);

/** A beat that takes longer is no beat: the database has other work to do. */
const timeoutMs = 10_000;

/**
 * Writes one beat into a live database: a row of its own in a schema of its own, which is made if it is not there. It
 * reads and changes nothing else. Throws `Problem` unavailable, never with a secret in it.
 */
export async function writeBeat(
  login: Login,
  family: "postgres" | "mysql",
  database?: string,
): Promise<void> {
  let speaking: Speaking | undefined;
  try {
    speaking = await open(login, family, database);
    try {
      await write(speaking, family);
    } catch (thrown) {
      const { code, errno } = thrown as { code?: unknown; errno?: unknown };
      if (!notThere.has(code) && !notThere.has(errno)) throw thrown;
      for (const sql of createHeartbeatSql(family)) await speaking.run(sql);
      await write(speaking, family);
    }
  } catch (thrown) {
    const said = printable(cut(thrown instanceof Error ? thrown.message : String(thrown), 300));
    const what = `no heartbeat could be written on ${login.host}: ${said}`;
    throw new Problem("unavailable", what, "See the user's rights and the security groups.", thrown);
  } finally {
    // What was written is written; a connection that does not end well tells nothing more.
    await speaking?.end().catch(() => {});
  }
}

async function write(speaking: Speaking, family: "postgres" | "mysql"): Promise<void> {
  for (const sql of writeBeatSql(family)) await speaking.run(sql);
}

async function open(login: Login, family: "postgres" | "mysql", database?: string): Promise<Speaking> {
  if (family === "mysql") {
    const connection = await connectMysql(login);
    return {
      run: (sql) => connection.query({ sql, timeout: timeoutMs }),
      end: () => connection.end(),
    };
  }
  const client = await connectPostgres(login, database ?? (await homeOf(login)));
  await client.query(`SET statement_timeout = ${timeoutMs}`);
  return { run: (sql) => client.query(sql), end: () => client.end() };
}

/** Where a drill looks for the beats: the first database that somebody made. */
async function homeOf(login: Login): Promise<string> {
  const names = await postgresDatabases(login);
  return names.find((name) => name !== "postgres") ?? "postgres";
}
