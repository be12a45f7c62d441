import { afterAll, beforeAll, expect, test } from "vitest";
import { compareFingerprints } from "../../functions/core/compare-fingerprints.ts";
import { fingerprintOf, startPostgres, type TestServer } from "./servers.ts";

let here: TestServer;
let there: TestServer;

beforeAll(async () => {
  [here, there] = await Promise.all([startPostgres(), startPostgres()]);
});
afterAll(() => Promise.all([here.stop(), there.stop()]));

/** Columns of every kind that has ever made two dumps of the same data differ. */
const shop = `
CREATE EXTENSION citext; CREATE EXTENSION hstore;
CREATE TYPE mood AS ENUM ('low', 'high'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TABLE orders (id bigint PRIMARY KEY, gone int, name text COLLATE "C", code char(5), ci citext, money money, at timestamptz, naive timestamp,
  span interval, real real, double double precision, price numeric, body bytea, raw json, doc jsonb, tags text[], h hstore, mood mood, moods mood[],
  pair pair, positive positive, range int4range, uuid uuid, ip inet, bits bit(3), kind regclass, x xml, twice bigint GENERATED ALWAYS AS (id * 2) STORED);
ALTER TABLE orders DROP COLUMN gone;`;
const row = (
  i: string,
) => `INSERT INTO orders SELECT i, 'n' || i, 'c', 'Ci', i, timestamptz '2026-01-01 00:00+02' + i * interval '1 second', timestamp '2026-01-01', interval '1 mon 2 days',
  i / 3.0, i / 7.0, i / 10.0, decode(md5(i::text), 'hex'), '{"a" : 1}', '{"b":2,"a":1}', ARRAY['x', NULL, i::text], 'a=>1,b=>NULL', 'high', '{low,high}', ('(' || i || ',x y)')::pair, 7,
  int4range(1, 9), md5(i::text)::uuid, '10.0.0.1/8', '101', 'orders', '<a>1</a>' FROM ${i}`;

test("the same rows have equal fingerprints, whatever their order, their storage, the server and its settings", async () => {
  const one = await here.database(`${shop} ${row("generate_series(1, 3000) i")}`);
  const other = await there.database(
    `CREATE TYPE unrelated AS ENUM ('x'); DROP TYPE unrelated; ${shop} ${row("generate_series(3000, 1, -1) i")}`,
  );
  await there.run(
    "postgres",
    `ALTER DATABASE ${other} SET timezone = 'Asia/Tokyo'; ALTER DATABASE ${other} SET datestyle = 'German';
     ALTER DATABASE ${other} SET extra_float_digits = -5; ALTER DATABASE ${other} SET bytea_output = 'escape';
     ALTER DATABASE ${other} SET intervalstyle = 'sql_standard'; ALTER DATABASE ${other} SET search_path = 'public';
     ALTER DATABASE ${other} SET quote_all_identifiers = on`,
  );
  const expected = await fingerprintOf(here.port, one);

  expect(await fingerprintOf(there.port, other)).toEqual(expected);
  await there.run(other, "UPDATE orders SET name = name WHERE id % 2 = 0");
  await there.run(other, "VACUUM FULL orders");
  expect(await fingerprintOf(there.port, other)).toEqual(expected);
  await here.run(
    one,
    "CREATE INDEX by_body ON orders (body); CLUSTER orders USING by_body; DROP INDEX by_body",
  );
  expect((await fingerprintOf(here.port, one)).tables).toEqual(expected.tables);
  expect(expected.tables[0]?.rows).toBe(3000);
  expect(expected.tables[0]?.ranges.length).toBeGreaterThan(30);
  expect(compareFingerprints(expected, expected)).toEqual([]);
});

