import { afterAll, beforeAll, expect, test } from "vitest";
import { createHeartbeatSql, writeBeatSql } from "../../functions/check/heartbeat.ts";
import { CheckReport, joinFingerprints } from "../../functions/core/fingerprint.ts";
import { ask, fingerprintOf, startPostgres, type TestServer } from "./servers.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const make = `CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2), note text);
  INSERT INTO orders SELECT i, i / 4.0, 'note ' || i FROM generate_series(1, 2000) i; CREATE INDEX by_note ON orders (note)`;

test("a copy passes every check, and nothing of the checking stays in it", async () => {
  const reference = [await fingerprintOf(server.port, await server.database(make))];
  const copy = await server.database(make);
  reference[0] = { ...(reference[0] ?? (await fingerprintOf(server.port, copy))), database: copy };

  const report = await ask(server.port, copy, {
    reference,
    sql: [{ sql: "SELECT count(*) FROM orders", expect: 2000 }],
  });

  expect(CheckReport.parse(report)).toEqual(report);
  expect(report.checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    `answers ${copy} passed`,
    `indexes ${copy} passed`,
    "sql 1 passed",
    `fingerprint ${copy} passed`,
  ]);
  expect(report.checks.at(-1)?.sentence).toBe(
    "the fingerprint of 1 table is equal to the earlier one of this point",
  );
  expect(report.fingerprints[0]?.schema.lines.join("\n")).not.toContain("amcheck");
});

test("one changed row fails the drill, and the sentence says where it is", async () => {
  const copy = await server.database(make);
  const reference = [await fingerprintOf(server.port, copy)];
  await server.run(copy, "UPDATE orders SET note = 'mote 700' WHERE id = 700");
  const { checks } = await ask(server.port, copy, { reference });
  expect(checks.find(({ outcome }) => outcome === "failed")).toMatchObject({
    name: `fingerprint ${copy}`,
    sentence: "table public.orders, id from 640 to 703: 64 rows, but not the same",
  });
});

test("a check is asked of the database that it names, else of the first that somebody made", async () => {
  const [first, second] = [
    await server.database("CREATE TABLE one AS SELECT 1 AS n"),
    await server.database("CREATE TABLE two AS SELECT 2 AS n"),
  ];
  const { checks } = await ask(server.port, first, {
    databases: ["postgres", first, second],
    sql: [
      { sql: "SELECT n FROM one", expect: 1 },
      { sql: "SELECT n FROM two", expect: 2, database: second },
      { sql: "SELECT 3", expect: 3, database: "nowhere" },
    ],
  });
  const own = checks.filter(({ name }) => name.startsWith("sql"));
  expect(own.map(({ name, outcome }) => `${name} ${outcome}`).sort()).toEqual([
    "sql 1 passed",
    "sql 2 passed",
    "sql 3 failed",
  ]);
  expect(own.find(({ name }) => name === "sql 3")?.sentence).toBe(
    'sql 3 asks the database "nowhere", which is not in it',
  );
});

test("a source's own checks are read, compared, limited in time, and cannot write", async () => {
  const copy = await server.database(make);
  const sql = [
    { sql: "SELECT sum(total) FROM orders;", expect: 500_250 },
    {
      sql: "SELECT id, note, total > 1, NULL FROM orders ORDER BY id LIMIT 2 -- the first",
      expect: [
        [1, "note 1", false, null],
        [2, "note 2", false, null],
      ],
    },
    { sql: "SELECT 1 WHERE false", expect: [] },
    { sql: "SELECT 1 WHERE false", expect: null },
    { sql: "SELECT max(id) FROM orders", expect: 2001 },
    { sql: "WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone", expect: 2000 },
    { sql: "SELECT 1) AS a; DROP TABLE orders; --", expect: 1 },
    { sql: "SELECT setval('s', 1)", expect: 1 },
    { sql: "SELECT pg_sleep(60)", expect: "" },
    { sql: "SELECT i FROM generate_series(1, 1e9::bigint) i", expect: [] },
  ];
  await server.run(copy, "CREATE SEQUENCE s");
  const { checks } = await ask(server.port, copy, { sql, timeoutSeconds: 2 });
  const own = checks.filter(({ name }) => name.startsWith("sql"));
  expect(own.map(({ outcome }) => outcome)).toEqual([...Array(3).fill("passed"), ...Array(7).fill("failed")]);
  expect(own.slice(3).map(({ sentence }) => sentence)).toEqual([
    "sql 4 answers no row instead of null",
    "sql 5 answers 2000 instead of 2001",
    expect.stringMatching(/^sql 6 fails: /),
    expect.stringMatching(/^sql 7 fails: /),
    "sql 8 fails: cannot execute setval() in a read-only transaction",
    "sql 9 fails: canceling statement due to statement timeout",
    expect.stringMatching(/^sql 10 (fails|answers)/),
  ]);
  expect((await fingerprintOf(server.port, copy)).tables[0]?.rows).toBe(2000);
});

test("indexes that lie, that are not valid, and constraints that were never checked are found", async () => {
  const lying = await server.database(`${make};
    CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'; CREATE INDEX by_f ON orders (f(id));
    CREATE OR REPLACE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + 1'`);
  const found = async (database: string) =>
    (await ask(server.port, database)).checks.find(({ name }) => name.startsWith("indexes"));
  expect(await found(lying)).toMatchObject({
    outcome: "failed",
    sentence: expect.stringMatching(/^index public.by_f of public.orders is damaged: /),
  });

  const invalid = await server.database(
    `${make}; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_note'::regclass`,
  );
  expect(await found(invalid)).toMatchObject({
    outcome: "failed",
    sentence: "index public.by_note of public.orders is not valid: queries do not use it",
  });

  const unchecked =
    await server.database(`${make}; ALTER TABLE orders ADD CONSTRAINT small CHECK (total < 9) NOT VALID;
    CREATE INDEX ON orders USING gin (to_tsvector('english', note))`);
  expect(await found(unchecked)).toMatchObject({
    outcome: "unproved",
    sentence:
      "constraint small of public.orders is NOT VALID: rows older than it were never checked; " +
      "amcheck reads btree indexes only: 1 of others (gin) are valid by the catalog, no more is proved",
  });

  const disabled = await server.database(
    `${make}; CREATE TABLE lines (o int REFERENCES orders); ALTER TABLE lines DISABLE TRIGGER ALL`,
  );
  expect(await found(disabled)).toMatchObject({
    outcome: "failed",
    sentence: expect.stringContaining("is switched off"),
  });
});

