import { createHash } from "node:crypto";
import { compareFingerprints } from "../core/compare-fingerprints.ts";
import { type CheckRequest, type CheckResult, type Fingerprint, nameOf } from "../core/fingerprint.ts";
import { cut, printable } from "../core/text.ts";
import type { Surroundings } from "./check.ts";
import type { Database, Table } from "./database.ts";

/** What a table may need besides the reading: a call stops before a table when less is left. */
const reserveMs = 20_000;

/** A fingerprint, or the part of one that there was time for. */
export type Made = {
  fingerprint: Fingerprint;
  /** The last table that is done, where time ran out. */
  next: string | undefined;
  /** All tables there are, read or not. */
  names: Set<string>;
};

type Wanted = Pick<CheckRequest, "maxRanges"> & {
  reference: Fingerprint | undefined;
  /** The table after which to go on. */
  after: string | undefined;
};

/** Reads every table of a database, one at a time, each in one pass. A table that cannot be read is named, with why. */
export async function fingerprintDatabase(
  database: Database,
  { maxRanges, reference, after }: Wanted,
  around: Surroundings,
): Promise<Made> {
  const lines = await database.schemaLines();
  const { tables, excluded, sequences } = await database.contents();
  const { engine, major, algorithm, name } = database;
  const fingerprint: Fingerprint = {
    engine,
    major,
    algorithm,
    database: name,
    schema: { digest: createHash("sha256").update(lines.join("\n")).digest("hex"), lines },
    tables: [],
    sequences,
    excluded,
    unread: [],
  };
  const names = new Set(tables.map(nameOf));
  const layouts = new Map(reference?.tables.map((table) => [nameOf(table), table.layout]));
  // By position, as the database's order of names is not JavaScript's.
  const start = after === undefined ? 0 : tables.findIndex((table) => nameOf(table) === after) + 1;
  let last = after;
  for (const [index, table] of tables.slice(start).entries()) {
    // The first is begun in any case, or no call would ever get on.
    const leftMs = around.remainingMs() - reserveMs;
    if (index > 0 && leftMs < reserveMs) return { fingerprint, next: last, names };
    await readTable(fingerprint, database, table, layouts.get(nameOf(table)), {
      maxRanges,
      timeoutSeconds: Math.max(5, Math.floor(leftMs / 1000)),
      around,
    });
    last = nameOf(table);
  }
  return { fingerprint, next: undefined, names };
}

async function readTable(
  fingerprint: Fingerprint,
  database: Database,
  table: Table,
  layout: Fingerprint["tables"][number]["layout"],
  { around, ...bounds }: { maxRanges: number; timeoutSeconds: number; around: Surroundings },
) {
  const began = around.now().getTime();
  try {
    const made = await database.fingerprint(table, { ...bounds, ...(layout ? { layout } : {}) });
    fingerprint.tables.push(made);
    const seconds = (around.now().getTime() - began) / 1000;
    around.progress?.({ database: database.name, table: nameOf(table), rows: made.rows, seconds });
  } catch (thrown) {
    const said = printable(cut(thrown instanceof Error ? thrown.message : String(thrown), 300));
    const why = database.isRefusal(thrown) ? "it could not be read" : "reading it failed";
    fingerprint.unread.push({ name: nameOf(table), reason: `${why}: ${said}` });
  }
}

/** Whether a fingerprint is whole and, where there is an earlier one of the same point, the same. */
export function compareResult(
  name: string,
  { fingerprint, next, names }: Made,
  reference: Fingerprint | undefined,
  after: string | undefined,
): CheckResult {
  const rows = fingerprint.tables.reduce((sum, table) => sum + table.rows, 0);
  const value = `${digestOfFingerprint(fingerprint).slice(0, 16)}: ${fingerprint.tables.length} tables, ${rows} rows`;
  const damaged = fingerprint.unread.filter(({ reason }) => reason.startsWith("reading it failed"));
  const whole = after === undefined && next === undefined;
  const differences = reference
    ? compareFingerprints(comparable(reference, fingerprint, names), fingerprint)
    : [];
  const unread = fingerprint.unread.map((one) => `table ${one.name}: ${one.reason}`);
  const wrong = [...differences.map(({ sentence }) => sentence), ...unread];
  const outcome =
    differences.length > 0 || damaged.length > 0 ? "failed" : unread.length > 0 ? "unproved" : "passed";
  const { length } = fingerprint.tables;
  const equal = reference ? "equal to the earlier one of this point" : "made";
  return {
    name,
    outcome,
    value,
    ...(reference && whole ? { expected: digestOfFingerprint(reference).slice(0, 16) } : {}),
    sentence: printable(
      cut(
        wrong.join("; ") || `the fingerprint of ${length} ${length === 1 ? "table" : "tables"} is ${equal}`,
        4_000,
      ),
    ),
  };
}

/** What of an earlier fingerprint can be compared: tables that were read, and those that are not there to be read. */
function comparable(reference: Fingerprint, found: Fingerprint, names: Set<string>): Fingerprint {
  const read = new Set(found.tables.map(nameOf));
  const tables = reference.tables.filter((table) => read.has(nameOf(table)) || !names.has(nameOf(table)));
  return { ...reference, tables };
}

/** One digest of everything that a fingerprint covers. */
export function digestOfFingerprint({ algorithm, schema, tables, sequences }: Fingerprint): string {
  const parts = [algorithm, schema.digest, ...tables.map((t) => [nameOf(t), t.rows, t.digest]), sequences];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
