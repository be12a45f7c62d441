import type { Connection, RowDataPacket } from "mysql2/promise";
import {
  addDigests,
  emptyDigest,
  type KeyRange,
  namesOf,
  type RangeLayout,
  type TableFingerprint,
} from "../core/fingerprint.ts";
import type { Bounds, Column, Contents, Table } from "./database.ts";
import { quoted } from "./mysql-names.ts";
import { digestOf, fold, layoutOf } from "./ranges.ts";

/**
 * A row's hash is the SHA-256 of its fields, one after the other so that none can be taken for two; 128 bits of it are added
 * up in two exact sums. See postgresAlgorithm for why sums, and what they do not prove.
 */
export const mysqlAlgorithm = "sha256-fields-sum128/1";

type Listed = { schema: string; table: string; engine: string | null; kind: string };

/** The server's own number for a result longer than max_allowed_packet. */
export const tooLong = 1301;

/** What the server keeps for itself. */
export const systemSchemas = "('mysql', 'information_schema', 'performance_schema', 'sys', 'rdsadmin')";

/** Engines whose rows are not in this server's files, or not for long. */
const elsewhere: Record<string, string> = {
  MEMORY: "an in-memory table: it is empty after a restore",
  BLACKHOLE: "a table that keeps no rows",
  FEDERATED: "a table of another server",
  CONNECT: "a table of another place",
  SPIDER: "a table of another server",
};

/** What the server's databases hold, or some of them. */
export async function contents(connection: Connection, schemas: string[] | undefined): Promise<Contents> {
  const relations = await rowsOf<Listed>(
    connection,
    `SELECT table_schema AS \`schema\`, table_name AS \`table\`, engine AS engine, table_type AS kind FROM information_schema.tables
     WHERE table_schema NOT IN ${systemSchemas} AND table_type NOT IN ('VIEW', 'SYSTEM VIEW')`,
  );
  const own = relations
    .filter(({ schema }) => schemas === undefined || schemas.includes(schema))
    .sort((a, b) => byBytes(`${a.schema}.${a.table}`, `${b.schema}.${b.table}`));
  const contents: Contents = { tables: [], excluded: [], sequences: [] };
  for (const { schema, table, engine, kind } of own) {
    const name = `${schema}.${table}`;
    const reason = elsewhere[(engine ?? "").toUpperCase()];
    if (kind === "SEQUENCE") {
      const sql = `SELECT CAST(next_not_cached_value AS CHAR) AS value FROM ${quoted(schema)}.${quoted(table)}`;
      contents.sequences.push({
        name,
        value: (await rowsOf<{ value: string }>(connection, sql))[0]?.value ?? "",
      });
    } else if (reason) contents.excluded.push({ name, reason });
    else contents.tables.push(await describe(connection, schema, table));
  }
  return contents;
}

async function describe(connection: Connection, schema: string, table: string): Promise<Table> {
  const columns = await rowsOf<{ name: string; type: string; full: string; extra: string }>(
    connection,
    `SELECT column_name AS name, data_type AS type, column_type AS full, extra AS extra FROM information_schema.columns
     WHERE table_schema = ? AND table_name = ?`,
    [schema, table],
  );
  const key = await rowsOf<{ name: string }>(
    connection,
    `SELECT column_name AS name FROM information_schema.statistics
     WHERE table_schema = ? AND table_name = ? AND index_name = 'PRIMARY' ORDER BY seq_in_index`,
    [schema, table],
  );
  return {
    schema,
    table,
    columns: columns
      // Virtual columns have no bytes of their own to lose.
      .filter(({ extra }) => !/virtual/i.test(extra))
      .map(({ name, type, full }) => ({
        name,
        type: /unsigned/i.test(full) ? `${type} unsigned` : type,
        expression: bytesOf(quoted(name), type.toLowerCase()),
      }))
      .sort((a, b) => byBytes(a.name, b.name)),
    key: key.map(({ name }) => name),
  };
}

const isText = (type: string) => /char|text|enum|set|json/.test(type);
const isBytes = (type: string) => /blob|binary/.test(type);

/** A value as bytes that depend on nothing but the value: no session's character set, precision or time zone. */
function bytesOf(c: string, type: string): string {
  if (isText(type)) return `CAST(CONVERT(${c} USING utf8mb4) AS BINARY)`;
  if (/geometry|point|linestring|polygon|collection|vector/.test(type) || type === "bit") return `HEX(${c})`;
  // A float prints six digits only; as a double it prints all that tell it from its neighbours.
  return type === "float" ? `${c} + 0e0` : c;
}

/**
 * A field of the text that is hashed. What may hold any bytes has its length before it; all else is of digits,
 * letters and a few signs, so that a comma ends it: with lengths everywhere a pass took 1.8 times as long.
 */
function fieldOf({ name, type, expression }: Column): string {
  return isText(type) || isBytes(type)
    ? `IFNULL(CONCAT(LENGTH(${quoted(name)}), ':', ${expression}), '-')`
    : `IFNULL(CONCAT(${expression}, ','), '~')`;
}

/** The statement that reads a table once; a row per range comes back. */
export function rowsSql(table: Table, layout: RangeLayout | undefined): string {
  const column = table.columns.find(({ name }) => name === layout?.column);
  const range = layout && column ? rangeExpression(column, layout) : "NULL";
  const fields = table.columns.map(fieldOf);
  const lane = (from: number) =>
    `CAST(SUM(CAST(CONV(SUBSTRING(r, ${from}, 16), 16, 10) AS UNSIGNED)) AS CHAR)`;
  return `SELECT CAST(k AS CHAR) AS at, COUNT(*) AS total, COUNT(*) - COUNT(r) AS lost, ${lane(1)} AS a, ${lane(17)} AS b
FROM (SELECT ${range} AS k, SHA2(CONCAT(${fields.join(", ")}), 256) AS r FROM ${quoted(table.schema)}.${quoted(table.table)}) AS hashed GROUP BY k`;
}

