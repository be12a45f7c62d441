import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import pg from "pg";

/** One object of a drop, and whether it is good: `bad` says how it was broken. */
export type Sample = { key: string; body: Buffer; bad?: string };

/** What a nightly job drops: good archives of several formats, and one bad one for each way to be bad. */
export function archiveSamples(): Sample[] {
  const rows = Array.from(
    { length: 20_000 },
    (_, i) => `INSERT INTO invoice VALUES (${i}, ${(i * 37) % 1_000});`,
  ).join("\n");
  const dump = Buffer.from(
    `--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE invoice (id int, total int);\n${rows}\n--\n-- PostgreSQL database dump complete\n--\n\n`,
  );
  const csv = Buffer.from(Array.from({ length: 5_000 }, (_, i) => `${i},customer ${i}`).join("\n"));
  const zstd = zstdCompressSync(dump, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  const gzip = gzipSync(dump);
  const flipped = Buffer.from(zstd);
  flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 0x10;
  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  return [
    { key: "erp/invoices.sql.gz", body: gzip },
    { key: "erp/invoices.sql.zst", body: zstd },
    {
      key: "erp/members.sql.gz",
      body: Buffer.concat([gzipSync(dump.subarray(0, 9_999)), gzipSync(dump.subarray(9_999))]),
    },
    { key: "erp/customers.csv.sha256", body: Buffer.from(`${sha256(csv)}  customers.csv\n`) },
    { key: "erp/customers.csv", body: csv },
    { key: "erp/bad/truncated.sql.gz", body: gzip.subarray(0, gzip.length >> 1), bad: "cut in half" },
    { key: "erp/bad/flipped.sql.zst", body: flipped, bad: "one bit flipped" },
    { key: "erp/bad/empty.sql.gz", body: Buffer.alloc(0), bad: "empty" },
    { key: "erp/bad/renamed.sql.zst", body: gzip, bad: "gzip with the name of zstd" },
    {
      key: "erp/bad/unfinished.sql.gz",
      body: gzipSync(dump.subarray(0, dump.length - 60)),
      bad: "the dump itself ends too early",
    },
    { key: "erp/bad/other.csv.sha256", body: Buffer.from(`${sha256(dump)}  other.csv\n`) },
    { key: "erp/bad/other.csv", body: csv, bad: "not what its sidecar says" },
  ];
}

/** Files for the bucket: those of a folder, or a few thousand made-up ones. */
export function* bucketFiles(
  folder: string | undefined,
  count: number,
): Generator<{ key: string; body: Buffer }> {
  if (folder === undefined) {
    for (let i = 0; i < count; i++)
      yield { key: `photos/${i % 50}/${i}.txt`, body: Buffer.from(`photo ${i}\n`.repeat(1 + (i % 200))) };
    return;
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    yield { key: relative(folder, file).split(sep).join("/"), body: readFileSync(file) };
  }
}

/** Makes the table `orders` with a million rows, where there is none yet. */
export async function fillDatabase(login: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(login);
  await client.connect();
  await client.query(
    `CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, customer int, total numeric, placed timestamptz)`,
  );
  await client.query(
    `INSERT INTO orders SELECT i, i % 5000, i % 997, now() FROM generate_series(1, 1000000) i WHERE NOT EXISTS (SELECT FROM orders)`,
  );
  await client.end();
}

/**
 * Keeps changing the orders, a row at a time, until it is told to stop. A database that gives way to a restored one ends
 * its connections: like an application it connects again, to whatever answers there.
 */
export function writeOrders(login: pg.ClientConfig): () => Promise<void> {
  let stopped = false;
  const writing = (async () => {
    while (!stopped) {
      await writeUntil(login, () => stopped).catch(() => undefined);
      if (!stopped) await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  return () => {
    stopped = true;
    return writing;
  };
}

async function writeUntil(login: pg.ClientConfig, stopped: () => boolean): Promise<void> {
  const client = new pg.Client(login);
  // Told besides by the query that it cuts off; without a listener it would end the process.
  client.on("error", () => undefined);
  await client.connect();
  while (!stopped()) {
    await client.query("INSERT INTO orders SELECT max(id) + 1, 1, 1, now() FROM orders");
    await client.query(
      "UPDATE orders SET total = total + 1 WHERE id = 1 + floor(random() * 1000000)::bigint",
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await client.end();
}
