import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { password, startPostgres, type TestServer } from "../check/servers.ts";
import { ask, inParts } from "./asking.ts";

/*
 * Reading all that a real PostgreSQL stores, so that a volume which loads its blocks when they are first read has all.
 */
let server: TestServer;
let shop: string;
let other: string;

beforeAll(async () => {
  server = await startPostgres();
  shop = await server.database(`
    CREATE TABLE orders (id int PRIMARY KEY, note text, body text);
    ALTER TABLE orders ALTER body SET STORAGE EXTERNAL;
    INSERT INTO orders SELECT i, md5(i::text), CASE WHEN i % 100 = 0 THEN repeat(md5(i::text), 1000) END FROM generate_series(1, 60000) i;
    CREATE INDEX by_note ON orders (note);
    CREATE TABLE "odd name" (id int);
    INSERT INTO "odd name" SELECT generate_series(1, 100);
    CREATE UNLOGGED TABLE passing AS SELECT generate_series(1, 1000) AS id;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM orders`);
  other = await server.database("CREATE TABLE small AS SELECT generate_series(1, 1000) AS id");
});
afterAll(() => server.stop());

async function rows<T extends pg.QueryResultRow>(database: string, sql: string): Promise<T[]> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: server.port,
    user: "postgres",
    password,
    database,
  });
  await client.connect();
  return (await client.query<T>(sql).finally(() => client.end())).rows;
}

/** What the main forks of everything that is kept have, in all databases that hydration reads. */
async function storedBytes(kinds = "'r', 'm', 't', 'i'"): Promise<number> {
  let bytes = 0;
  for (const database of ["postgres", shop, other]) {
    const sql = `SELECT sum(pg_relation_size(oid))::text AS bytes FROM pg_class WHERE relkind IN (${kinds}) AND relpersistence = 'p'`;
    bytes += Number((await rows<{ bytes: string }>(database, sql))[0]?.bytes);
  }
  return bytes;
}

test("every block of every table, index and TOAST table of every database is read, and nothing stays behind", async () => {
  const report = await ask(server.port);
  expect(report).toMatchObject({ unreadCount: 0, unread: [] });
  expect(report.next).toBeUndefined();
  expect(report.readBytes).toBe(await storedBytes());
  expect(report.readBytes).toBeGreaterThan(10 * 2 ** 20);
  expect(report.totalBytes).toBeGreaterThanOrEqual(report.readBytes);
  for (const database of ["postgres", shop, other])
    expect(
      await rows(
        database,
        "SELECT extname FROM pg_extension UNION SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast%'",
      ),
    ).toEqual([{ extname: "plpgsql" }]);
});

test("where time is up the next part goes on: all parts together read each block once", async () => {
  const before = await storedBytes();
  const reports = await inParts(server.port, {}, { statements: 3 });
  // Some table has more blocks than one statement reads.
  expect(reports.some(({ next }) => Number(next?.at?.split("/")[1]) > 0)).toBe(true);
  expect(new Set(reports.map(({ next }) => next?.database))).toEqual(
    new Set(["postgres", shop, other, undefined]),
  );
  // Catalogs grow by what each part installs and takes back.
  const read = reports.reduce((sum, { readBytes }) => sum + readBytes, 0);
  expect(read).toBeGreaterThanOrEqual(before);
  expect(read).toBeLessThanOrEqual(await storedBytes());
});

test("an extension that somebody has installed is used, and stays", async () => {
  await server.run(other, "CREATE SCHEMA tools; CREATE EXTENSION pg_prewarm SCHEMA tools");
  expect((await ask(server.port)).unreadCount).toBe(0);
  const there = await rows(other, "SELECT extname FROM pg_extension WHERE extname = 'pg_prewarm'");
  expect(there).toHaveLength(1);
  await server.run(other, "DROP EXTENSION pg_prewarm");
});

test("a user who may read all and install nothing has the tables scanned, and what it cannot read is named", async () => {
  await server.run(shop, `CREATE ROLE reader LOGIN PASSWORD '${password}'; GRANT pg_read_all_data TO reader`);
  const username = "reader";
  const report = await ask(server.port, {}, { username });
  expect(report.readBytes).toBe(await storedBytes("'r', 'm', 't'"));
  expect(report.unread[0]).toMatchObject({
    reason: "there is no pg_prewarm to read an index with",
    damaged: false,
  });
  expect(report.unread).toHaveLength(10);
  expect(report.unreadCount).toBeGreaterThan(100);
  const parts = await inParts(server.port, {}, { username, statements: 20 });
  expect(parts.reduce((sum, { readBytes }) => sum + readBytes, 0)).toBe(report.readBytes);

  await server.run(shop, `CREATE ROLE stranger LOGIN PASSWORD '${password}'`);
  const refused = await ask(server.port, {}, { username: "stranger" });
  expect(refused.unreadCount).toBeGreaterThan(100);
  expect(refused.readBytes).toBeLessThan(report.readBytes);
  expect(refused.unread.map(({ damaged }) => damaged)).not.toContain(true);
});

test("a block that cannot be read is damage, is named first, and does not keep the rest from being read", async () => {
  const database = await server.database(
    "CREATE TABLE broken AS SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 200) i",
  );
  await server.damage(database, "broken");
  await server.run(
    database,
    "CREATE ROLE scanner LOGIN PASSWORD 'not a secret'; GRANT pg_read_all_data TO scanner",
  );
  const report = await ask(server.port, {}, { username: "scanner" });
  expect(report.unread.filter(({ damaged }) => damaged)).toMatchObject([
    { name: `${database}: public.broken` },
  ]);
});

test("a server that does not answer and a secret without a user are told, without the password", async () => {
  const nobody = ask(
    server.port,
    {},
    { secret: async () => JSON.stringify({ username: "nobody", password: "hidden word" }) },
  );
  await expect(nobody).rejects.toMatchObject({ code: "unavailable" });
  await expect(nobody).rejects.not.toThrow(/hidden word/);
  const bare = ask(server.port, {}, { secret: async () => "hidden word" });
  await expect(bare).rejects.toMatchObject({ code: "invalid", message: "the secret clone names no user" });
});