test("a value that only nearly is the same is not the same", async () => {
  const nearly: [type: string, a: string, b: string][] = [
    ["text", "NULL", "''"],
    ["text", "'a'", "'a '"],
    ["text", "E'\\u00e9'", "E'e\\u0301'"],
    ["text", "repeat('a', 100000) || 'b'", "repeat('a', 100000) || 'c'"],
    ["citext", "'a'", "'A'"],
    ["numeric", "1.0", "1.00"],
    ["numeric", "'NaN'", "NULL"],
    ["float8", "0", "'-0'"],
    ["float8", "0.1", "0.10000000000000002"],
    ["float4", "0.1", "0.10000001"],
    ["float8", "'Infinity'", "1.7976931348623157e308"],
    ["json", "'{\"a\":1}'", "'{\"a\": 1}'"],
    ["jsonb", "'{\"a\":1}'", "'{\"a\":1.0}'"],
    ["bytea", "'\\x00'", "''"],
    ["text[]", "'{}'", "'{NULL}'"],
    ["text[]", "'{a,b}'", "'{\"a,b\"}'"],
    ["int[]", "'{1}'", "'[0:0]={1}'"],
    ["pair", "(1, '')", "(1, NULL)"],
    ["mood", "'low'", "'high'"],
    ["mood[]", "'{low,high}'", "'{high,low}'"],
    ["positive", "1", "2"],
    ["money", "'1.00'", "'1.01'"],
    ["interval", "'1 mon'", "'30 days'"],
    ["timestamptz", "'2026-01-01 00:00:00.000001Z'", "'2026-01-01 00:00:00Z'"],
    ["timetz", "'12:00+00'", "'13:00+01'"],
    ["bpchar", "'a'", "'a '"],
    ["int4range", "'[1,2)'", "'empty'"],
    ["hstore", "'a=>NULL'", "'a=>\"NULL\"'"],
    ["tsvector", "'a:1'", "'a:2'"],
    ["xml", "'<a/>'", "'<a></a>'"],
    ["bit varying", "'1'", "'10'"],
    ["regclass", "'pg_class'", "'pg_type'"],
    ["aclitem", "'postgres=r/postgres'", "'postgres=w/postgres'"],
  ];
  const types = `CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('low', 'high');
    CREATE TYPE pair AS (a int, b text); CREATE DOMAIN positive AS int;`;
  const make = (pick: 1 | 2) =>
    types +
    nearly
      .map(
        (one, i) =>
          `CREATE TABLE t${i} (id int, v ${one[0]}, w text); INSERT INTO t${i} VALUES (1, ${one[pick]}, 'w')`,
      )
      .join(";");
  const [a, b] = [await here.database(make(1)), await here.database(make(2))];
  const [before, after] = [await fingerprintOf(here.port, a), await fingerprintOf(here.port, b)];
  const differing = new Set(compareFingerprints(before, after).map(({ name }) => name));
  expect(nearly.filter((_, i) => !differing.has(`public.t${i}`))).toEqual([]);
  expect(before.unread).toEqual([]);
});

test("a difference names the table and the range of its key, for every type of key", async () => {
  const keys: [name: string, type: string, key: string][] = [
    ["int", "bigint", "i - 500"],
    ["date", "date", "date '2026-01-01' + i"],
    ["stamp", "timestamptz", "timestamptz '2026-01-01' + i * interval '1 hour'"],
    ["text", "text", "'order-' || lpad(i::text, 6, '0')"],
    ["uuid", "uuid", "md5(i::text)::uuid"],
    ["bytes", "bytea", "decode(md5(i::text), 'hex')"],
    ["numeric", "numeric", "i * 1.5"],
  ];
  const sql = keys
    .map(
      ([name, type, key]) =>
        `CREATE TABLE t_${name} (k ${type} PRIMARY KEY, v text); INSERT INTO t_${name} SELECT ${key}, i FROM generate_series(1, 6400) i`,
    )
    .join(";");
  const pairs = `CREATE TABLE t_pair (tenant int, k int, v text, PRIMARY KEY (tenant, k)); INSERT INTO t_pair SELECT 7, i, i FROM generate_series(1, 6400) i`;
  const database = await here.database(`${sql};${pairs}`);
  const before = await fingerprintOf(here.port, database);
  const changes = [...keys.map(([name]) => name), "pair"].map(
    (name) => `UPDATE t_${name} SET v = 'x' WHERE v = '3000'`,
  );
  await here.run(database, changes.join(";"));
  const differences = compareFingerprints(before, await fingerprintOf(here.port, database));
  expect(differences.map(({ sentence }) => sentence)).toEqual([
    "table public.t_bytes, k from \\xe800 to \\xebff: 93 rows, but not the same",
    "table public.t_date, k from 2033-12-29 to 2034-05-05: 128 rows, but not the same",
    "table public.t_int, k from 2432 to 2559: 128 rows, but not the same",
    "table public.t_numeric, k from 4352 to 4607: 170 rows, but not the same",
    "table public.t_pair, k from 2944 to 3071: 128 rows, but not the same",
    "table public.t_stamp, k from 2026-05-04T02:10:08Z to 2026-05-10T03:48:15Z: 145 rows, but not the same",
    "table public.t_text, k from order-0030 to order-0031: 200 rows, but not the same",
    "table public.t_uuid, k from \\xe800 to \\xebff: 93 rows, but not the same",
  ]);
});

test("ranges still name what is lost when the last rows are, and when one side kept fewer ranges", async () => {
  const make =
    "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, i FROM generate_series(1, 5000) i";
  const database = await here.database(make);
  const [fine, coarse] = [
    await fingerprintOf(here.port, database),
    await fingerprintOf(here.port, database, 4),
  ];
  expect(compareFingerprints(fine, coarse)).toEqual([]);
  await here.run(database, "DELETE FROM t WHERE id > 4000");
  const [after] = [await fingerprintOf(here.port, database)];
  expect(compareFingerprints(fine, after)[0]?.sentence).toBe(
    "table public.t, id from 3968 to 4095: 33 rows instead of 128",
  );
  expect(compareFingerprints(coarse, after)[0]?.sentence).toMatch(/^table public.t, id from 2048 to 4095: /);
});