test("what a user may not read, or what policies would hide, is told as unread and never as empty", async () => {
  const database =
    await server.database(`${make}; CREATE TABLE secret (id int); INSERT INTO secret VALUES (1);
    CREATE ROLE clerk LOGIN PASSWORD 'not a secret'; GRANT SELECT ON orders TO clerk;
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON orders USING (id < 10)`);
  const { checks, fingerprints } = await ask(server.port, database, { user: "clerk" });
  expect(fingerprints[0]?.tables).toEqual([]);
  expect(fingerprints[0]?.unread.map(({ reason }) => reason)).toEqual([
    expect.stringContaining('would be affected by row-level security policy for table "orders"'),
    "it could not be read: permission denied for table secret",
  ]);
  expect(checks.find(({ name }) => name.startsWith("fingerprint"))?.outcome).toBe("unproved");
});

test("a byte that changed on the disk is damage, and the other tables are still read", async () => {
  const database = await server.database(
    `${make}; CREATE TABLE other (id int); INSERT INTO other VALUES (1)`,
  );
  await server.damage(database, "orders");
  const { checks, fingerprints } = await ask(server.port, database);
  expect(fingerprints[0]?.tables.map(({ table }) => table)).toEqual(["other"]);
  expect(checks.find(({ name }) => name.startsWith("fingerprint"))).toMatchObject({
    outcome: "failed",
    sentence: expect.stringMatching(/^table public.orders: reading it failed: invalid page in block 0/),
  });
});

