import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { openPostgres } from "../functions/check/postgres.ts";
import { freePort, Postgres } from "../local/postgres.ts";
import type { Row } from "./row.ts";

const rounds = 3;
const rows = 10_000_000;
const user = "postgres";
const password = "bench";

/** What one fingerprint took, in a process of its own, and the memory it had at most. */
type Once = { seconds: number; peakMiB: number; rows: number; ranges: number };

/**
 * The fingerprint of a table of 10,000,000 rows and 1 GB, with its ranges, beside the plain sum of a 32-bit hash of
 * each row's text, on the same PostgreSQL in turns; and the same with a key in random order.
 */
export async function benchFingerprint(): Promise<Row[]> {
  const postgres = await Postgres.find();
  const folder = await postgres.reachable(await mkdtemp(join(tmpdir(), "holdfast-fingerprint-")));
  const data = join(folder, "data");
  await postgres.create(data, { user, password });
  const server = await postgres.start(data, await freePort());
  try {
    return await measure(server.port);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(port: number): Promise<Row[]> {
  const client = new pg.Client({ host: "127.0.0.1", port, user, password, database: "postgres" });
  await client.connect();
  await client.query(`CREATE TABLE big (id bigint NOT NULL, account int NOT NULL, amount numeric(12,2) NOT NULL,
      at timestamptz NOT NULL, status text, note text);
    INSERT INTO big SELECT i, i::bigint * 7919 % 100003, i % 1000000 / 100.0, timestamptz '2026-01-01' + i * interval '1 second',
      (ARRAY['new', 'paid', 'sent', NULL])[1 + i % 4], md5(i::text) FROM generate_series(1, ${rows}) i;
    ALTER TABLE big ADD PRIMARY KEY (id)`);
  await client.query("VACUUM ANALYZE big");
  const plain: number[] = [];
  const ours: Once[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await client.query("SELECT count(*), sum(hashtext(t::text)) FROM big t");
    plain.push((performance.now() - began) / 1000);
    ours.push(once(port));
  }
  await client.query("ALTER TABLE big DROP CONSTRAINT big_pkey, ADD PRIMARY KEY (note)");
  const byText = Array.from({ length: rounds }, () => once(port));
  await client.end();
  const beside = median(plain);
  const against = `SELECT count(*), sum(hashtext(t::text)) (${beside.toFixed(2)} s)`;
  const line = (name: string, all: Once[], goal?: string): Row => {
    const seconds = median(all.map((one) => one.seconds));
    return {
      name,
      median: Number(seconds.toFixed(2)),
      unit: "s",
      ratio: seconds / beside,
      against,
      ...(goal ? { goal } : {}),
    };
  };
  const [first] = ours;
  return [
    line(`fingerprint: ${first?.rows} rows, 1 GB, ${first?.ranges} ranges of an integer key`, ours, "<= 2"),
    line(`fingerprint: the same, ${byText[0]?.ranges} ranges of a text key in random order`, byText, "<= 2"),
    {
      name: "fingerprint: memory of the process",
      median: Math.max(...ours.map((o) => o.peakMiB)),
      unit: "MiB",
    },
  ];
}

function once(port: number): Once {
  return JSON.parse(
    execFileSync(process.execPath, [import.meta.filename, String(port)], { encoding: "utf8" }),
  ) as Once;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

if (import.meta.main) {
  const port = Number(process.argv[2]);
  const login = { host: "127.0.0.1", port, user, password, tls: "preferred", parallelWorkers: 2 } as const;
  const database = await openPostgres({ ...login, timeoutSeconds: 600 }, "postgres");
  const { tables } = await database.contents();
  const [table] = tables;
  if (!table) throw new Error("there is no table to read");
  const began = performance.now();
  const made = await database.fingerprint(table, { timeoutSeconds: 600, maxRanges: 64 });
  const seconds = (performance.now() - began) / 1000;
  await database.end();
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    JSON.stringify({ seconds, peakMiB, rows: made.rows, ranges: made.ranges.length } satisfies Once),
  );
}
