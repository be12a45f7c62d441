import { createHash } from "node:crypto";
import type { Connection } from "mysql2/promise";
import { quoted } from "./mysql-names.ts";
import { byBytes, rowsOf, systemSchemas } from "./mysql-rows.ts";

const digest = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** What a statement says of an object without what its rows, and not its definition, have brought about. */
export function normalised(statement: string): string {
  return statement.replace(/ AUTO_INCREMENT=\d+/g, "").replace(/\r/g, "");
}

/** A canonical listing of the schema: a line for each line of a table's definition; long ones by their digest. */
export async function schemaLines(connection: Connection, schemas: string[] | undefined): Promise<string[]> {
  const lines: string[] = [];
  const list = async (sql: string) =>
    (await rowsOf<{ schema: string; name: string; kind: string }>(connection, sql)).filter(
      ({ schema }) => schemas === undefined || schemas.includes(schema),
    );
  const show = async (kind: string, schema: string, name: string) => {
    const answer = (
      await rowsOf<Record<string, string>>(
        connection,
        `SHOW CREATE ${kind} ${quoted(schema)}.${quoted(name)}`,
      )
    )[0];
    // "Create Table", "Create View", "SQL Original Statement": by what it is called for this kind.
    const column = Object.keys(answer ?? {}).find((key) => /^(Create |SQL Original)/.test(key));
    return normalised((column && answer?.[column]) ?? "");
  };
  for (const { schema, name } of await list(
    `SELECT schema_name AS \`schema\`, CONCAT(default_character_set_name, ' ', default_collation_name) AS name, '' AS kind
     FROM information_schema.schemata WHERE schema_name NOT IN ${systemSchemas}`,
  ))
    lines.push(`database ${schema} ${name}`);
  for (const { schema, name, kind } of await list(
    `SELECT table_schema AS \`schema\`, table_name AS name, table_type AS kind FROM information_schema.tables WHERE table_schema NOT IN ${systemSchemas}`,
  )) {
    const what = kind === "VIEW" ? "view" : kind === "SEQUENCE" ? "sequence" : "table";
    const statement = await show(what === "view" ? "VIEW" : "TABLE", schema, name);
    if (what === "view") lines.push(`view ${schema}.${name} ${digest(statement)}`);
    else lines.push(...tableLines(what, `${schema}.${name}`, statement));
  }
  for (const { schema, name, kind } of await list(
    `SELECT routine_schema AS \`schema\`, routine_name AS name, routine_type AS kind FROM information_schema.routines WHERE routine_schema NOT IN ${systemSchemas}`,
  ))
    lines.push(`${kind.toLowerCase()} ${schema}.${name} ${digest(await show(kind, schema, name))}`);
  for (const { schema, name } of await list(
    `SELECT trigger_schema AS \`schema\`, trigger_name AS name, '' AS kind FROM information_schema.triggers WHERE trigger_schema NOT IN ${systemSchemas}`,
  ))
    lines.push(`trigger ${schema}.${name} ${digest(await show("TRIGGER", schema, name))}`);
  for (const { schema, name } of await list(
    `SELECT event_schema AS \`schema\`, event_name AS name, '' AS kind FROM information_schema.events WHERE event_schema NOT IN ${systemSchemas}`,
  ))
    lines.push(`event ${schema}.${name} ${digest(await show("EVENT", schema, name))}`);
  return lines.sort(byBytes);
}

/** A line for each column, key and the options of a table, and one for the order of the columns. */
function tableLines(what: string, name: string, statement: string): string[] {
  const parts = statement.split("\n").slice(1);
  const columns = parts.flatMap((part) => /^\s*(`(?:[^`]|``)+`)/.exec(part)?.[1] ?? []);
  return [
    `columns of ${name}: ${columns.join(", ")}`,
    ...parts.map((part) => `${what} ${name} ${part.trim().replace(/,$/, "")}`),
  ];
}
