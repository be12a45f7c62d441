import * as z from "zod";
import { fields, matching } from "./fields.ts";

/** Secrets Manager API reference, CreateSecret: letters, digits and /_+=.@- ; no ARN, for it would name one region. */
const secret = matching(
  /^[A-Za-z0-9/_+=.@-]{1,512}$/,
  'the name of a secret in Secrets Manager that both regions have, like "holdfast/slack"',
);

const byName = <K extends string>(kind: K) => fields({ kind: z.literal(kind), secret }, channels());

/** A channel as people write it. What is secret about one is in Secrets Manager, never in the file. */
export const ChannelFile = z.discriminatedUnion(
  "kind",
  [
    fields(
      {
        kind: z.literal("email"),
        address: z.email({ error: 'an e-mail address, like "oncall@acme.example"' }),
      },
      channels(),
    ),
    fields(
      {
        kind: z.literal("sms"),
        number: matching(/^\+[1-9]\d{6,14}$/, 'a phone number in E.164 form, like "+4915112345678"'),
      },
      channels(),
    ),
    fields(
      {
        kind: z.literal("webhook"),
        url: z.string({ error: urlHint() }).refine(isHttps, { error: urlHint() }),
        /** The secret of which the text is the HMAC's key (docs/webhooks.md). */
        secret,
      },
      channels(),
    ),
    byName("slack"),
    byName("teams"),
    byName("feishu"),
    byName("dingtalk"),
    byName("weCom"),
    byName("pagerDuty"),
  ],
  { error: channels() },
);
export type ChannelFile = z.input<typeof ChannelFile>;

/** An SMS to a phone number in E.164 form: "+4915112345678". */
export function sms(number: string) {
  return { kind: "sms" as const, number };
}

/** An e-mail to an address, which must be confirmed once (SNS sends the request at the first deployment). */
export function email(address: string) {
  return { kind: "email" as const, address };
}

/** A signed POST to an address of your own; `secret` names the secret whose text is the key of the HMAC (docs/webhooks.md). */
export function webhook(url: string, { secret }: { secret: string }) {
  return { kind: "webhook" as const, url, secret };
}

/** A Slack channel; the secret's text is the address of an incoming webhook. */
export function slack(secret: string) {
  return { kind: "slack" as const, secret };
}

/** A channel or chat of Microsoft Teams; the secret's text is the address of a workflow that a webhook request starts. */
export function teams(secret: string) {
  return { kind: "teams" as const, secret };
}

/** A Feishu or Lark group; the secret's text is its custom bot's address, or `{ "url": …, "sign": … }` where it wants signatures. */
export function feishu(secret: string) {
  return { kind: "feishu" as const, secret };
}

/** A DingTalk group; the secret's text is its robot's address, or `{ "url": …, "sign": "SEC…" }` where it wants signatures. */
export function dingtalk(secret: string) {
  return { kind: "dingtalk" as const, secret };
}

/** A WeCom group; the secret's text is its robot's address. */
export function weCom(secret: string) {
  return { kind: "weCom" as const, secret };
}

/** A PagerDuty service; the secret's text is the key of its Events API v2 integration (docs/webhooks.md has the EU's form). */
export function pagerDuty(secret: string) {
  return { kind: "pagerDuty" as const, secret };
}

/** Nothing of a user's name or password in it: the file is no place for secrets, and `fetch` refuses such an address. */
function isHttps(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return protocol === "https:" && username === "" && password === "" && hash === "";
}

function urlHint() {
  return 'an https address without a password or fragment in it, like "https://hooks.acme.example/backup"';
}

function channels() {
  return 'a channel made by email, sms, webhook, slack, teams, feishu, dingtalk, weCom or pagerDuty, like email("oncall@acme.example")';
}
