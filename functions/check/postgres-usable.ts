import type { Client } from "pg";
import { printable } from "../core/text.ts";
import { outOfTime, type Verdict } from "./database.ts";
import { quoted } from "./postgres-names.ts";

/** An index is compared with every row of its table where the table is not larger; the structure always is. */
const heapCheckMaxBytes = 4 * 2 ** 30;

const inUse = "n.nspname NOT IN ('information_schema', 'pg_toast') AND n.nspname !~ '^pg_(toast_)?temp_'";

const indexesSql = `
SELECT i.indexrelid::oid::text AS id, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, i.indrelid::regclass::text AS "table",
  m.amname AS method, i.indisvalid AND i.indisready AND i.indislive AS usable, c.relkind = 'i' AND c.relpersistence = 'p' AS stored,
  pg_table_size(i.indrelid) <= ${heapCheckMaxBytes} AS affordable
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = c.relam
WHERE ${inUse} ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`;

/** What a constraint or a collation says of itself that makes it less than usable. */
const doubtsSql = `
SELECT 'constraint ' || conname || ' of ' || conrelid::regclass::text AS name, NULL::boolean AS ok,
  'constraint ' || conname || ' of ' || conrelid::regclass::text || ' is NOT VALID: rows older than it were never checked' AS sentence
FROM pg_constraint WHERE NOT convalidated
UNION ALL SELECT 'constraint ' || k.conname || ' of ' || t.tgrelid::regclass::text, false,
  'foreign key ' || k.conname || ' of ' || t.tgrelid::regclass::text || ' is switched off: its trigger is disabled'
FROM pg_trigger t JOIN pg_constraint k ON k.oid = t.tgconstraint WHERE t.tgisinternal AND t.tgenabled = 'D'
UNION ALL SELECT DISTINCT 'collation ' || c.oid::regcollation::text, false, 'collation ' || c.oid::regcollation::text || ' was version ' || c.collversion || ' when indexes were built, and is '
  || pg_collation_actual_version(c.oid) || ' here: their order may be wrong'
FROM pg_collation c JOIN pg_depend d ON d.refclassid = 'pg_collation'::regclass AND d.refobjid = c.oid
WHERE c.collversion <> pg_collation_actual_version(c.oid)`;

type Index = {
  id: string;
  name: string;
  table: string;
  method: string;
  usable: boolean;
  stored: boolean;
  affordable: boolean;
};

/**
 * Looks at every index and constraint. amcheck is installed for the moment, in the transaction that is rolled back
 * by the caller. Verdicts are those that are not plainly good.
 */
export async function usable(
  client: Client,
  time: () => boolean,
): Promise<{ looked: number; verdicts: Verdict[] }> {
  const { rows: indexes } = await client.query<Index>(indexesSql);
  const doubts = await client.query<{ name: string; ok: boolean | null; sentence: string }>(doubtsSql);
  const verdicts = doubts.rows.map((doubt): Verdict => ({ ...doubt, ok: doubt.ok ?? undefined }));
  for (const { name, table } of indexes.filter(({ usable }) => !usable))
    verdicts.push({
      name,
      ok: false,
      sentence: `index ${name} of ${table} is not valid: queries do not use it`,
    });

  const checked = await amcheck(client);
  const stored = indexes.filter(({ usable, stored }) => usable && stored);
  if (!checked) {
    const sentence = `amcheck is not available: what is inside ${stored.length} indexes is not proved`;
    return { looked: indexes.length, verdicts: [...verdicts, { name: "amcheck", ok: undefined, sentence }] };
  }
  const btrees = stored.filter(({ method }) => method === "btree");
  for (let index = btrees.shift(); index; index = time() ? btrees.shift() : undefined)
    verdicts.push(...(await checkBtree(client, checked, index)));
  verdicts.push(...outOfTime(btrees.length, "indexes"));
  const others = stored.filter(({ method }) => method !== "btree");
  if (others.length > 0) {
    const methods = [...new Set(others.map(({ method }) => method))].sort().join(", ");
    const sentence = `amcheck reads btree indexes only: ${others.length} of others (${methods}) are valid by the catalog, no more is proved`;
    verdicts.push({ name: "other indexes", ok: undefined, sentence });
  }
  return { looked: indexes.length, verdicts };
}

/** The schema amcheck's functions are in, or undefined where there are none and none can be made. */
async function amcheck(client: Client): Promise<string | undefined> {
  const where = `SELECT n.nspname AS name FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname = 'amcheck'`;
  const there = (await client.query<{ name: string }>(where)).rows[0];
  if (there) return there.name;
  await client.query("SAVEPOINT amcheck");
  try {
    await client.query("CREATE SCHEMA holdfast_amcheck; CREATE EXTENSION amcheck SCHEMA holdfast_amcheck");
    return "holdfast_amcheck";
  } catch {
    // Not on the server, or not for this user: either way it is said, as not proved.
    await client.query("ROLLBACK TO amcheck");
    return undefined;
  }
}

async function checkBtree(
  client: Client,
  schema: string,
  { id, name, table, affordable }: Index,
): Promise<Verdict[]> {
  await client.query("SAVEPOINT look");
  try {
    await client.query(`SELECT ${quoted(schema)}.bt_index_check($1::oid::regclass, $2)`, [id, affordable]);
    return [];
  } catch (thrown) {
    await client.query("ROLLBACK TO look");
    const { code = "", message } = thrown as Error & { code?: string };
    const refused = ["42501", "57014", "55P03"].includes(code);
    const what = refused ? "could not be checked" : "is damaged";
    const sentence = `index ${name} of ${table} ${what}: ${printable(message)}`;
    return [{ name, ok: refused ? undefined : false, sentence }];
  } finally {
    await client.query("RELEASE look");
  }
}
