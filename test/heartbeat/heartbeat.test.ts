import { afterAll, beforeAll, expect, test } from "vitest";
import { heartbeat } from "../../functions/heartbeat/heartbeat.ts";
import { ask, password, startPostgres, type TestServer } from "../check/servers.ts";

/*
 * The row that is written each minute, into a real database, and what a drill makes of it.
 */
let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** Beats once, with what the secret says. */
const beat = (database: string | undefined, secret: object = {}) =>
  heartbeat(
    { secretArn: "arn:secret", tls: "preferred", ...(database ? { database } : {}) },
    {
      secrets: {
        text: async () =>
          JSON.stringify({
            ...{
              engine: "postgres",
              host: "127.0.0.1",
              port: String(server.port),
              username: "postgres",
              password,
            },
            ...secret,
          }),
      },
    },
  );
const pulse = async (database: string) => {
  const heartbeat = { intervalSeconds: 60, pointAt: new Date().toISOString() };
  const { checks, newestHeartbeatAt } = await ask(server.port, database, { heartbeat });
  return { ...checks.find(({ name }) => name === "heartbeat"), newestHeartbeatAt };
};

test("the schema is made by the first beat, and the chain of several is whole", async () => {
  const database = await server.database("CREATE TABLE orders (id int)");
  for (let beats = 0; beats < 3; beats++) await beat(database);
  const { outcome, sentence, newestHeartbeatAt } = await pulse(database);
  expect(outcome, sentence).toBe("passed");
  expect(Date.now() - Date.parse(newestHeartbeatAt ?? "")).toBeLessThan(20_000);
});

test("without a name it beats in the first database that somebody made, where a drill looks for it", async () => {
  await beat(undefined);
  const home = "d1";
  expect((await pulse(home)).outcome).toBe("passed");
});

test("a user who may only write its own table beats, and may do nothing else", async () => {
  const database = await server.database("CREATE TABLE orders (id int)");
  await beat(database);
  await server.run(
    database,
    `CREATE ROLE beater LOGIN PASSWORD 'beat'; GRANT USAGE ON SCHEMA holdfast TO beater;
     GRANT SELECT, INSERT, DELETE ON holdfast.heartbeat TO beater`,
  );
  await beat(database, { username: "beater", password: "beat" });
  expect((await pulse(database)).outcome).toBe("passed");
});

test("what keeps it from beating is said without the password", async () => {
  const database = await server.database();
  const refused = beat(database, { password: "wrong and secret" });
  await expect(refused).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/password authentication failed/),
  });
  await expect(refused).rejects.not.toThrow(/wrong and secret/);
  await expect(beat(database, { host: undefined })).rejects.toMatchObject({
    code: "invalid",
    message: "the secret arn:secret lacks host",
  });
});
