/**
 * What all archives of one job have in common: the key with its dates, counters and random ids left out. Several jobs
 * may drop into one place, and each is kept by itself. functions/verify tells jobs apart by a digest of the same.
 */
export function jobOf(key: string): string {
  return key.replace(/[0-9a-f]{8,}|\d+/gi, "#");
}
