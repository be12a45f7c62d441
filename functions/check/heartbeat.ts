import type { Beat } from "./database.ts";

export type { Beat };

type Family = "postgres" | "mysql";

/** Rows older than this are removed as new ones come: 10,080 rows at one a minute. */
const keepDays = 7;

/** The one row of which the first beat's chain begins. */
export const genesis = "0".repeat(64);

/**
 * What a beat's hash is made of, as both families compute it: `<n>|<at>|<hash before>`, SHA-256, lower-case hex.
 * `at` is UTC in the form 2026-11-21T03:00:00.000Z.
 */
const link = {
  postgres: (n: string, at: string, prev: string) =>
    `encode(sha256(convert_to(${n}::text || '|' || ${at} || '|' || ${prev}, 'UTF8')), 'hex')`,
  mysql: (n: string, at: string, prev: string) => `SHA2(CONCAT(${n}, '|', ${at}, '|', ${prev}), 256)`,
};

/** Makes the schema and table of heartbeats; does nothing where they are. */
export function createHeartbeatSql(family: Family): string[] {
  return family === "postgres"
    ? [
        "CREATE SCHEMA IF NOT EXISTS holdfast",
        `CREATE TABLE IF NOT EXISTS holdfast.heartbeat (n bigint PRIMARY KEY, at text NOT NULL, prev_hash text NOT NULL, hash text NOT NULL)`,
      ]
    : [
        "CREATE DATABASE IF NOT EXISTS holdfast CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        `CREATE TABLE IF NOT EXISTS holdfast.heartbeat (n BIGINT PRIMARY KEY, at VARCHAR(30) NOT NULL, prev_hash CHAR(64) NOT NULL, hash CHAR(64) NOT NULL) ENGINE = InnoDB`,
      ];
}

/**
 * Writes one beat after the newest, by the database's own clock, and removes the oldest. Two writers at once cannot
 * both succeed: they write the same `n`, which is the primary key.
 */
export function writeBeatSql(family: Family): string[] {
  if (family === "postgres")
    return [
      `INSERT INTO holdfast.heartbeat (n, at, prev_hash, hash)
SELECT n, at, prev, ${link.postgres("n", "at", "prev")} FROM (SELECT coalesce(max(n), 0) + 1 AS n,
  to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
  coalesce((SELECT hash FROM holdfast.heartbeat ORDER BY n DESC LIMIT 1), '${genesis}') AS prev FROM holdfast.heartbeat) AS beat`,
      `DELETE FROM holdfast.heartbeat WHERE at < to_char((clock_timestamp() - interval '${keepDays} days') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    ];
  const at = (when: string) => `CONCAT(DATE_FORMAT(${when}, '%Y-%m-%dT%H:%i:%s.'), '000Z')`;
  return [
    `INSERT INTO holdfast.heartbeat (n, at, prev_hash, hash)
SELECT n, at, prev, ${link.mysql("n", "at", "prev")} FROM (SELECT COALESCE(MAX(n), 0) + 1 AS n, ${at("UTC_TIMESTAMP()")} AS at,
  COALESCE((SELECT hash FROM holdfast.heartbeat ORDER BY n DESC LIMIT 1), '${genesis}') AS prev FROM holdfast.heartbeat) AS beat`,
    `DELETE FROM holdfast.heartbeat WHERE at < ${at(`UTC_TIMESTAMP() - INTERVAL ${keepDays} DAY`)}`,
  ];
}

/** Reads the beats in order, each with the hash that the database computes for it now as `computed`. */
export function readBeatsSql(family: Family): string {
  const [n, alias] = family === "postgres" ? ["n::int", '"prevHash"'] : ["n", "`prevHash`"];
  return `SELECT ${n} AS n, at, prev_hash AS ${alias}, hash, ${link[family]("n", "at", "prev_hash")} AS computed FROM holdfast.heartbeat ORDER BY 1`;
}

/** What the beats of a clone say. */
export type Pulse = {
  /** The instant of the newest beat: nothing written later is in the clone. */
  newestAt: string | undefined;
  /** One sentence each: gaps, edits, breaks of the chain. */
  findings: string[];
};

/** At most so many findings are told one by one. */
const told = 5;

/**
 * Judges beats in their order. The oldest kept one is taken as it is: what it links to has been removed. A gap is
 * more than two intervals, so that one beat may be late.
 */
export function judgeBeats(beats: Beat[], intervalSeconds: number): Pulse {
  const findings = beats.flatMap((beat, index): string[] => {
    const before = beats[index - 1];
    const edited = beat.hash !== beat.computed ? [`beat ${beat.n} of ${beat.at} was edited`] : [];
    if (!before) return edited;
    const broken =
      beat.prevHash === before.hash && beat.n === before.n + 1
        ? []
        : [`the chain breaks between beats ${before.n} and ${beat.n}`];
    const seconds = (Date.parse(beat.at) - Date.parse(before.at)) / 1000;
    const gap =
      seconds > 2 * intervalSeconds
        ? [`${Math.round(seconds)} seconds without a beat from ${before.at} to ${beat.at}`]
        : [];
    return [...edited, ...broken, ...gap];
  });
  const rest = findings.length > told ? [`and ${findings.length - told} more`] : [];
  return { newestAt: beats.at(-1)?.at, findings: [...findings.slice(0, told), ...rest] };
}
