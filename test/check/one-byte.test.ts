import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../functions/check/database.ts";
import { openPostgres } from "../../functions/check/postgres.ts";
import type { TableFingerprint } from "../../functions/core/fingerprint.ts";
import { password, startPostgres, type TestServer } from "./servers.ts";

let server: TestServer;
let client: pg.Client;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  const login = { host: "127.0.0.1", port: server.port, user: "postgres", password };
  client = new pg.Client({ ...login, database: "postgres" });
  await client.connect();
  await client.query("CREATE TYPE mood AS ENUM ('low', 'mid', 'high')");
  database = await openPostgres(
    { ...login, tls: "preferred", parallelWorkers: 0, timeoutSeconds: 30 },
    "postgres",
  );
});
afterAll(async () => {
  await database.end();
  await client.end();
  await server.stop();
});

/** Types with values of theirs as text, and the smallest change to such a value. */
const kinds: Record<string, { value: fc.Arbitrary<string>; changed(value: string): string }> = {
  text: {
    value: fc.string({ unit: fc.constantFrom(..."ab,()\"' é\\") }),
    changed: (v) => (v === "" ? " " : bump(v)),
  },
  int: {
    value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(String),
    changed: (v) => String(Number(v) ^ 1),
  },
  bigint: {
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    changed: (v) => String(BigInt.asIntN(64, BigInt(v) ^ 1n)),
  },
  bytea: {
    value: fc.uint8Array({ maxLength: 9 }).map((bytes) => `\\x${Buffer.from(bytes).toString("hex")}`),
    changed: (v) =>
      v === "\\x" ? "\\x00" : v.slice(0, -1) + (Number.parseInt(v.slice(-1), 16) ^ 1).toString(16),
  },
  boolean: { value: fc.boolean().map(String), changed: (v) => String(v !== "true") },
  mood: { value: fc.constantFrom("low", "mid", "high"), changed: (v) => (v === "low" ? "mid" : "low") },
  "text[]": {
    value: fc.constantFrom("{}", "{a}", "{a,b}", '{"a,b"}', "{NULL}"),
    changed: (v) => (v === "{}" ? '{""}' : "{}"),
  },
  numeric: {
    value: fc.tuple(fc.integer(), fc.nat({ max: 999 })).map(([a, b]) => `${a}.${b}`),
    changed: (v) => `${v}0`,
  },
  "double precision": {
    value: fc.constantFrom("0", "1.5", "NaN", "1e300"),
    changed: (v) => (v === "0" ? "-0" : "0"),
  },
};

/** The same text with its last character one further. */
const bump = (text: string) => text.slice(0, -1) + (text.endsWith("a") ? "b" : "a");

const table = fc
  .record({
    columns: fc.array(fc.constantFrom(...Object.keys(kinds)), { minLength: 1, maxLength: 4 }),
    rowCount: fc.integer({ min: 2, max: 40 }),
    withKey: fc.boolean(),
  })
  .chain(({ columns, rowCount, withKey }) =>
    fc.record({
      columns: fc.constant(columns),
      withKey: fc.constant(withKey),
      rows: fc.array(
        fc.tuple(...columns.map((type) => fc.option(kinds[type]?.value ?? fc.constant(""), { freq: 6 }))),
        {
          minLength: rowCount,
          maxLength: rowCount,
        },
      ),
      at: fc.record({ row: fc.nat({ max: rowCount - 1 }), column: fc.nat({ max: columns.length - 1 }) }),
    }),
  );

type Rows = (string | null)[][];

async function load(columns: string[], rows: Rows, withKey: boolean, order: "ASC" | "DESC") {
  const defined = columns.map((type, index) => `c${index} ${type}`).join(", ");
  await client.query(
    `DROP TABLE IF EXISTS t; CREATE TABLE t (id int ${withKey ? "PRIMARY KEY" : ""}, ${defined})`,
  );
  const read = columns.map((type, index) => `(r->>${index + 1})::${type}`).join(", ");
  await client.query(
    `INSERT INTO t SELECT (r->>0)::int, ${read} FROM json_array_elements($1::json) r ORDER BY (r->>0)::int ${order}`,
    [JSON.stringify(rows.map((row, index) => [index * 10, ...row]))],
  );
}

async function fingerprint(): Promise<TableFingerprint> {
  const { tables } = await database.contents();
  const [only] = tables;
  if (!only) throw new Error("there is no table");
  return database.fingerprint(only, { timeoutSeconds: 30, maxRanges: 64 });
}

test("one changed byte in one row of any table changes its digest, and that of no other range", async () => {
  await fc.assert(
    fc.asyncProperty(table, async ({ columns, rows, withKey, at }) => {
      await load(columns, rows, withKey, "ASC");
      const before = await fingerprint();
      await load(columns, rows, withKey, "DESC");
      expect(await fingerprint()).toEqual(before);

      const value = rows[at.row]?.[at.column] ?? null;
      const type = columns[at.column] ?? "";
      const changed =
        value === null
          ? ({ text: "", bytea: "\\x" }[type] ??
            { mood: "low", boolean: "true", "text[]": "{}" }[type] ??
            "0")
          : kinds[type]?.changed(value);
      await client.query(`UPDATE t SET c${at.column} = $1 WHERE id = $2`, [changed, at.row * 10]);
      const after = await fingerprint();

      expect(after.digest).not.toBe(before.digest);
      expect(after.rows).toBe(before.rows);
      const differing = after.ranges.filter(({ digest }, index) => digest !== before.ranges[index]?.digest);
      expect(differing).toHaveLength(withKey ? 1 : 0);
      for (const { from, to } of differing) {
        expect(Number(from)).toBeLessThanOrEqual(at.row * 10);
        expect(Number(to)).toBeGreaterThanOrEqual(at.row * 10);
      }
      await client.query(`UPDATE t SET c${at.column} = $1 WHERE id = $2`, [value, at.row * 10]);
      expect(await fingerprint()).toEqual(before);
    }),
    { numRuns: 60 },
  );
});

test("values that two rows exchange, and rows that come twice, change the digest", async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.nat(), async ({ columns, rows, at }, other) => {
      await load(columns, rows, false, "ASC");
      const before = await fingerprint();
      await client.query("INSERT INTO t SELECT * FROM t WHERE id = $1", [at.row * 10]);
      const twice = await fingerprint();
      expect([twice.rows, twice.digest === before.digest]).toEqual([before.rows + 1, false]);
      await client.query("DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t)");
      expect(await fingerprint()).toEqual(before);

      const [a, b] = [at.row, other % rows.length];
      const column = `c${at.column}`;
      await client.query(
        `UPDATE t SET ${column} = x.${column} FROM t x WHERE (t.id, x.id) IN (($1::int, $2::int), ($2, $1))`,
        [a * 10, b * 10],
      );
      const same = rows[a]?.[at.column] === rows[b]?.[at.column];
      expect((await fingerprint()).digest === before.digest).toBe(same);
    }),
    { numRuns: 40 },
  );
});
