import * as z from "zod/mini";

/** How a table's rows are sorted into ranges of its key: the same for the same data, so that both sides agree. */
export const RangeLayout = z.strictObject({
  column: z.string(),
  /** What a position is: the number itself, days since 2000, seconds since 1970, or two bytes after `prefix`. */
  unit: z.enum(["integer", "day", "second", "text", "bytes"]),
  /** Of text and bytes: what the first and the last key begin with alike, in hex. */
  prefix: z.string(),
  /** The positions of the first and the last key, as decimal numbers; they may exceed what a double holds. */
  lo: z.string(),
  hi: z.string(),
  /** A range is 2^shift positions, aligned: so a coarser layout's ranges are sums of a finer one's. */
  shift: z.int(),
});
export type RangeLayout = z.infer<typeof RangeLayout>;

/** The rows of one key range: how many, and the digest of them as a set. */
export const KeyRange = z.strictObject({
  /** First and last key that may be in it, for people; both empty for rows outside the layout. */
  from: z.string(),
  to: z.string(),
  /** Position >> shift as a decimal number; empty for rows outside the layout. */
  at: z.string(),
  rows: z.int(),
  digest: z.string(),
});
export type KeyRange = z.infer<typeof KeyRange>;

/** The rows of one table; `ranges` is empty where its key cannot be put in ranges. */
export const TableFingerprint = z.strictObject({
  schema: z.string(),
  table: z.string(),
  rows: z.int(),
  /** 32 lower-case hex digits: two sums modulo 2^64 over all rows. */
  digest: z.string(),
  layout: z.optional(RangeLayout),
  ranges: z.array(KeyRange),
});
export type TableFingerprint = z.infer<typeof TableFingerprint>;

/** Something that a fingerprint leaves out, or could not read, with one reason. */
export const LeftOut = z.strictObject({ name: z.string(), reason: z.string() });
export type LeftOut = z.infer<typeof LeftOut>;

/** What one database holds, by digests. Two of the same data by the same algorithm are equal, wherever they are made. */
export const Fingerprint = z.strictObject({
  engine: z.enum(["postgres", "mysql", "mariadb"]),
  major: z.string(),
  /** Fingerprints by different algorithms cannot be compared. */
  algorithm: z.string(),
  /** The database; empty where one connection sees all (MySQL's family). */
  database: z.string(),
  /** A canonical listing of the schema, sorted, and the SHA-256 of it. */
  schema: z.strictObject({ digest: z.string(), lines: z.array(z.string()) }),
  /** Sorted by name. */
  tables: z.array(TableFingerprint),
  sequences: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  /** Not part of what is compared, on purpose: views, foreign and unlogged tables. */
  excluded: z.array(LeftOut),
  /** Tables that should have been read and were not. A fingerprint with any proves nothing about them. */
  unread: z.array(LeftOut),
});
export type Fingerprint = z.infer<typeof Fingerprint>;

/** A value that a source's own check may expect; numbers equal what a database writes as text of the same value. */
const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Scalar = z.infer<typeof Scalar>;

/** A source's own check: a query and either the first column of its first row, or all of its rows. */
export const SqlCheck = z.strictObject({
  sql: z.string(),
  expect: z.union([Scalar, z.array(z.array(Scalar))]),
  /** Where to ask. Absent: the first database that somebody made. MySQL's family has only one. */
  database: z.optional(z.string()),
});
export type SqlCheck = z.infer<typeof SqlCheck>;

/** What the checker is asked: one restored database server, and what to look at. */
export const CheckRequest = z.strictObject({
  /** The kind of server, in RDS's words: "postgres", "aurora-mysql" … */
  engine: z.string(),
  host: z.string(),
  port: z.int(),
  user: z.string(),
  /** The secret with the clone's password: the password itself, or JSON with a field `password`. */
  secretId: z.string(),
  /** "required" refuses servers without TLS; "preferred" goes on in plain text where a server has none. */
  tls: z._default(z.enum(["required", "preferred"]), "required"),
  /** The databases to check. @default - all but templates and those of RDS itself */
  databases: z.optional(z.array(z.string())),
  sql: z._default(z.array(SqlCheck), []),
  /** For each statement that is not a fingerprint's. */
  timeoutSeconds: z._default(z.int(), 60),
  /** PostgreSQL: how many more processes may read one table. */
  parallelWorkers: z._default(z.int(), 2),
  /** Ranges kept per table; a table of few rows has fewer. */
  maxRanges: z._default(z.int(), 64),
  /** The heartbeat's interval, where the source has one, and the instant that the point stands for. */
  heartbeat: z.optional(
    z.strictObject({
      intervalSeconds: z.int(),
      pointAt: z.string(),
      /** Where the beats are. Absent: the first database that somebody made. */
      database: z.optional(z.string()),
    }),
  ),
  /** Earlier fingerprints of the same point: they must be equal, and lend their layouts. */
  reference: z._default(z.array(Fingerprint), []),
  /** Where the call before ended: only fingerprints go on, from there. */
  after: z.optional(z.strictObject({ database: z.string(), table: z.string() })),
});
export type CheckRequest = z.infer<typeof CheckRequest>;

