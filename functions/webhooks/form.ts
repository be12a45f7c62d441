import type { Notice } from "../core/notice.ts";

/** Where a channel's messages go and what they are signed with, as its secret says: all of it is secret. */
export type Target = {
  url: string;
  /** The key of signatures, where the channel has them; of PagerDuty the integration's key. */
  key?: string;
};

/** One HTTP POST. */
export type Post = { url: string; headers: Record<string, string>; body: string };

/** What was answered to it. Of the body, at most some thousand characters. */
export type Answer = { status: number; retryAfter?: string; body: string };

/** What became of a message: taken or not, and then whether trying again can help. Holds no secret. */
export type Verdict =
  | { accepted: true }
  | { accepted: false; retry: boolean; afterSeconds?: number; reason: string };

/** How one kind of channel is spoken to. */
export type Form = {
  /** The POST that tells a message. Whatever is in the message is data: nothing in it may steer the channel. */
  write(notice: Notice, target: Target, now: Date): Post;
  /** What the channel says beyond HTTP's status: some answer 200 to what they refuse. Asked only of a 2xx. */
  judge?(body: string): Verdict;
};

/** A POST of JSON. */
export function jsonPost(url: string, body: string, headers: Record<string, string> = {}): Post {
  return {
    url,
    body,
    headers: { "content-type": "application/json; charset=utf-8", "user-agent": "Holdfast", ...headers },
  };
}

/** A member of the answer that is a number; `undefined` if the answer is not such JSON. */
export function numberIn(body: string, ...names: string[]): number | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    for (const name of names) {
      const value =
        typeof answer === "object" && answer ? (answer as Record<string, unknown>)[name] : undefined;
      if (typeof value === "number") return value;
    }
  } catch {
    // Not JSON: the caller says what that means.
  }
  return undefined;
}
