import { passing } from "../core/passing.ts";
import { compactInstant, isoInstant } from "../core/slot.ts";

/*
 * The keys of marks that something about a finding has changed: overwritten with each change, dated by S3, and gone by a rule
 * of the bucket after some days. They are no facts, and nobody mirrors them. The others are in keys.ts, which has the list of all.
 *
 *   changes/<id>@<since>.json
 */

export const changesPrefix = passing.changes.prefix;

/** The key of the mark of one episode. `since` is ISO-8601 UTC. */
export function changeKey({ id, since }: { id: string; since: string }): string {
  return `${changesPrefix}${id}@${compactInstant(new Date(since))}.json`;
}

/** The episode whose mark a key is; `undefined` for any other key. */
export function parseChangeKey(key: string): { id: string; since: string } | undefined {
  const [, id, since] = /^changes\/(.+)@(\d{8}T\d{6}Z)\.json$/.exec(key) ?? [];
  return id && since ? { id, since: isoInstant(since) } : undefined;
}
