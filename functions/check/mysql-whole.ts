import type { Connection } from "mysql2/promise";
import { printable } from "../core/text.ts";
import type { Column, Table, WholeRead } from "./database.ts";
import { quoted } from "./mysql-names.ts";
import { contents, rowsOf, systemSchemas } from "./mysql-rows.ts";

/** What one statement reads, about: some seconds even where each page comes from afar. */
const bytesAtOnce = 8 * 2 ** 20;

/** Errors by which a server says that it may not, or that time is up: access, lock waits, statement time. */
const refusals = new Set([1044, 1142, 1143, 1205, 1227, 1969, 3024]);
const timeIsUp = new Set([1969, 3024]);

/** A part of a table that is read by itself: its rows, or one of its indexes. */
type Unit = {
  table: Table;
  name: string;
  index?: string;
  column?: string;
  bytes: number;
  rowBytes: number;
};

/** Where reading goes on: a unit, and of its rows the first value of the key that is not read yet. */
type Place = { unit: string; key?: string | { hex: string } };

type Key = string | number | Buffer;

/** Runs statements with a limit on each, in milliseconds. */
export type Limit = (ms: number) => Promise<unknown>;

/**
 * Has every table of a server read: its rows in the order of their key, values outside of their page included, then each
 * of its other indexes. What has no key that can be told in steps is read in one statement.
 */
export async function readWhole(
  connection: Connection,
  limit: Limit,
  after: string | undefined,
  leftMs: () => number,
): Promise<WholeRead> {
  const all = await units(connection);
  const from: Place | undefined = after === undefined ? undefined : JSON.parse(after);
  const start = from ? all.findIndex(({ name }) => name === from.unit) : 0;
  const done: WholeRead = { bytes: 0, unread: [] };
  // What it was to go on with is gone: whoever dropped it needs none of it read.
  const rest = start < 0 ? [] : all.slice(start);
  let begun = false;
  for (const unit of rest) {
    let key = unit.name === from?.unit ? keyFrom(from.key) : undefined;
    let more = true;
    while (more) {
      const place = (): string =>
        JSON.stringify({ unit: unit.name, ...(key === undefined ? {} : { key: told(key) }) });
      if (begun && leftMs() <= 0) return { ...done, next: place() };
      const first = !begun;
      begun = true;
      try {
        await limit(Math.max(5_000, leftMs()));
        const step = unit.index ? await readIndex(connection, unit) : await readRows(connection, unit, key);
        done.bytes += step.bytes;
        key = step.next;
        more = key !== undefined;
      } catch (thrown) {
        const { errno, message } = thrown as Error & { errno?: number };
        if (errno === undefined || errno < 1_000 || (errno >= 2_000 && errno < 3_000)) throw thrown;
        // With all of another call's time it may come to its end.
        if (timeIsUp.has(errno) && !first) return { ...done, next: place() };
        done.unread.push({ name: unit.name, reason: printable(message), damaged: !refusals.has(errno) });
        more = false;
      }
    }
  }
  return done;
}

/** About how many bytes the server's tables and indexes have. */
export async function storedBytes(connection: Connection): Promise<number> {
  const [row] = await rowsOf<{ bytes: string | null }>(
    connection,
    `SELECT CAST(SUM(data_length + index_length) AS CHAR) AS bytes FROM information_schema.tables WHERE table_schema NOT IN ${systemSchemas}`,
  );
  return Number(row?.bytes ?? 0);
}

type Listed = { schema: string; table: string; data: number; indexes: number; rowBytes: number };

