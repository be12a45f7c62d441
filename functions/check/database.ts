import type { Fingerprint, LeftOut, RangeLayout, Scalar, TableFingerprint } from "../core/fingerprint.ts";

/** A table that a fingerprint covers. */
export type Table = {
  schema: string;
  table: string;
  /** The columns in the order in which a row is hashed. */
  columns: Column[];
  /** The columns of the primary key in its order; empty where there is none. */
  key: string[];
};

/** A column: its name, its type in the engine's words, and the expression that its value is hashed by. */
export type Column = { name: string; type: string; expression: string };

/** What a database holds, besides rows. */
export type Contents = {
  /** Sorted by name. */
  tables: Table[];
  excluded: LeftOut[];
  sequences: Fingerprint["sequences"];
};

/** What looking at one index, constraint or table told; `ok: undefined` where it could not be looked at. */
export type Verdict = { name: string; ok: boolean | undefined; sentence: string };

/** One row of the heartbeat table, with the hash that the database computes for it now. */
export type Beat = { n: number; at: string; prevHash: string; hash: string; computed: string };

/** What is said of what there was no time for. */
export function outOfTime(left: number, what: string): Verdict[] {
  if (left === 0) return [];
  const sentence = `${left} ${what} were not looked at: time ran out`;
  return [{ name: "time", ok: undefined, sentence }];
}

/** What a fingerprint of one table may cost. */
export type Bounds = { timeoutSeconds: number; maxRanges: number; layout?: RangeLayout };

/** What one go at reading everything came to. */
export type WholeRead = {
  /** About how many bytes it has read. */
  bytes: number;
  /** Where to go on; absent when nothing is left. */
  next?: string;
  /** What could not be read, with why. `damaged`: what is stored is, rather than that somebody may not read it. */
  unread: { name: string; reason: string; damaged: boolean }[];
};

/**
 * One database of a restored server, over one connection. Nothing that any of these do stays in the database.
 * Each throws what the driver throws; `isRefusal` tells what the database would not do from what it could not.
 */
export type Database = {
  engine: Fingerprint["engine"];
  major: string;
  /** What the server says it is. */
  version: string;
  algorithm: string;
  name: string;
  /** The canonical listing of the schema, sorted. */
  schemaLines(): Promise<string[]>;
  contents(): Promise<Contents>;
  /** The rows of a table, in one pass over it. */
  fingerprint(table: Table, bounds: Bounds): Promise<TableFingerprint>;
  /**
   * Looks at every index and constraint, while there is `time`; the verdicts that are not plainly good, and how many
   * were looked at.
   */
  usable(time: () => boolean): Promise<{ looked: number; verdicts: Verdict[] }>;
  /** The first rows of a query, at most `maxRows`, read only. */
  ask(sql: string, bounds: { timeoutSeconds: number; maxRows: number }): Promise<Scalar[][]>;
  /** The heartbeats in their order; undefined where there is no such table. */
  beats(): Promise<Beat[] | undefined>;
  /** About how many bytes the whole server stores, of which this is one database. */
  storedBytes(): Promise<number>;
  /**
   * Has the server read all that it stores of the database once, by a single reader, and sends none of it here. Goes on
   * from `after` while there are milliseconds left; does something in any case, or no call would ever get on.
   */
  readWhole(after: string | undefined, leftMs: () => number): Promise<WholeRead>;
  /** Whether it was a missing right or a limit that ended a query, rather than damage. */
  isRefusal(thrown: unknown): boolean;
  end(): Promise<void>;
};

/** Where a server listens, and as whom to speak to it. */
export type Login = {
  host: string;
  port: number;
  user: string;
  password: string;
  tls: "required" | "preferred";
  parallelWorkers: number;
  timeoutSeconds: number;
};
