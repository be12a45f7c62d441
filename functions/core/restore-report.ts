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

/** What came back of objects, one sentence each. */
export function objectSentences(objects: RestoredObjects): string[] {
  const { bucket, keys, copied, hidden, same, left, verified, failed, failures } = objects;
  return [
    `${keys} key(s) looked at in ${bucket}: ${copied} copied, ${same} right already, ${hidden} hidden, ${left} left.`,
    `${verified} held to their checksums.`,
    ...(failed > 0 ? [`${failed} could not be brought back:`, ...failures.map((one) => `  ${one}`)] : []),
  ];
}
