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

/** The digest of no rows at all. */
export const emptyDigest = "0".repeat(32);
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

/** What people call a position. */
export function keyName({ unit, prefix }: RangeLayout, position: bigint): string {
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
