import type { Client } from "pg";
import { printable } from "../core/text.ts";
import type { WholeRead } from "./database.ts";
import { quoted } from "./postgres-names.ts";

/** Blocks that are read in one statement: 8 MiB, which is some seconds even where each comes from afar. */
const blocksAtOnce = 1_024;

/** Codes of what a database would not do, rather than could not: rights, and limits of time and of locks. */
const refusals = new Set(["42501", "57014", "55P03", "0A000", "42P01", "42809"]);

type Relation = { id: string; name: string; schema: string; relation: string; kind: string; blocks: string };

/** What has blocks of its own: tables, their TOAST tables, indexes, materialized views; catalogs too, which queries need. */
const relationsSql = `
SELECT c.oid::text AS id, c.oid::regclass::text AS name, n.nspname AS schema, c.relname AS relation, c.relkind AS kind,
  (pg_relation_size(c.oid) / current_setting('block_size')::int)::text AS blocks
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 't', 'i') AND c.relpersistence = 'p' AND c.oid >= $1::oid
ORDER BY c.oid`;

/** Where reading goes on: a relation, and a block of it. */
type Place = { id: number; block: number };

/**
 * Has every block of a database read, relation after relation, by pg_prewarm: past the server's buffers, indexes and
 * TOAST included. It is installed for the moment, in the transaction that the caller rolls back. Where it cannot be,
 * tables are scanned by ranges of their blocks, and their indexes are left unread, which is said.
 */
export async function readWhole(
  client: Client,
  after: string | undefined,
  leftMs: () => number,
): Promise<WholeRead> {
  const from = placeOf(after);
  const { rows: relations } = await client.query<Relation>(relationsSql, [String(from.id)]);
  const size = await client.query<{ bytes: number }>("SELECT current_setting('block_size')::int AS bytes");
  const blockBytes = size.rows[0]?.bytes ?? 8_192;
  const prewarm = await prewarmIn(client);
  const done: WholeRead = { bytes: 0, unread: [] };
  let begun = false;
  for (const one of relations) {
    const readable = prewarm !== undefined || one.kind !== "i";
    if (!readable) {
      done.unread.push({
        name: one.name,
        reason: "there is no pg_prewarm to read an index with",
        damaged: false,
      });
      continue;
    }
    const blocks = Number(one.blocks);
    for (let block = Number(one.id) === from.id ? from.block : 0; block < blocks; block += blocksAtOnce) {
      if (begun && leftMs() <= 0) return { ...done, next: `${one.id}/${block}` };
      begun = true;
      const last = Math.min(block + blocksAtOnce, blocks) - 1;
      const refused = await attempt(client, () =>
        prewarm
          ? warm(client, prewarm, one, { block, last, end: blocks - 1 })
          : scan(client, one, block, last),
      );
      if (refused) {
        done.unread.push({ name: one.name, ...refused });
        break;
      }
      done.bytes += (last - block + 1) * blockBytes;
    }
  }
  return done;
}

/** About how many bytes all databases of the server have that can be connected to. */
export async function storedBytes(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    `SELECT coalesce(sum(pg_database_size(oid)), 0)::text AS bytes FROM pg_database
     WHERE datallowconn AND NOT datistemplate AND datname <> 'rdsadmin' AND has_database_privilege(oid, 'CONNECT')`,
  );
  return Number(rows[0]?.bytes ?? 0);
}

function placeOf(after: string | undefined): Place {
  const [id = "0", block = "0"] = after?.split("/") ?? [];
  return { id: Number(id), block: Number(block) };
}

type Prewarm = { schema: string; prefetch: boolean };

/** Where pg_prewarm's function is; undefined where there is none and none can be made. */
async function prewarmIn(client: Client): Promise<Prewarm | undefined> {
  const where = `SELECT n.nspname AS name FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname = 'pg_prewarm'`;
  let schema = (await client.query<{ name: string }>(where)).rows[0]?.name;
  if (schema === undefined) {
    schema = "holdfast_prewarm";
    const install = `CREATE SCHEMA ${schema}; CREATE EXTENSION pg_prewarm SCHEMA ${schema}`;
    if (await attempt(client, () => client.query(install))) return undefined;
  }
  // Not every build can ask for blocks ahead.
  const ahead = `SELECT ${quoted(schema)}.pg_prewarm('pg_class'::regclass, 'prefetch', 'main', 0, 0)`;
  return { schema, prefetch: (await attempt(client, () => client.query(ahead))) === undefined };
}

/** Asked for ahead, so that the volume fetches many blocks side by side; then read, so that they are there. */
async function warm(
  client: Client,
  { schema, prefetch }: Prewarm,
  { id }: Relation,
  { block, last, end }: { block: number; last: number; end: number },
) {
  const text = `SELECT ${quoted(schema)}.pg_prewarm($1::oid::regclass, $2, 'main', $3, $4)`;
  if (prefetch) await client.query(text, [id, "prefetch", block, Math.min(last + blocksAtOnce, end)]);
  await client.query(text, [id, "read", block, last]);
}

async function scan(client: Client, { schema, relation }: Relation, from: number, to: number) {
  // Anything but the scan by block numbers would read the whole table each time.
  await client.query("SET LOCAL enable_seqscan = off");
  const range = `ctid >= '(${from},0)'::tid AND ctid < '(${to + 1},0)'::tid`;
  await client.query(`SELECT count(*) FROM ONLY ${quoted(schema)}.${quoted(relation)} WHERE ${range}`);
}

/** Runs something that may fail without the transaction; gives why it did. A connection that is lost is thrown. */
async function attempt(
  client: Client,
  work: () => Promise<unknown>,
): Promise<{ reason: string; damaged: boolean } | undefined> {
  await client.query("SAVEPOINT go");
  try {
    await work();
    await client.query("RELEASE go");
    return undefined;
  } catch (thrown) {
    const { code = "", message } = thrown as Error & { code?: string };
    // What the server says has a code of five characters; anything else is the connection.
    if (!/^[0-9A-Z]{5}$/.test(code) || code.startsWith("08") || code.startsWith("57P")) throw thrown;
    await client.query("ROLLBACK TO go; RELEASE go");
    return { reason: printable(message), damaged: !refusals.has(code) };
  }
}
