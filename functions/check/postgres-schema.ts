import type { Client } from "pg";

const mine = (classOf: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${classOf}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;
const inUse =
  "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(toast_)?temp_'";
/** What is long, or may hold a secret, is there by its digest. */
const digested = (text: string) => `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;
const named = "quote_ident(n.nspname) || '.' || quote_ident(c.relname)";
const ofClass = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace";

/*
 * Each of these gives lines of text. The functions pg_get_…def qualify names by the search path, which is
 * pg_catalog's alone, so that the same schema reads the same in every session.
 */
const listings = [
  `SELECT 'database encoding ' || pg_encoding_to_char(encoding) || ' collate ' || datcollate || ' ctype ' || datctype
     FROM pg_database WHERE datname = current_database()`,
  `SELECT 'schema ' || quote_ident(n.nspname) || ' owner ' || pg_get_userbyid(n.nspowner) || coalesce(' grants ' || n.nspacl::text, '')
     FROM pg_namespace n WHERE ${inUse} AND ${mine("pg_namespace", "n.oid")}`,
  `SELECT 'extension ' || quote_ident(x.extname) || ' version ' || x.extversion || ' in ' || n.nspname
     FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace`,
  // Sequences are here too: their owner and grants count as those of tables do.
  `SELECT CASE c.relkind WHEN 'r' THEN 'table ' WHEN 'p' THEN 'partitioned table ' WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view '
       WHEN 'f' THEN 'foreign table ' WHEN 'S' THEN 'sequence ' ELSE 'composite type ' END || ${named}
       || CASE c.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END || ' owner ' || pg_get_userbyid(c.relowner)
       || coalesce(' grants ' || c.relacl::text, '') || coalesce(' with ' || c.reloptions::text, '')
       || coalesce(' partition by ' || pg_get_partkeydef(c.oid), '') || coalesce(' as partition ' || pg_get_expr(c.relpartbound, c.oid), '')
       || coalesce((SELECT ' inherits ' || string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_inherits h WHERE h.inhrelid = c.oid), '')
       || CASE WHEN c.relrowsecurity THEN ' row security' ELSE '' END || CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END
       || CASE c.relreplident WHEN 'd' THEN '' ELSE ' replica identity ' || c.relreplident::text END
       || CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN ' not populated' ELSE '' END
       || CASE WHEN c.relkind IN ('v', 'm') THEN ' query sha256:' || ${digested("pg_get_viewdef(c.oid)")} ELSE '' END
     FROM ${ofClass} WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND ${inUse} AND ${mine("pg_class", "c.oid")}`,
  `SELECT 'columns of ' || ${named} || ': ' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
     FROM ${ofClass} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${inUse} AND ${mine("pg_class", "c.oid")} GROUP BY n.nspname, c.relname`,
  `SELECT 'column ' || ${named} || '.' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN ' collate ' || a.attcollation::regcollation::text ELSE '' END
       || CASE a.attidentity WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity by default' ELSE '' END
       || CASE a.attgenerated WHEN 's' THEN ' stored' WHEN 'v' THEN ' virtual' ELSE '' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') || coalesce(' grants ' || a.attacl::text, '')
     FROM ${ofClass} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${inUse} AND ${mine("pg_class", "c.oid")}`,
  `SELECT 'constraint ' || coalesce(nullif(k.conrelid, 0)::regclass::text, k.contypid::regtype::text) || ' ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid)
     FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE ${inUse} AND ${mine("pg_constraint", "k.oid")}
       AND ${mine("pg_class", "k.conrelid")} AND ${mine("pg_type", "k.contypid")}`,
  `SELECT 'index ' || pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisclustered THEN ' clustered' ELSE '' END || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
     FROM pg_index i JOIN ${ofClass} ON c.oid = i.indexrelid WHERE ${inUse} AND ${mine("pg_class", "i.indrelid")}`,
  `SELECT 'sequence ' || ${named} || ' as ' || format_type(s.seqtypid, NULL) || ' start ' || s.seqstart || ' by ' || s.seqincrement || ' from ' || s.seqmin || ' to ' || s.seqmax
       || ' cache ' || s.seqcache || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END
       || coalesce((SELECT ' owned by ' || d.refobjid::regclass::text || '.' || a.attname FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 LIMIT 1), '')
     FROM pg_sequence s JOIN ${ofClass} ON c.oid = s.seqrelid WHERE ${inUse} AND ${mine("pg_class", "c.oid")}`,
  `SELECT CASE t.typtype WHEN 'e' THEN 'enum ' WHEN 'd' THEN 'domain ' ELSE 'range ' END || t.oid::regtype::text || ' owner ' || pg_get_userbyid(t.typowner)
       || coalesce(' of ' || format_type(nullif(t.typbasetype, 0), t.typtypmod), '') || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || t.typdefault, '')
       || coalesce((SELECT ' labels ' || string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = t.oid), '')
       || coalesce((SELECT ' of ' || format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid), '')
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('e', 'd', 'r') AND ${inUse} AND ${mine("pg_type", "t.oid")}`,
  `SELECT CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END || p.oid::regprocedure::text || ' owner ' || pg_get_userbyid(p.proowner)
       || coalesce(' grants ' || p.proacl::text, '') || ' sha256:' || CASE WHEN p.prokind = 'a'
         THEN ${digested("(SELECT row(g.aggkind, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggtranstype::regtype, g.agginitval)::text FROM pg_aggregate g WHERE g.aggfnoid = p.oid)")}
         ELSE ${digested("pg_get_functiondef(p.oid)")} END
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${inUse} AND ${mine("pg_proc", "p.oid")}`,
  `SELECT 'trigger ' || pg_get_triggerdef(t.oid) || ' enabled ' || t.tgenabled::text
     FROM pg_trigger t JOIN ${ofClass} ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND ${inUse} AND ${mine("pg_trigger", "t.oid")}`,
  `SELECT 'rule ' || pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN ${ofClass} ON c.oid = r.ev_class
     WHERE r.rulename <> '_RETURN' AND ${inUse} AND ${mine("pg_rewrite", "r.oid")}`,
  `SELECT 'policy ' || quote_ident(p.policyname) || ' on ' || quote_ident(p.schemaname) || '.' || quote_ident(p.tablename) || ' ' || p.permissive || ' ' || p.cmd
       || ' to ' || p.roles::text || coalesce(' using ' || p.qual, '') || coalesce(' with check ' || p.with_check, '') FROM pg_policies p`,
  "SELECT 'statistics ' || pg_get_statisticsobjdef(oid) FROM pg_statistic_ext",
  `SELECT 'collation ' || c.oid::regcollation::text || ' ' || c.collprovider::text || ' ' || coalesce(c.collcollate, '') || ' ' || c.collisdeterministic
     FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE ${inUse} AND ${mine("pg_collation", "c.oid")}`,
  `SELECT 'publication ' || quote_ident(p.pubname) || ' ' || row(p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate)::text
       || coalesce((SELECT ' of ' || string_agg(r.prrelid::regclass::text, ', ' ORDER BY r.prrelid::regclass::text COLLATE "C") FROM pg_publication_rel r WHERE r.prpubid = p.oid), '')
     FROM pg_publication p`,
  "SELECT 'event trigger ' || quote_ident(evtname) || ' on ' || evtevent || ' ' || evtfoid::regproc::text || ' enabled ' || evtenabled::text FROM pg_event_trigger",
  "SELECT 'foreign server ' || quote_ident(srvname) || coalesce(' version ' || srvversion, '') FROM pg_foreign_server",
  `SELECT 'comment on ' || a.type || ' ' || a.identity || ' sha256:' || ${digested("d.description")}
     FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) a
     WHERE d.objoid >= 16384 AND ${mine("d.classoid", "d.objoid").replace("'d.classoid'::regclass", "d.classoid")} AND a.identity IS NOT NULL`,
];

/** A canonical listing of the schema, one object a line, in the order of their bytes. */
export async function schemaLines(client: Client): Promise<string[]> {
  const text = `SELECT line FROM (${listings.join("\nUNION ALL\n")}) AS listed(line) ORDER BY line COLLATE "C"`;
  const { rows } = await client.query<{ line: string }>(text);
  return rows.map(({ line }) => line);
}
