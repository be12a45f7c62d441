import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { heartbeat } from "../../functions/heartbeat/heartbeat.ts";
import { mariadbServer, startMariadb } from "../check/mariadb.ts";
import { ask, password } from "../check/servers.ts";

/*
 * The row that is written each minute, into a real MariaDB, where there is one (test/check/mysql.test.ts says if not).
 */
const binary = mariadbServer();

describe.runIf(binary)("into a MariaDB", () => {
  let server: Awaited<ReturnType<typeof startMariadb>>;

  beforeAll(async () => {
    server = await startMariadb(binary ?? "");
    for (const sql of [
      "CREATE DATABASE shop",
      "CREATE TABLE shop.orders (id INT PRIMARY KEY)",
      `CREATE USER checker@'127.0.0.1' IDENTIFIED BY '${password}'`,
      "GRANT ALL ON *.* TO checker@'127.0.0.1'",
      `CREATE USER beater@'127.0.0.1' IDENTIFIED BY '${password}'`,
    ])
      await server.root.query(sql);
  });
  afterAll(() => server?.stop());

  /** Beats once, with what the secret says. */
  const beat = (secret: object = {}) =>
    heartbeat(
      { secretArn: "arn:secret", tls: "preferred" },
      {
        secrets: {
          text: async () =>
            JSON.stringify({
              ...{ engine: "mariadb", host: "127.0.0.1", port: server.port, username: "checker", password },
              ...secret,
            }),
        },
      },
    );
  const pulse = async () => {
    const heartbeat = { intervalSeconds: 60, pointAt: new Date().toISOString() };
    const asked = { user: "checker", engine: "mariadb", heartbeat };
    const { checks, newestHeartbeatAt } = await ask(server.port, "shop", asked);
    return { ...checks.find(({ name }) => name === "heartbeat"), newestHeartbeatAt };
  };
  const rows = async (sql: string) => (await server.root.query(sql))[0] as Record<string, unknown>[];

  test("the first beat makes a database of its own, and the chain of several is whole", async () => {
    for (let beats = 0; beats < 3; beats++) await beat();
    const { outcome, sentence, newestHeartbeatAt } = await pulse();
    expect(outcome, sentence).toBe("passed");
    expect(Date.now() - Date.parse(newestHeartbeatAt ?? "")).toBeLessThan(20_000);
    expect(await rows("SELECT COUNT(*) AS beats FROM holdfast.heartbeat")).toEqual([{ beats: 3 }]);
    expect(await rows("SHOW TABLES FROM shop")).toHaveLength(1);
  });

  test("a user who may only write its own table beats, and may do nothing else", async () => {
    await beat();
    await server.root.query("GRANT SELECT, INSERT, DELETE ON holdfast.heartbeat TO beater@'127.0.0.1'");
    await beat({ username: "beater" });
    expect((await pulse()).outcome).toBe("passed");
  });

  test("what is older than a week goes as a new one comes, and an edited beat is found", async () => {
    await beat();
    await server.root.query("UPDATE holdfast.heartbeat SET at = '2020-01-01T00:00:00.000Z' WHERE n = 1");
    await beat();
    expect(await rows("SELECT n FROM holdfast.heartbeat WHERE n = 1")).toEqual([]);
    expect((await pulse()).outcome).toBe("passed");
    await server.root.query(
      "UPDATE holdfast.heartbeat SET at = '2026-01-01T00:00:00.000Z' ORDER BY n LIMIT 1",
    );
    const { outcome, sentence } = await pulse();
    expect([outcome, sentence]).toEqual(["failed", expect.stringMatching(/was edited/)]);
  });

  test("two beats at once do not both count", async () => {
    const before = await rows("SELECT MAX(n) AS n FROM holdfast.heartbeat");
    const both = await Promise.allSettled([beat(), beat()]);
    const written = both.filter(({ status }) => status === "fulfilled").length;
    const after = await rows("SELECT MAX(n) AS n FROM holdfast.heartbeat");
    expect(written).toBeGreaterThan(0);
    expect(Number(after[0]?.n) - Number(before[0]?.n)).toBe(written);
  });

  test("what keeps it from beating is said without the password", async () => {
    const refused = beat({ password: "wrong and secret" });
    await expect(refused).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/Access denied for user/),
    });
    await expect(refused).rejects.not.toThrow(/wrong and secret/);
  });
});
