import type { Answer, Post, Verdict } from "./form.ts";

/** How long a POST may take, from connecting to the last byte of what is answered. */
export const postTimeoutMs = 10_000;

/** Of an answer so much is read: a channel's own are some hundred bytes, and a stranger's may have no end. */
const answerBytes = 16_384;

/** No channel is left alone longer than its queue would leave it: an hour. */
const longestSeconds = 3_600;

/**
 * Posts, and says what was answered, or why nothing was. Redirects are not followed: they would take a message, and what
 * signs it, to an address that nobody has written down. Never throws; nothing of the address is in what it says.
 */
export async function post(
  { url, headers, body }: Post,
  fetch: typeof globalThis.fetch,
  timeoutMs: number,
): Promise<Answer | Verdict> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    const retryAfter = answer.headers.get("retry-after");
    const read = await beginningOf(answer);
    return { status: answer.status, body: read, ...(retryAfter === null ? {} : { retryAfter }) };
  } catch (thrown) {
    return { accepted: false, retry: true, reason: reasonOf(thrown, timeoutMs) };
  }
}

/** What HTTP itself says of an answer. 5xx, and 4xx that say so, may be taken later; other refusals are final. */
export function judgeStatus({ status, retryAfter, body }: Answer, now: Date): Verdict {
  if (status >= 200 && status < 300) return { accepted: true };
  if (status >= 300 && status < 400)
    return { accepted: false, retry: false, reason: `it answered ${status}, and redirects are not followed` };
  // Slack answers a word, like no_service. Whatever else it says may hold what it was sent.
  const word = /^[a-z_]{1,40}$/.test(body) ? ` (${body})` : "";
  const reason = `it answered ${status}${word}`;
  if (status < 500 && ![408, 425, 429].includes(status)) return { accepted: false, retry: false, reason };
  const afterSeconds = secondsOf(retryAfter, now);
  return { accepted: false, retry: true, reason, ...(afterSeconds ? { afterSeconds } : {}) };
}

/** RFC 9110: seconds, or a date. */
function secondsOf(retryAfter: string | undefined, now: Date): number | undefined {
  if (!retryAfter) return undefined;
  const seconds = /^\d+$/.test(retryAfter)
    ? Number(retryAfter)
    : Math.ceil((Date.parse(retryAfter) - now.getTime()) / 1_000);
  return seconds > 0 ? Math.min(seconds, longestSeconds) : undefined;
}

async function beginningOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = answer.body?.getReader();
  while (reader && size < answerBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  await reader?.cancel();
  return Buffer.concat(chunks).subarray(0, answerBytes).toString().trim();
}

/** The code alone: what Node says besides has the address in it. */
function reasonOf(thrown: unknown, timeoutMs: number): string {
  if (thrown instanceof Error && thrown.name === "TimeoutError")
    return `it did not answer within ${timeoutMs / 1_000} s`;
  const { code } = (thrown instanceof Error ? (thrown.cause ?? thrown) : {}) as { code?: unknown };
  return typeof code === "string" && /^[A-Z0-9_]+$/.test(code)
    ? `it could not be reached: ${code}`
    : "it could not be reached";
}