/** The digest of a table and its ranges, in one pass. */
export async function fingerprint(
  connection: Connection,
  table: Table,
  { maxRanges, layout: given }: Omit<Bounds, "timeoutSeconds">,
): Promise<TableFingerprint> {
  const layout = given ?? (await findLayout(connection, table));
  const rows = await rowsOf<{
    at: string | null;
    total: number;
    lost: number;
    a: string | null;
    b: string | null;
  }>(connection, rowsSql(table, layout));
  const lost = rows.reduce((sum, range) => sum + range.lost, 0);
  // The server makes NULL of a row that is too long, and a sum passes over NULL without a word.
  if (lost > 0)
    throw Object.assign(new Error(`${lost} rows are longer than the server's max_allowed_packet`), {
      errno: tooLong,
    });
  const ranges = rows.map(
    ({ at, total, a, b }): KeyRange => ({
      at: at ?? "",
      from: "",
      to: "",
      rows: total,
      digest: digestOf(a ?? "0", b ?? "0"),
    }),
  );
  const whole = {
    schema: table.schema,
    table: table.table,
    rows: ranges.reduce((sum, range) => sum + range.rows, 0),
    digest: ranges.reduce((sum, range) => addDigests(sum, range.digest), emptyDigest),
  };
  if (!layout) return { ...whole, ranges: [] };
  const folded = fold(layout, ranges, maxRanges);
  const named = folded.ranges.map((range) => ({ ...range, ...namesOf(folded.layout, range.at) }));
  return { ...whole, layout: folded.layout, ranges: named };
}

function unitOf({ type }: Column): RangeLayout["unit"] | undefined {
  if (/^(tiny|small|medium|big)?int( unsigned)?$/.test(type)) return "integer";
  if (type === "date") return "day";
  if (type === "datetime" || type === "timestamp") return "second";
  if (/char/.test(type)) return "text";
  return type === "binary" || type === "varbinary" || type === "uuid" ? "bytes" : undefined;
}

function positionExpression({ name, type }: Column): string {
  const c = quoted(name);
  if (type === "date") return `DATEDIFF(${c}, '2000-01-01')`;
  if (type === "datetime" || type === "timestamp") return `TIMESTAMPDIFF(SECOND, '1970-01-01', ${c})`;
  return c;
}

const keyBytes = ({ type, expression }: Column) =>
  type === "uuid" ? `UNHEX(REPLACE(${expression}, '-', ''))` : expression;

function rangeExpression(column: Column, { unit, prefix, lo, hi, shift }: RangeLayout): string {
  const size = 2n ** BigInt(shift);
  // DIV rounds towards zero; ranges are aligned downwards.
  const floored = (p: string) => `IF(${p} < 0, -1 - (-1 - ${p}) DIV ${size}, ${p} DIV ${size})`;
  if (unit !== "text" && unit !== "bytes") {
    const p = positionExpression(column);
    const at = column.type.endsWith("unsigned") ? `${p} DIV ${size}` : floored(p);
    return `IF(${p} BETWEEN ${lo} AND ${hi}, ${at}, NULL)`;
  }
  const length = prefix.length / 2;
  const bytes = keyBytes(column);
  const p = `(ORD(SUBSTRING(${bytes}, ${length + 1}, 1)) * 256 + ORD(SUBSTRING(${bytes}, ${length + 2}, 1)))`;
  return `IF(SUBSTRING(${bytes}, 1, ${length}) = UNHEX('${prefix}') AND ${p} BETWEEN ${lo} AND ${hi}, ${p} DIV ${size}, NULL)`;
}

/** A layout from the first and last row of the primary key, by which InnoDB keeps its rows. */
async function findLayout(connection: Connection, table: Table): Promise<RangeLayout | undefined> {
  const key = table.key.flatMap((name) => table.columns.find((column) => column.name === name) ?? []);
  if (key.length === 0) return undefined;
  const value = (column: Column) => {
    const unit = unitOf(column);
    const inBytes = unit === "text" || unit === "bytes" || unit === undefined;
    return inBytes ? `LOWER(HEX(${keyBytes(column)}))` : `CAST(${positionExpression(column)} AS CHAR)`;
  };
  const values = key.map((column, index) => `${value(column)} AS k${index}`).join(", ");
  const end = async (direction: "ASC" | "DESC") => {
    const order = key.map(({ name }) => `t.${quoted(name)} ${direction}`).join(", ");
    const sql = `SELECT ${values} FROM ${quoted(table.schema)}.${quoted(table.table)} AS t ORDER BY ${order} LIMIT 1`;
    return (await rowsOf<Record<string, string | null>>(connection, sql))[0];
  };
  const [first, last] = [await end("ASC"), await end("DESC")];
  if (!first || !last) return undefined;
  const at = Math.max(
    0,
    key.findIndex((_, index) => first[`k${index}`] !== last[`k${index}`]),
  );
  const [column, a, b] = [key[at], first[`k${at}`], last[`k${at}`]];
  const unit = column && unitOf(column);
  return column && unit && a != null && b != null
    ? layoutOf({ column: column.name, unit, first: a, last: b })
    : undefined;
}

/** The rows that a statement answers. */
export async function rowsOf<T>(connection: Connection, sql: string, values: string[] = []): Promise<T[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql, values);
  return rows as T[];
}

/** The order of bytes: collations differ between servers. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
