import { Problem } from "./problem.ts";

/**
 * The UTC instant at which a plan owes a recovery point, to the minute, as it is written everywhere:
 * `20261121T0300Z`. Slots of one source sort by time when sorted as text.
 */
export type Slot = string;

/** Matches a slot and nothing else. */
export const slotPattern = /^\d{8}T\d{4}Z$/;

/** The slot that contains the instant: the newest multiple of `everySeconds` since 1970 UTC, not after it. */
export function slotAt(instant: Date, everySeconds: number): Slot {
  const everyMs = everySeconds * 1_000;
  return slotOf(new Date(Math.floor(instant.getTime() / everyMs) * everyMs));
}

/** The slot of an instant, cut to its minute. */
export function slotOf(instant: Date): Slot {
  return `${instant.toISOString().slice(0, 16).replace(/[-:]/g, "")}Z`;
}

/** The instant of a slot, in ms since 1970 UTC. Throws `Problem` invalid if it is not one. */
export function slotMs(slot: Slot): number {
  const iso = `${slot.slice(0, 4)}-${slot.slice(4, 6)}-${slot.slice(6, 11)}:${slot.slice(11, 13)}:00Z`;
  const ms = slotPattern.test(slot) ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new Problem(
      "invalid",
      `"${slot}" is not a slot`,
      "Write it like 20261121T0300Z (UTC, to the minute).",
    );
  }
  return ms;
}

/**
 * What names a recovery point within its source: the slot; for archives, of which several can arrive in one
 * minute, the slot of arrival and eight hex digits of the object's digest: `20261121T0300Z-1a2b3c4d`.
 */
export type PointId = string;

/** Matches a point's name and nothing else. */
export const pointIdPattern = /^\d{8}T\d{4}Z(-[0-9a-f]{8})?$/;

/** The instant of a point, in ms since 1970 UTC. Throws `Problem` invalid if the name is not one. */
export function pointMs(point: PointId): number {
  return slotMs(pointIdPattern.test(point) ? point.slice(0, 14) : point);
}

/** An instant to the second as keys and names have it: 2026-11-21T03:05:12.345Z -> 20261121T030512Z. */
export function compactInstant(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/** The reverse, as ISO-8601 UTC: 20261121T030512Z -> 2026-11-21T03:05:12Z. */
export function isoInstant(at: string): string {
  return `${at.slice(0, 4)}-${at.slice(4, 6)}-${at.slice(6, 11)}:${at.slice(11, 13)}:${at.slice(13)}`;
}