test("rows are counted where they lie, once; what a restore empties is left out and said", async () => {
  const database = await here.database(`
    CREATE TABLE part (id int, v text) PARTITION BY RANGE (id); CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (10);
    CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10) TO (20); INSERT INTO part SELECT i, i FROM generate_series(1, 19) i;
    CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2);
    CREATE TABLE "odd "" name" ("col ' umn" int); CREATE TABLE nothing ();
    INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
    CREATE UNLOGGED TABLE scratch (id int); CREATE VIEW looked AS SELECT * FROM parent;
    CREATE MATERIALIZED VIEW full_view AS SELECT * FROM parent; CREATE MATERIALIZED VIEW empty_view AS SELECT 1 AS a WITH NO DATA;
    CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
    CREATE FOREIGN TABLE far (a text) SERVER files OPTIONS (filename '/dev/null');
    CREATE SEQUENCE counted; SELECT nextval('counted'); CREATE SEQUENCE unused;
    SELECT lo_from_bytea(4711, 'a large object'); CREATE TEMP TABLE temporary (id int)`);
  const before = await fingerprintOf(here.port, database);

  expect(before.tables.map(({ schema, table, rows }) => `${schema}.${table} ${rows}`)).toEqual([
    "pg_catalog.pg_largeobject 1",
    "public.child 1",
    "public.full_view 2",
    "public.nothing 2",
    'public.odd " name 0',
    "public.parent 1",
    "public.part_1 9",
    "public.part_2 10",
  ]);
  expect(before.excluded.map(({ name }) => name)).toEqual([
    "public.empty_view",
    "public.far",
    "public.scratch",
  ]);
  expect(before.sequences).toEqual([
    { name: "public.counted", value: "1" },
    { name: "public.unused", value: "unused" },
  ]);
  expect(before.unread).toEqual([]);

  await here.run(
    database,
    "SELECT lo_put(4711, 2, 'L'); SELECT nextval('counted'); INSERT INTO nothing DEFAULT VALUES",
  );
  const names = compareFingerprints(before, await fingerprintOf(here.port, database)).map(({ name }) => name);
  expect(names).toEqual(["pg_catalog.pg_largeobject", "public.nothing", "public.counted"]);
});

test("a row that moved to another table, a row that came twice and values that changed places are differences", async () => {
  const make =
    "CREATE TABLE a (id int, v text); CREATE TABLE b (id int, v text); INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'z')";
  const reference = await fingerprintOf(here.port, await here.database(make));
  const after = async (sql: string) =>
    compareFingerprints(
      reference,
      await fingerprintOf(here.port, await here.database(`${make}; ${sql}`)),
    ).map(({ name }) => name);
  expect(await after("INSERT INTO b SELECT * FROM a WHERE id = 3; DELETE FROM a WHERE id = 3")).toEqual([
    "public.a",
    "public.b",
  ]);
  expect(await after("UPDATE a SET v = CASE id WHEN 1 THEN 'y' ELSE 'x' END WHERE id < 3")).toEqual([
    "public.a",
  ]);
  // Two rows that came twice cancel in an XOR, not in a sum.
  expect(await after("INSERT INTO a VALUES (1, 'x'), (1, 'x')")).toEqual(["public.a"]);
  expect(await after("UPDATE a SET id = 1, v = 'x' WHERE id = 2")).toEqual(["public.a"]);
  expect(await after("SELECT 1")).toEqual([]);
});

test("a changed schema names the lines that differ", async () => {
  const make = `CREATE TABLE t (id int PRIMARY KEY, v text DEFAULT 'a'); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE VIEW w AS SELECT id FROM t; CREATE TYPE mood AS ENUM ('low'); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id > 0);
    COMMENT ON TABLE t IS 'first'; CREATE SEQUENCE s; CREATE STATISTICS st ON id, v FROM t; CREATE DOMAIN d AS int CHECK (value > 0);`;
  const expected = await fingerprintOf(here.port, await here.database(make));
  const after = async (sql: string) =>
    compareFingerprints(expected, await fingerprintOf(here.port, await here.database(`${make} ${sql}`))).map(
      ({ sentence }) => sentence,
    );
  expect(await after("")).toEqual([]);
  expect(await after("ALTER TABLE t ALTER v SET DEFAULT 'b'")).toEqual([
    `the schema differs in 2 lines: missing "column public.t.v text default 'a'::text"; added "column public.t.v text default 'b'::text"`,
  ]);
  for (const change of [
    "CREATE INDEX ON t (v)",
    "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    "CREATE OR REPLACE VIEW w AS SELECT id + 0 AS id FROM t",
    "ALTER TYPE mood ADD VALUE 'high'",
    "DROP POLICY p ON t",
    "GRANT SELECT ON t TO public",
    "COMMENT ON TABLE t IS 'second'",
    "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "ALTER SEQUENCE s CYCLE",
    "CREATE EXTENSION pg_trgm",
    "ALTER TABLE t ADD CHECK (id < 9)",
    "ALTER DOMAIN d SET DEFAULT 4",
    "CREATE PUBLICATION pub FOR TABLE t",
    "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
    "CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int)",
    "CREATE PROCEDURE proc() LANGUAGE sql AS 'SELECT 1'",
  ])
    expect(await after(change), change).toHaveLength(1);
});
