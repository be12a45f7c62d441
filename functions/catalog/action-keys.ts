import { passing } from "../core/passing.ts";
import { compactInstant, isoInstant } from "../core/slot.ts";

/*
 * The keys of what people's actions leave behind. The others are in keys.ts, which has the list of all.
 *
 *   catalog/audit/<region>/<12 digits>.json                the audit log of what was done through that region
 *   catalog/pauses/<source>/<instant>-paused-<until>.json  that its schedule is paused until an instant
 *   catalog/pauses/<source>/<instant>-resumed.json         that it goes on before that
 *   idempotency/<sha256>/{begun-<n>,failed-<n>,done}.json  the tries of a request with an idempotency key, its answer: no
 *                                                          facts, gone after some days, and not mirrored
 */

export const auditPrefix = "catalog/audit/";
export const pausesPrefix = "catalog/pauses/";

/** The prefix of one region's audit log. */
export function auditOf(region: string): string {
  return `${auditPrefix}${region}/`;
}

/** The key of an entry of the audit log. Numbers begin with 1. */
export function auditKey(region: string, number: number): string {
  return `${auditOf(region)}${String(number).padStart(12, "0")}.json`;
}

/** The parts of such a key; `undefined` for any other key. */
export function parseAuditKey(key: string): { region: string; number: number } | undefined {
  const parts = /^catalog\/audit\/([a-z0-9-]+)\/(\d{12})\.json$/.exec(key);
  return parts ? { region: parts[1] as string, number: Number(parts[2]) } : undefined;
}

/** That a schedule was paused, until when, or that it was resumed. Instants are ISO-8601 UTC, to the second. */
export type PauseName = { source: string; at: string; until?: string };

/** The key of a pause, or of the end of one where there is no `until`. */
export function pauseKey({ source, at, until }: PauseName): string {
  const what = until === undefined ? "resumed" : `paused-${compactInstant(new Date(until))}`;
  return `${pausesOf(source)}${compactInstant(new Date(at))}-${what}.json`;
}

/** The prefix of one source's pauses. */
export function pausesOf(source: string): string {
  return `${pausesPrefix}${source}/`;
}

/** The parts of such a key; `undefined` for any other key. */
export function parsePauseKey(key: string): PauseName | undefined {
  const parts = /^catalog\/pauses\/([^/]+)\/(\d{8}T\d{6}Z)-(resumed|paused-(\d{8}T\d{6}Z))\.json$/.exec(key);
  if (!parts) return undefined;
  const [, source = "", at = "", , until] = parts;
  return { source, at: isoInstant(at), ...(until ? { until: isoInstant(until) } : {}) };
}

/** The key of what is kept of a request. `sha256`: of who asked, for what, with which key, on which day. */
export function idempotencyKey(
  sha256: string,
  name: `begun-${number}` | `failed-${number}` | "done",
): string {
  return `${idempotencyOf(sha256)}${name}.json`;
}

/** The prefix of what is kept of one request. */
export function idempotencyOf(sha256: string): string {
  return `${passing.idempotency.prefix}${sha256}/`;
}

/** The name in such a key; `undefined` for any other key. */
export function parseIdempotencyKey(key: string): string | undefined {
  return /^idempotency\/[0-9a-f]{64}\/((?:begun|failed)-\d+|done)\.json$/.exec(key)?.[1];
}
