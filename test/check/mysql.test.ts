import type { Connection } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHeartbeatSql, writeBeatSql } from "../../functions/check/heartbeat.ts";
import { rowsSql } from "../../functions/check/mysql-rows.ts";
import { normalised } from "../../functions/check/mysql-schema.ts";
import { compareFingerprints } from "../../functions/core/compare-fingerprints.ts";
import { mariadbServer, startMariadb } from "./mariadb.ts";
import { ask, password } from "./servers.ts";

const binary = mariadbServer();
if (!binary)
  process.stderr.write(
    "MySQL family: no MariaDB server on this machine (Debian: apt-get install mariadb-server); only the SQL texts are tested.\n",
  );

const table = {
  schema: "shop",
  table: "odd`name",
  columns: [
    { name: "id", type: "bigint", expression: "`id`" },
    { name: "note", type: "text", expression: "CAST(CONVERT(`note` USING utf8mb4) AS BINARY)" },
  ],
  key: ["id"],
};

test("a table is read once: one statement with a row per range, lengths and NULLs apart, sums that are exact", () => {
  const layout = { column: "id", unit: "integer" as const, prefix: "", lo: "-5", hi: "9", shift: 2 };
  expect(rowsSql(table, layout)).toBe(
    "SELECT CAST(k AS CHAR) AS at, COUNT(*) AS total, COUNT(*) - COUNT(r) AS lost, CAST(SUM(CAST(CONV(SUBSTRING(r, 1, 16), 16, 10) AS UNSIGNED)) AS CHAR) AS a, " +
      "CAST(SUM(CAST(CONV(SUBSTRING(r, 17, 16), 16, 10) AS UNSIGNED)) AS CHAR) AS b\n" +
      "FROM (SELECT IF(`id` BETWEEN -5 AND 9, IF(`id` < 0, -1 - (-1 - `id`) DIV 4, `id` DIV 4), NULL) AS k, " +
      "SHA2(CONCAT(IFNULL(CONCAT(`id`, ','), '~'), " +
      "IFNULL(CONCAT(LENGTH(`note`), ':', CAST(CONVERT(`note` USING utf8mb4) AS BINARY)), '-')), 256) AS r " +
      "FROM `shop`.`odd``name`) AS hashed GROUP BY k",
  );
});

