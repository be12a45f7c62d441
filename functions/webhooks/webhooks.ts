import type { HttpChannel } from "../core/environment.ts";
import type { Notice } from "../core/notice.ts";
import { asProblem } from "../core/problem.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { Form, Target, Verdict } from "./form.ts";
import { dingtalk } from "./formats/dingtalk.ts";
import { feishu } from "./formats/feishu.ts";
import { pagerDuty } from "./formats/pager-duty.ts";
import { slack } from "./formats/slack.ts";
import { teams } from "./formats/teams.ts";
import { webhook } from "./formats/webhook.ts";
import { weCom } from "./formats/wecom.ts";
import { judgeStatus, post, postTimeoutMs } from "./post.ts";
import { readTarget } from "./target.ts";

/** The channels that are posted to. No method throws, and nothing that one says holds a secret. */
export type Webhooks = {
  /** Posts a message once. */
  send(channel: HttpChannel, notice: Notice): Promise<Verdict>;
  /** Whether the channel's secret is there and says what it must; nothing is sent. */
  look(channel: HttpChannel): Promise<Verdict>;
};

/** What they are made from. */
export type WebhooksInput = {
  secrets: Secrets;
  fetch: typeof globalThis.fetch;
  now(): Date;
  /**
   * How long one POST may take, until the last byte of its answer.
   * @default - `postTimeoutMs`
   */
  timeoutMs?: number;
};

const forms: Record<HttpChannel["kind"], Form> = {
  webhook,
  slack,
  teams,
  feishu,
  dingtalk,
  weCom,
  pagerDuty,
};

/** For so long a secret is not read again; one that a channel refuses is, at the next try. */
const keepSecretMs = 300_000;

/** Channels whose secrets are in a region. */
export function webhooksFrom({ secrets, fetch, now, timeoutMs = postTimeoutMs }: WebhooksInput): Webhooks {
  const kept = new Map<string, { text: string; untilMs: number }>();

  const targetOf = async (channel: HttpChannel): Promise<Target> => {
    const known = kept.get(channel.secret);
    if (known && known.untilMs > now().getTime()) return readTarget(channel, known.text);
    const text = await secrets.text(channel.secret);
    const target = readTarget(channel, text);
    kept.set(channel.secret, { text, untilMs: now().getTime() + keepSecretMs });
    return target;
  };

  return {
    async send(channel, notice) {
      const target = await targetOf(channel).catch(unreadable);
      if ("accepted" in target) return target;
      const form = forms[channel.kind];
      const answer = await post(form.write(notice, target, now()), fetch, timeoutMs);
      const byHttp = "accepted" in answer ? answer : judgeStatus(answer, now());
      const verdict = byHttp.accepted && "body" in answer ? (form.judge?.(answer.body) ?? byHttp) : byHttp;
      // It may have been changed since it was read.
      if (!verdict.accepted && !verdict.retry) kept.delete(channel.secret);
      return verdict;
    },
    async look(channel) {
      kept.delete(channel.secret);
      const target = await targetOf(channel).catch(unreadable);
      return "accepted" in target ? target : { accepted: true };
    },
  };
}

function unreadable(thrown: unknown): Verdict {
  const { message, retryable } = asProblem(thrown);
  return { accepted: false, retry: retryable, reason: message };
}
