import { formatDuration } from "./duration.ts";
import type { Hydration } from "./hydrate.ts";
import type { RestoredDatabase, RestoredObjects } from "./restore.ts";

/** What came back of a database, one sentence each. */
export function databaseSentences(id: string, database: RestoredDatabase): string[] {
  const { endpoint, masterSecretArn, replaced } = database;
  return [
    ...(endpoint ? [`It answers at ${endpoint.host}:${endpoint.port}.`] : []),
    ...(masterSecretArn ? [`Its master password is in ${masterSecretArn}.`] : []),
    ...(replaced
      ? [
          `What it took the place of is ${replaced.id}: delete it once nobody needs it.`,
          `Put back with: holdfast restore undo ${id}`,
        ]
      : []),
  ];
}

/** How far a database has been read whole, one sentence each. */
export function hydrationSentences(hydration: Hydration): string[] {
  const { readBytes, totalBytes, seconds, parts, stopped, unread, unreadCount } = hydration;
  const size = (bytes: number) => `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 2 : 1)} GiB`;
  const took = `in ${formatDuration(Math.round(seconds))} and ${parts} part(s)`;
  const rest = stopped === undefined ? "" : `; the rest was left unread: ${stopped}`;
  const more = unreadCount - unread.length;
  return [
    `Read ${size(readBytes)} of about ${size(totalBytes)} ${took}${rest}.`,
    ...unread.map(({ name, reason, damaged }) => `${damaged ? "Damaged" : "Not read"}: ${name}: ${reason}`),
    ...(more > 0 ? [`Not read: ${more} more.`] : []),
  ];
}

/** What came back of objects, one sentence each. */
export function objectSentences(objects: RestoredObjects): string[] {
  const { bucket, keys, copied, hidden, same, left, verified, failed, failures } = objects;
  return [
    `${keys} key(s) looked at in ${bucket}: ${copied} copied, ${same} right already, ${hidden} hidden, ${left} left.`,
    `${verified} held to their checksums.`,
    ...(failed > 0 ? [`${failed} could not be brought back:`, ...failures.map((one) => `  ${one}`)] : []),
  ];
}