test("a table's definition does not change with its next number", () => {
  expect(
    normalised("CREATE TABLE `t` (`a` int) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4"),
  ).toBe("CREATE TABLE `t` (`a` int) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
});

describe.runIf(binary)("on a real MariaDB", () => {
  let root: Connection;
  let port: number;
  let stop: () => Promise<void>;
  const login = { user: "checker", engine: "mariadb" };
  const look = async (database: string) => {
    const report = await ask(port, database, login);
    const [fingerprint] = report.fingerprints;
    if (!fingerprint) throw new Error(JSON.stringify(report.checks));
    return fingerprint;
  };

  beforeAll(async () => {
    const server = await startMariadb(binary ?? "");
    ({ root, port, stop } = server);
    await root.query("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'");
    await root.query(`CREATE USER checker@'127.0.0.1' IDENTIFIED BY '${password}'`);
    await root.query("GRANT ALL ON *.* TO checker@'127.0.0.1' WITH GRANT OPTION");
  });
  afterAll(() => stop?.());

  const make = async (database: string, rows: string, order = "ASC") => {
    for (const sql of [
      `DROP DATABASE IF EXISTS ${database}`,
      `CREATE DATABASE ${database} CHARACTER SET utf8mb4`,
      `CREATE TABLE ${database}.orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40), latin TEXT CHARACTER SET latin1, f FLOAT, d DOUBLE,
        price DECIMAL(10,3), at TIMESTAMP(6) NULL, naive DATETIME, body BLOB, doc JSON, mood ENUM('low','high'), flags SET('a','b'), bits BIT(5), big BIGINT UNSIGNED,
        spot POINT, twice BIGINT AS (price * 2) STORED, INDEX by_name (name))`,
      `INSERT INTO ${database}.orders (id, name, latin, f, d, price, at, naive, body, doc, mood, flags, bits, big, spot)
        SELECT CAST(seq AS SIGNED) - 500, CONCAT('name ', seq), 'é', seq / 3, seq / 7, seq / 8, '2026-01-01 00:00:00.5', '2026-01-01', UNHEX(MD5(seq)), '{"a" : 1}', 'high', 'a,b', b'101',
          18446744073709551615 - seq, POINT(seq, 1) FROM ${database}.${rows} ORDER BY seq ${order}`,
    ])
      await root.query(sql);
  };

  test("the same rows have equal fingerprints, whatever their order and the server's settings", async () => {
    await make("one", "seq_1_to_3000");
    const before = await look("one");
    expect(before).toMatchObject({ engine: "mariadb", unread: [], tables: [{ rows: 3000 }] });
    expect(before.tables[0]?.ranges.length).toBeGreaterThan(20);

    await make("one", "seq_1_to_3000", "DESC");
    await root.query("SET GLOBAL time_zone = '+09:00'");
    await root.query("SET GLOBAL sql_mode = 'ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH'");
    await root.query("OPTIMIZE TABLE one.orders");
    expect(await look("one")).toEqual(before);
    await root.query("SET GLOBAL time_zone = 'SYSTEM'");
    await root.query("SET GLOBAL sql_mode = DEFAULT");
  });

  test("one changed byte in any column is found and named with its range", async () => {
    await make("two", "seq_1_to_3000");
    const before = await look("two");
    for (const [column, value] of Object.entries({
      name: "'name 70o'",
      latin: "'è'",
      f: "f + 0.0001",
      d: "d + 1.5e-14",
      price: "price + 0.001",
      at: "'2026-01-01 00:00:00.500001'",
      naive: "'2026-01-02'",
      body: "CONCAT(body, 0x00)",
      doc: "'{\"a\":1}'",
      mood: "'low'",
      flags: "'a'",
      bits: "b'100'",
      big: "big - 1",
      spot: "POINT(1, 2)",
    })) {
      await root.query("CREATE OR REPLACE TABLE two.kept AS SELECT * FROM two.orders WHERE id = 200");
      await root.query(`UPDATE two.orders SET ${column} = ${value} WHERE id = 200`);
      const differences = compareFingerprints(before, await look("two")).filter(
        ({ kind, name }) => kind === "range" || name === "two.orders",
      );
      expect(
        differences.map(({ sentence }) => sentence),
        column,
      ).toEqual(["table two.orders, id from 128 to 255: 128 rows, but not the same"]);
      await root.query(`UPDATE two.orders o JOIN two.kept k USING (id) SET o.${column} = k.${column}`);
      await root.query("DROP TABLE two.kept");
    }
    expect(compareFingerprints(before, await look("two"))).toEqual([]);
    await root.query("UPDATE two.orders SET name = NULL WHERE id = 1");
    const missing = await look("two");
    await root.query("UPDATE two.orders SET name = '' WHERE id = 1");
    expect(compareFingerprints(missing, await look("two"))).toHaveLength(1);
  });

  test("keys of text and time have ranges; tables without rows of their own are left out; schemas name their lines", async () => {
    for (const sql of [
      "DROP DATABASE IF EXISTS three",
      "CREATE DATABASE three",
      "CREATE TABLE three.texts (k VARCHAR(20) PRIMARY KEY, v INT) COLLATE utf8mb4_general_ci",
      "INSERT INTO three.texts SELECT CONCAT('order-', LPAD(seq, 6, '0')), seq FROM three.seq_1_to_6400",
      "CREATE TABLE three.times (k DATETIME, n INT, v INT, PRIMARY KEY (k, n))",
      "INSERT INTO three.times SELECT '2026-01-01' + INTERVAL seq HOUR, 1, seq FROM three.seq_1_to_6400",
      "CREATE TABLE three.uuids (k BINARY(16) PRIMARY KEY, v INT)",
      "INSERT INTO three.uuids SELECT UNHEX(MD5(seq)), seq FROM three.seq_1_to_6400",
      "CREATE TABLE three.native (k UUID PRIMARY KEY, ip INET6, v INT)",
      "INSERT INTO three.native SELECT CAST(CONCAT(LPAD(HEX(seq * 655360), 8, '0'), '-1111-4111-8111-111111111111') AS UUID), '::1', seq FROM three.seq_1_to_6400",
      "CREATE TABLE three.nokey (a INT)",
      "CREATE TABLE three.cache (a INT) ENGINE = MEMORY",
      "CREATE VIEW three.looked AS SELECT 1 AS a",
      "CREATE TRIGGER three.tr BEFORE INSERT ON three.nokey FOR EACH ROW SET NEW.a = 1",
      "CREATE PROCEDURE three.pr() SELECT 1",
      "CREATE SEQUENCE three.counted",
    ])
      await root.query(sql);
    const before = await look("three");
    expect(before.excluded).toEqual([
      { name: "three.cache", reason: "an in-memory table: it is empty after a restore" },
    ]);
    for (const sql of [
      ...["native", "texts", "times", "uuids"].map((name) => `UPDATE three.${name} SET v = 0 WHERE v = 3000`),
      "ALTER TABLE three.nokey ADD b INT NOT NULL DEFAULT 3",
      "DROP PROCEDURE three.pr",
    ])
      await root.query(sql);
    expect(
      compareFingerprints(before, await look("three")).map(({ sentence }) =>
        sentence.replace(/sha256:\w+/, "sha256"),
      ),
    ).toEqual([
      'the schema differs in 4 lines: missing "columns of three.nokey: `a`"; missing "procedure three.pr sha256"; ' +
        'added "columns of three.nokey: `a`, `b`"; added "table three.nokey `b` int(11) NOT NULL DEFAULT 3"',
      "table three.native, k from \\x7400 to \\x77ff: 102 rows, but not the same",
      "table three.texts, k from order-0030 to order-0031: 200 rows, but not the same",
      "table three.times, k from 2026-05-04T02:10:08Z to 2026-05-10T03:48:15Z: 145 rows, but not the same",
      "table three.uuids, k from \\xe800 to \\xebff: 93 rows, but not the same",
    ]);
  });

  test("a row that is too long for the server to hash is told as unread, and not passed over", async () => {
    await root.query("CREATE DATABASE five");
    await root.query("CREATE TABLE five.long_ones (id INT PRIMARY KEY, a LONGTEXT, b LONGTEXT)");
    await root.query("INSERT INTO five.long_ones VALUES (1, REPEAT('a', 9000000), REPEAT('b', 9000000))");
    const { checks, fingerprints } = await ask(port, "five", login);
    expect(fingerprints[0]?.unread).toEqual([
      {
        name: "five.long_ones",
        reason: "it could not be read: 1 rows are longer than the server's max_allowed_packet",
      },
    ]);
    expect(checks.at(-1)?.outcome).toBe("unproved");
  });

  test("every check passes on a sound server, and the source's own cannot write", async () => {
    await make("four", "seq_1_to_100");
    for (const sql of createHeartbeatSql("mysql")) await root.query(sql);
    for (const sql of [...writeBeatSql("mysql"), ...writeBeatSql("mysql")]) await root.query(sql);
    const sql = [
      { sql: "SELECT COUNT(*), TRUE FROM orders;", expect: [[100, true]] },
      { sql: "SELECT SUM(price) FROM four.orders", expect: 631.25 },
      { sql: "SELECT NEXT VALUE FOR three.counted", expect: 1 },
      { sql: "SELECT SLEEP(60)", expect: 0 },
      { sql: "SELECT 1) AS a; DROP TABLE orders; --", expect: 1 },
    ];
    const heartbeat = { intervalSeconds: 60, pointAt: new Date().toISOString() };
    const report = await ask(port, "four", { ...login, sql, heartbeat, timeoutSeconds: 2 });
    expect(report.checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      "answers passed",
      "indexes passed",
      "sql 1 passed",
      "sql 2 passed",
      "sql 3 failed",
      "sql 4 failed",
      "sql 5 failed",
      "heartbeat passed",
      "fingerprint passed",
    ]);
    await root.query("UPDATE holdfast.heartbeat SET at = '2026-01-01T00:00:00.000Z' WHERE n = 2");
    const edited = await ask(port, "four", { ...login, heartbeat });
    expect(edited.checks.find(({ name }) => name === "heartbeat")?.sentence).toContain(
      "beat 2 of 2026-01-01T00:00:00.000Z was edited",
    );
  });
});
