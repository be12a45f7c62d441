/** How often a message is received before it goes to the dead letters. */
export const maxReceives = 5;

/**
 * How long a message waits that has been received so many times, all in vain: 30 s, 2 min, 8 min, 32 min. The queue
 * alone would hide it for six times the function's timeout, an hour and a half.
 */
export function retryAfterSeconds(receives: number): number {
  return 30 * 4 ** (Math.min(Math.max(receives, 1), maxReceives - 1) - 1);
}
