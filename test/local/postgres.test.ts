import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { freePort, Postgres } from "../../local/postgres.ts";

test("a snapshot that is taken while money is moved holds neither more nor less of it", async () => {
  const postgres = await Postgres.find();
  const folder = await postgres.reachable(await mkdtemp(join(tmpdir(), "holdfast-pg-")));
  const user = "postgres";
  const password = "not a secret";
  const connect = async (port: number) => {
    const client = new pg.Client({ host: "127.0.0.1", port, user, password, database: "postgres" });
    await client.connect();
    return client;
  };
  await postgres.create(join(folder, "source"), { user, password });
  const port = await freePort();
  const source = await postgres.start(join(folder, "source"), port);
  const client = await connect(port);
  await client.query(
    "CREATE TABLE account AS SELECT i AS id, 100 AS money, repeat('x', 200) AS pad FROM generate_series(1, 20000) i",
  );
  let moving = true;
  let moves = 0;
  const mover = (async () => {
    const other = await connect(port);
    while (moving) {
      const [from, to] = [1 + ((moves * 7_919) % 20_000), 1 + ((moves * 104_729) % 20_000)];
      await other.query(
        "UPDATE account SET money = money + CASE WHEN id = $1 THEN -1 ELSE 1 END WHERE id IN ($1, $2) AND $1 <> $2",
        [from, to],
      );
      moves += 1;
    }
    await other.end();
  })();

  await postgres.backup({ port, user, password }, join(folder, "source"), join(folder, "snapshot"));
  const during = moves;
  moving = false;
  await mover;
  await postgres.duplicate(join(folder, "snapshot"), join(folder, "copy"));
  const copyPort = await freePort();
  const copy = await postgres.start(join(folder, "copy"), copyPort);
  const restored = await connect(copyPort);
  const { rows } = await restored.query(
    "SELECT count(*)::int AS accounts, sum(money)::int AS money FROM account",
  );

  expect(during).toBeGreaterThan(0);
  expect(rows).toEqual([{ accounts: 20_000, money: 2_000_000 }]);
  await restored.end();
  await client.end();
  await copy.stop();
  await source.stop();
  await rm(folder, { recursive: true, force: true });
});