test("a call that runs out of time says where to go on, and the parts make the whole", async () => {
  const database = await server.database(
    Array.from({ length: 5 }, (_, i) => `CREATE TABLE t${i} (id int); INSERT INTO t${i} VALUES (${i})`).join(
      ";",
    ),
  );
  const whole = await fingerprintOf(server.port, database);
  const part = (request: Parameters<typeof ask>[2]) => {
    let tables = 0;
    const remainingMs = () => (tables === 0 ? 60_000 : 30_000);
    const progress = () => void tables++;
    return ask(server.port, database, request, { remainingMs, progress });
  };
  const parts = [await part({})];
  for (let next = parts[0]?.next; next; next = parts.at(-1)?.next)
    parts.push(await part({ after: next, reference: [whole] }));
  expect(parts).toHaveLength(5);
  expect(joinFingerprints(parts.flatMap(({ fingerprints }) => fingerprints))).toEqual([whole]);
  expect(parts.slice(1).flatMap(({ checks }) => checks.map(({ outcome }) => outcome))).toEqual(
    Array(4).fill("passed"),
  );
});

test("the heartbeat found in a clone is its data-level recovery point; gaps and edits are findings", async () => {
  const database = await server.database(
    [...createHeartbeatSql("postgres"), ...createHeartbeatSql("postgres")].join(";"),
  );
  for (let beat = 0; beat < 4; beat++) await server.run(database, writeBeatSql("postgres").join(";"));
  const judged = async (secondsLater = 0) => {
    const pointAt = new Date(Date.now() + secondsLater * 1000).toISOString();
    const report = await ask(server.port, database, { heartbeat: { intervalSeconds: 60, pointAt } });
    return {
      newest: report.newestHeartbeatAt,
      check: report.checks.find(({ name }) => name === "heartbeat"),
    };
  };
  const whole = await judged();
  expect(whole.check?.outcome).toBe("passed");
  expect(Date.now() - Date.parse(whole.newest ?? "")).toBeLessThan(60_000);
  expect((await judged(300)).check?.sentence).toMatch(
    /^the newest heartbeat is (299|30\d) seconds older than the point$/,
  );

  await server.run(database, "UPDATE holdfast.heartbeat SET at = '2026-01-01T00:00:00.000Z' WHERE n = 2");
  expect((await judged()).check?.sentence).toMatch(
    /^beat 2 of 2026-01-01T00:00:00.000Z was edited; \d+ seconds without a beat from 2026-01-01/,
  );
  await server.run(database, "DELETE FROM holdfast.heartbeat WHERE n = 2");
  expect((await judged()).check?.sentence).toBe("the chain breaks between beats 1 and 3");
  await server.run(database, "DELETE FROM holdfast.heartbeat WHERE n = 1");
  expect((await judged()).check?.outcome).toBe("passed");
  await server.run(database, "DROP TABLE holdfast.heartbeat");
  expect((await judged()).check).toMatchObject({
    outcome: "failed",
    sentence: "there is no heartbeat in it",
  });
});

test("a server that does not answer, or not with that password, is a failed check and not a crash", async () => {
  const away = await ask(1, "shop");
  expect(away.checks).toMatchObject([{ name: "answers shop", outcome: "failed" }]);
  const secret = async () => "a wrong one";
  const wrong = await ask(server.port, "postgres", {}, { secret });
  expect(wrong.checks[0]).toMatchObject({ outcome: "failed" });
  expect(JSON.stringify(wrong)).not.toContain("a wrong one");
  await expect(ask(server.port, "x", { engine: "oracle-ee" })).rejects.toMatchObject({ code: "unsupported" });
});

test("without a list, every database of the server is checked", async () => {
  const databases = (await ask(server.port, "", { databases: undefined as never })).fingerprints.map(
    ({ database }) => database,
  );
  expect(databases).toContain("postgres");
  expect(databases).toContain("d1");
  expect(databases).not.toContain("template1");
});
