import type { Connection, RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mariadbServer, startMariadb } from "../check/mariadb.ts";
import { password } from "../check/servers.ts";
import { ask, inParts } from "./asking.ts";

/*
 * The same of MySQL's family, on a real MariaDB where this machine has one: what was read is what the server says that it
 * fetched from its files.
 */
const binary = mariadbServer();
if (!binary)
  process.stderr.write(
    "Hydration of MySQL's family: no MariaDB server on this machine; nothing of it is tested.\n",
  );

describe.runIf(binary)("on a real MariaDB", () => {
  let server: Awaited<ReturnType<typeof startMariadb>>;
  let root: Connection;
  const login = { engine: "mariadb" };
  const username = "reader";
  // Without what was in memory at its end, and without reading ahead of anyone.
  const cold = [
    "--innodb-buffer-pool-load-at-startup=0",
    "--innodb-buffer-pool-dump-at-shutdown=0",
    "--innodb-buffer-pool-size=256M",
  ];

  beforeAll(async () => {
    server = await startMariadb(binary ?? "");
    root = server.root;
    await root.query(`CREATE USER reader@'127.0.0.1' IDENTIFIED BY '${password}'`);
    await root.query("GRANT SELECT ON *.* TO reader@'127.0.0.1'");
    for (const sql of [
      "CREATE DATABASE shop CHARACTER SET utf8mb4",
      `CREATE TABLE shop.orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40), body LONGBLOB, INDEX by_name (name))`,
      "INSERT INTO shop.orders (name, body) SELECT MD5(seq), IF(seq % 400 = 0, REPEAT(MD5(seq), 2000), NULL) FROM shop.seq_1_to_60000",
      "CREATE TABLE shop.lines (`order` INT, n INT, text VARCHAR(60), PRIMARY KEY (`order`, n))",
      // All of one order: as many rows with one first value as no statement takes otherwise.
      "INSERT INTO shop.lines SELECT 7, seq, REPEAT('x', 40) FROM shop.seq_1_to_150000",
      "INSERT INTO shop.lines SELECT 8 + seq, 1, 'x' FROM shop.seq_1_to_10000",
      "CREATE TABLE shop.`odd``name` (k VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT)",
      "INSERT INTO shop.`odd``name` SELECT CONCAT('Örder-', LPAD(seq, 6, '0')), seq FROM shop.seq_1_to_3000",
      "CREATE TABLE shop.uuids (k BINARY(16) PRIMARY KEY, filler CHAR(200))",
      "INSERT INTO shop.uuids SELECT UNHEX(MD5(seq)), REPEAT('y', 200) FROM shop.seq_1_to_90000",
      "CREATE TABLE shop.nokey (a INT)",
      "INSERT INTO shop.nokey SELECT seq FROM shop.seq_1_to_1000",
      "CREATE TABLE shop.moods (m ENUM('b', 'a') PRIMARY KEY)",
      "INSERT INTO shop.moods VALUES ('a'), ('b')",
      "ANALYZE TABLE shop.orders, shop.lines, shop.uuids",
    ])
      await root.query(sql);
  });
  afterAll(() => server?.stop());

  /** Pages that the server has fetched from its files since it was started. */
  const pagesRead = async () => {
    const [rows] = await root.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Innodb_pages_read'");
    return Number(rows[0]?.Value);
  };
  const pagesOf = async (schema: string) => {
    const sql = `SELECT SUM(data_length + index_length) / @@innodb_page_size AS pages FROM information_schema.tables WHERE table_schema = '${schema}'`;
    const [rows] = await root.query<RowDataPacket[]>(sql);
    return Number(rows[0]?.pages);
  };

  test("every page is fetched: rows, values outside of their page, and indexes", async () => {
    root = await server.again(cold);
    const before = await pagesRead();
    const report = await ask(server.port, login, { username });
    expect(report).toMatchObject({ unreadCount: 0, unread: [] });
    expect(report.next).toBeUndefined();
    // What the server says of sizes is more than there is: extents are taken whole.
    expect((await pagesRead()) - before).toBeGreaterThan(0.85 * (await pagesOf("shop")));
    expect(report.readBytes).toBeGreaterThan(0.5 * report.totalBytes);
  });

  test("where time is up the next part goes on, table by table and within one, whatever its key", async () => {
    root = await server.again(cold);
    const before = await pagesRead();
    const reports = await inParts(server.port, login, { username });
    expect(reports.flatMap(({ unread }) => unread)).toEqual([]);
    expect((await pagesRead()) - before).toBeGreaterThan(0.85 * (await pagesOf("shop")));
    const places = reports.flatMap(({ next }) => (next?.at ? [JSON.parse(next.at)] : []));
    const keysOf = (unit: string) => places.filter((one) => one.unit === unit && one.key !== undefined);
    expect(keysOf("shop.orders").length).toBeGreaterThan(0);
    expect(keysOf("shop.uuids").length).toBeGreaterThan(0);
    expect(keysOf("shop.lines").map(({ key }) => key)).toContain("9");
    expect(places.map(({ unit }) => unit)).toContain("shop.orders by_name");
  });

  test("what the user may not read is named, and the rest is read", async () => {
    await root.query(`CREATE USER some@'127.0.0.1' IDENTIFIED BY '${password}'`);
    await root.query("GRANT SELECT ON shop.nokey TO some@'127.0.0.1'");
    const report = await ask(server.port, login, { username: "some" });
    expect(report.unread.every(({ damaged }) => !damaged)).toBe(true);
    expect(report.readBytes).toBeGreaterThan(0);
  });
});
