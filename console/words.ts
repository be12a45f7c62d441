import { formatDuration } from "../functions/core/duration.ts";

/** An instant for people, in UTC as everything in Holdfast: "2026-11-21 03:00". */
export function instant(at: string): string {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? at : new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

/** How long ago, or how long until: "42s", "14m", "2h 5m". */
export function age(at: string, nowMs: number): string {
  return rounded(Math.abs(nowMs - Date.parse(at)) / 1_000);
}

/** Seconds for people who look at an age: from a minute on, without the seconds. */
export function rounded(seconds: number): string {
  return formatDuration(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60);
}

/** Seconds between an instant and now; never less than zero, for clocks differ. */
export function secondsSince(at: string, nowMs: number): number {
  return Math.max(0, (nowMs - Date.parse(at)) / 1_000);
}

/** A slot or a point's name as an ISO-8601 instant: 20261121T0300Z-1a2b3c4d -> 2026-11-21T03:00:00Z. */
export function slotInstant(slot: string): string {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z/.exec(slot);
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:00Z` : slot;
}

/** Bytes for people, in binary units: 1.4 GiB. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1_024 ** power;
  return `${value.toFixed(power > 0 && value < 10 ? 1 : 0)} ${units[power]}`;
}

/** A whole number with its thousands apart. */
export function count(number: number): string {
  return number.toLocaleString("en");
}

/** "1 point", "2 points". */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A share as a percentage without more digits than it deserves. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

/** The kinds of sources for people. */
export const kindWords: Record<string, string> = {
  "rds-instance": "RDS instance",
  "rds-cluster": "Aurora cluster",
  bucket: "S3 bucket",
  archives: "Archives",
};

/** Who acted, short enough for a table: the last part of an ARN or of a JWT's subject. */
export function shortWho(who: string): string {
  if (who.startsWith("jwt:")) return who.slice(who.lastIndexOf("#") + 1);
  return who.startsWith("arn:") ? who.slice(who.lastIndexOf(":") + 1) : who;
}

export { formatDuration as duration } from "../functions/core/duration.ts";