/** One thing that was looked at. */
export const CheckResult = z.strictObject({
  /** "answers", "indexes", "sql 1", "fingerprint shop" … */
  name: z.string(),
  /** "unproved": it could not be looked at, which is no proof either way. */
  outcome: z.enum(["passed", "failed", "unproved"]),
  value: z.string(),
  expected: z.optional(z.string()),
  /** One sentence; never a secret. */
  sentence: z.string(),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** What the checker found. */
export const CheckReport = z.strictObject({
  checks: z.array(CheckResult),
  fingerprints: z.array(Fingerprint),
  /** The newest heartbeat in the clone, where one was asked for and found. */
  newestHeartbeatAt: z.optional(z.string()),
  seconds: z.number(),
  /** Present when time ran out: call again with it as `after`, and join the fingerprints. */
  next: z.optional(z.strictObject({ database: z.string(), table: z.string() })),
});
export type CheckReport = z.infer<typeof CheckReport>;

/** One thing in which two fingerprints differ. */
export type Difference = {
  kind: "engine" | "schema" | "table" | "range" | "sequence";
  /** The table, sequence or database it is about. */
  name: string;
  from?: string;
  to?: string;
  /** One sentence. */
  sentence: string;
};

/** The digest of no rows at all. */
export const emptyDigest = "0".repeat(32);
/** At most so many ranges of one table, and lines of a schema, are named one by one. */
const named = 5;

/** The digest of two disjoint sets of rows taken together. */
export function addDigests(a: string, b: string): string {
  const lane = (from: number) =>
    BigInt.asUintN(64, BigInt(`0x${a.slice(from, from + 16)}`) + BigInt(`0x${b.slice(from, from + 16)}`));
  return [lane(0), lane(16)].map((sum) => sum.toString(16).padStart(16, "0")).join("");
}

/** The same ranges, `by` powers of two coarser. Ranges of one set of rows stay ranges of it: digests add up. */
export function coarsen(layout: RangeLayout, ranges: KeyRange[], by: number) {
  if (by === 0) return { layout, ranges };
  const coarser = { ...layout, shift: layout.shift + by };
  const merged = new Map<string, KeyRange>();
  for (const range of ranges) {
    const at = range.at === "" ? "" : (BigInt(range.at) >> BigInt(by)).toString();
    const so = merged.get(at);
    merged.set(at, {
      ...(so ?? { at, ...namesOf(coarser, at) }),
      rows: (so?.rows ?? 0) + range.rows,
      digest: addDigests(so?.digest ?? emptyDigest, range.digest),
    });
  }
  return { layout: coarser, ranges: [...merged.values()] };
}

/** What people call a range: its first and last key. */
export function namesOf(layout: RangeLayout, at: string): { from: string; to: string } {
  if (at === "") return { from: "", to: "" };
  const shift = BigInt(layout.shift);
  const least = (a: bigint, b: bigint) => (a < b ? a : b);
  const most = (a: bigint, b: bigint) => (a > b ? a : b);
  const from = most(BigInt(at) << shift, BigInt(layout.lo));
  const to = least(((BigInt(at) + 1n) << shift) - 1n, BigInt(layout.hi));
  return { from: keyName(layout, from), to: keyName(layout, to) };
}

function keyName({ unit, prefix }: RangeLayout, position: bigint): string {
  const hex = prefix + BigInt.asUintN(16, position).toString(16).padStart(4, "0");
  const instant = (milliseconds: number) => new Date(milliseconds).toISOString();
  // JavaScript's dates end in the year 275760, PostgreSQL's later.
  if (unit === "day" && position > -90_000_000n && position < 90_000_000n)
    return instant(Date.UTC(2000, 0, 1) + Number(position) * 86_400_000).replace(/T.*/, "");
  if (unit === "second" && position > -8_640_000_000_000n && position < 8_640_000_000_000n)
    return instant(Number(position) * 1000).replace(".000", "");
  if (unit === "text" && /^(?:[2-6][0-9a-f]|7[0-9a-e])*(?:0000|[2-7][0-9a-f]00)?$/.test(hex))
    return decodeURIComponent(hex.replace(/../g, "%$&").replace(/(?:%00)+$/, ""));
  return unit === "text" || unit === "bytes" ? `\\x${hex}` : position.toString();
}

/** Every difference between what was expected and what was found, each naming its table and, if it can, key range. */
export function compareFingerprints(expected: Fingerprint, found: Fingerprint): Difference[] {
  const kind = ({ engine, major, algorithm }: Fingerprint) => `${engine} ${major} (${algorithm})`;
  if (kind(expected) !== kind(found)) {
    const sentence = `the fingerprints cannot be compared: one is of ${kind(expected)}, the other of ${kind(found)}`;
    return [{ kind: "engine", name: found.database, sentence }];
  }
  return [
    ...compareSchemas(expected, found),
    ...pairs(expected.tables, found.tables, nameOf).flatMap(([name, a, b]) => compareTables(name, a, b)),
    ...pairs(expected.sequences, found.sequences, ({ name }) => name).flatMap(
      ([name, a, b]): Difference[] => {
        const sentence = `sequence ${name} is at ${b?.value ?? "nothing"} instead of ${a?.value ?? "nothing"}`;
        return a?.value === b?.value ? [] : [{ kind: "sequence", name, sentence }];
      },
    ),
  ];
}

/** The parts of fingerprints that several calls made, in their order, as one for each database. */
export function joinFingerprints(parts: Fingerprint[]): Fingerprint[] {
  const databases = new Map(parts.map((part) => [part.database, part]));
  return [...databases.values()].map((one) => {
    const all = parts.filter(({ database }) => database === one.database);
    return {
      ...one,
      tables: all.flatMap(({ tables }) => tables),
      unread: all.flatMap(({ unread }) => unread),
    };
  });
}

/** The name of a table, with its schema. */
export function nameOf({ schema, table }: Pick<TableFingerprint, "schema" | "table">): string {
  return `${schema}.${table}`;
}

function compareSchemas(expected: Fingerprint, found: Fingerprint): Difference[] {
  if (expected.schema.digest === found.schema.digest) return [];
  const [before, after] = [new Set(expected.schema.lines), new Set(found.schema.lines)];
  const missing = expected.schema.lines.filter((line) => !after.has(line)).map((line) => `missing "${line}"`);
  const added = found.schema.lines.filter((line) => !before.has(line)).map((line) => `added "${line}"`);
  const all = [...missing, ...added];
  const some = [...missing.slice(0, named), ...added.slice(0, named)].join("; ");
  const sentence = `the schema differs in ${all.length} lines: ${some}`;
  return [{ kind: "schema", name: found.database, sentence }];
}

function compareTables(
  name: string,
  a: TableFingerprint | undefined,
  b: TableFingerprint | undefined,
): Difference[] {
  if (!a || !b) {
    const sentence = a ? `table ${name} with ${a.rows} rows is missing` : `table ${name} was not expected`;
    return [{ kind: "table", name, sentence }];
  }
  if (a.rows === b.rows && a.digest === b.digest) return [];
  const count = a.rows === b.rows ? `${b.rows} rows` : `${b.rows} rows instead of ${a.rows}`;
  const ranges = compareRanges(name, a, b);
  if (ranges.length > 0) return ranges;
  const extent = ({ layout }: TableFingerprint) =>
    layout ? `${keyName(layout, BigInt(layout.lo))} to ${keyName(layout, BigInt(layout.hi))}` : "any key";
  const keys = a.layout && b.layout ? ` with keys ${extent(b)} (expected ${extent(a)})` : "";
  return [{ kind: "table", name, sentence: `table ${name} differs: ${count}${keys}, and other contents` }];
}

/** The ranges that differ, where both sides have ranges of the same column, at the coarser of their shifts. */
function compareRanges(name: string, a: TableFingerprint, b: TableFingerprint): Difference[] {
  if (!a.layout || !b.layout) return [];
  const axis = ({ column, unit, prefix }: RangeLayout) => JSON.stringify([column, unit, prefix]);
  if (axis(a.layout) !== axis(b.layout)) return [];
  const shift = Math.max(a.layout.shift, b.layout.shift);
  const [left, right] = [a, b].map(({ layout, ranges }) =>
    layout ? coarsen(layout, ranges, shift - layout.shift).ranges : [],
  );
  const differing = pairs(left ?? [], right ?? [], ({ at }) => at).filter(
    ([, x, y]) => x?.digest !== y?.digest || x?.rows !== y?.rows,
  );
  const column = a.layout.column;
  return differing.slice(0, named).map(([, x, y], index): Difference => {
    const { from, to } = x ?? y ?? { from: "", to: "" };
    const where =
      from === "" && to === "" ? `${column} outside the ranges` : `${column} from ${from} to ${to}`;
    const [before, after] = [x?.rows ?? 0, y?.rows ?? 0];
    const what = before === after ? `${after} rows, but not the same` : `${after} rows instead of ${before}`;
    const more = differing.length - named;
    const rest = more > 0 && index === named - 1 ? `, and ${more} more ranges differ` : "";
    return { kind: "range", name, from, to, sentence: `table ${name}, ${where}: ${what}${rest}` };
  });
}

/** Both lists side by side, by name, in the order in which names first occur. */
function pairs<T>(
  a: T[],
  b: T[],
  name: (one: T) => string,
): [name: string, a: T | undefined, b: T | undefined][] {
  const [left, right] = [
    new Map(a.map((one) => [name(one), one])),
    new Map(b.map((one) => [name(one), one])),
  ];
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => [key, left.get(key), right.get(key)]);
}
