import { Problem } from "./core/problem.ts";

/**
 * The answer, if it comes within so many milliseconds. Throws `Problem` unavailable if it does not: whoever did not answer
 * may still have done what it was asked for.
 */
export async function answerWithin<T>(ms: number, of: string, answer: Promise<T>): Promise<T> {
  // Nobody waits for it any more when it fails later.
  answer.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `${of} did not answer within ${Math.ceil(ms / 1_000)} s`;
    timer = setTimeout(() => reject(new Problem("unavailable", message, "It is asked again.")), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