/** The tables in their order, each with its rows first and then its indexes in theirs. */
async function units(connection: Connection): Promise<Unit[]> {
  const { tables } = await contents(connection, undefined);
  const sizes = await rowsOf<Listed>(
    connection,
    `SELECT table_schema AS \`schema\`, table_name AS \`table\`, COALESCE(data_length, 0) AS data, COALESCE(index_length, 0) AS indexes, COALESCE(avg_row_length, 0) AS rowBytes
     FROM information_schema.tables WHERE table_schema NOT IN ${systemSchemas}`,
  );
  const secondary = await rowsOf<{ schema: string; table: string; name: string; column: string }>(
    connection,
    `SELECT table_schema AS \`schema\`, table_name AS \`table\`, index_name AS name, column_name AS \`column\` FROM information_schema.statistics
     WHERE table_schema NOT IN ${systemSchemas} AND index_name <> 'PRIMARY' AND index_type = 'BTREE' AND seq_in_index = 1 AND column_name IS NOT NULL
     ORDER BY index_name`,
  );
  const isOf = (table: Table) => (one: { schema: string; table: string }) =>
    one.schema === table.schema && one.table === table.table;
  return tables.flatMap((table): Unit[] => {
    const name = `${table.schema}.${table.table}`;
    const size = sizes.find(isOf(table));
    const own = secondary.filter(isOf(table));
    const rowBytes = Math.max(1, Number(size?.rowBytes ?? 0));
    const indexBytes = Number(size?.indexes ?? 0) / Math.max(1, own.length);
    return [
      { table, name, rowBytes, bytes: Number(size?.data ?? 0) },
      ...own.map((one) => ({
        ...{
          table,
          name: `${name} ${one.name}`,
          index: one.name,
          column: one.column,
          rowBytes,
          bytes: indexBytes,
        },
      })),
    ];
  });
}

/** One go over an index; grouped by nothing and counted by value, so that no server answers out of its statistics. */
async function readIndex(connection: Connection, { table, index = "", column = "", bytes }: Unit) {
  const from = `${quoted(table.schema)}.${quoted(table.table)} FORCE INDEX (${quoted(index)})`;
  await rowsOf(connection, `SELECT BIT_XOR(CRC32(${quoted(column)})) FROM ${from}`);
  return { bytes, next: undefined };
}

async function readRows(
  connection: Connection,
  { table, bytes, rowBytes }: Unit,
  from: Key | undefined,
): Promise<{ bytes: number; next: Key | undefined }> {
  const name = `${quoted(table.schema)}.${quoted(table.table)}`;
  const column = table.columns.find(({ name: one }) => one === table.key[0]);
  // What lies outside of its row's page is only read if its length is asked for.
  const long = table.columns.filter(({ type }) => /char|text|blob|binary|json|geometry|vector/.test(type));
  const sum = long.map((one) => `COALESCE(SUM(LENGTH(${quoted(one.name)})), 0)`).join(" + ");
  const whole = `SELECT COUNT(*) AS total, ${sum || "0"} AS bytes FROM ${name}`;
  if (!column || !inSteps(column)) {
    await rowsOf(connection, whole);
    return { bytes, next: undefined };
  }
  const key = quoted(column.name);
  const primary = `${name} FORCE INDEX (PRIMARY)`;
  const since = from === undefined ? "TRUE" : `${key} >= ?`;
  const values = from === undefined ? [] : [from];
  const ask = async (sql: string, given: Key[]) =>
    (await rowsOf<{ k: Key | null }>(connection, sql, given as string[]))[0]?.k ?? undefined;
  const rows = Math.max(100, Math.floor(bytesAtOnce / rowBytes));
  const end = `SELECT ${key} AS k FROM ${primary} WHERE ${since} ORDER BY ${key} LIMIT 1 OFFSET ${rows}`;
  const at = await ask(end, values);
  const first =
    at === undefined ? at : await ask(`SELECT MIN(${key}) AS k FROM ${primary} WHERE ${since}`, values);
  // Where so many rows have one and the same first value, all of them are read at once: by the column's own order.
  const next =
    at === undefined || first === undefined
      ? undefined
      : await ask(`SELECT MIN(${key}) AS k FROM ${primary} WHERE ${key} >= ? AND ${key} > ?`, [at, first]);
  const until = next === undefined ? "" : ` AND ${key} < ?`;
  const [read] = await rowsOf<{ total: number }>(
    connection,
    `${whole.replace(name, primary)} WHERE ${since}${until}`,
    [...values, ...(next === undefined ? [] : [next])] as string[],
  );
  return { bytes: Number(read?.total ?? 0) * rowBytes, next };
}

/** Whether values of the column can be compared in the same order in which the index has them. */
function inSteps({ type }: Column): boolean {
  return /^((tiny|small|medium|big)?int( unsigned)?|decimal.*|date|datetime|timestamp|(var)?(char|binary)|uuid)$/.test(
    type,
  );
}

function told(key: Key): string | { hex: string } {
  return Buffer.isBuffer(key) ? { hex: key.toString("hex") } : String(key);
}

function keyFrom(key: Place["key"]): Key | undefined {
  return typeof key === "object" ? Buffer.from(key.hex, "hex") : key;
}
