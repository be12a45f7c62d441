import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { type About, type Notice, noticeOf } from "../../functions/core/notice.ts";
import type { Form, Target } from "../../functions/webhooks/form.ts";
import { dingtalk } from "../../functions/webhooks/formats/dingtalk.ts";
import { feishu } from "../../functions/webhooks/formats/feishu.ts";
import { pagerDuty } from "../../functions/webhooks/formats/pager-duty.ts";
import { slack } from "../../functions/webhooks/formats/slack.ts";
import { teams } from "../../functions/webhooks/formats/teams.ts";
import { webhook } from "../../functions/webhooks/formats/webhook.ts";
import { weCom } from "../../functions/webhooks/formats/wecom.ts";
import { finding } from "../messages/place.ts";
import * as schemas from "./schemas.ts";

const now = new Date("2026-11-21T12:00:00Z");
const at = now.toISOString();
const teller = { environment: "prod", region: "eu-central-1", severity: "page", at } as const;
const key = "0123456789abcdef0123456789abcdef";
const target: Target = { url: "https://chat.example/hook?token=t", key };

const forms: Record<string, { form: Form; schema: z.ZodType; bytes: number }> = {
  slack: { form: slack, schema: schemas.slackMessage, bytes: 13_000 },
  teams: { form: teams, schema: schemas.teamsMessage, bytes: 28_000 },
  feishu: { form: feishu, schema: schemas.feishuMessage, bytes: 20_000 },
  dingtalk: { form: dingtalk, schema: schemas.dingtalkMessage, bytes: 20_000 },
  weCom: { form: weCom, schema: schemas.weComMessage, bytes: 8_192 },
  pagerDuty: { form: pagerDuty, schema: schemas.pagerDutyEvent, bytes: 512_000 },
  webhook: { form: webhook, schema: schemas.ownMessage, bytes: 262_144 },
};

function notice(about: Partial<About> = {}, text = "orders is late.\n"): Notice {
  const whole: About = { id: "m-1", kind: "raised", findings: [{ finding, priority: "P1" }], ...about };
  return noticeOf("[Holdfast prod] RPO breached: orders in eu-west-1", text, whole, teller);
}

/** The message as the channel's own JSON. */
// biome-ignore lint/suspicious/noExplicitAny: each channel has a form of its own, which its schema holds.
function sent(form: Form, of: Notice, to = target): any {
  return JSON.parse(form.write(of, to, now).body);
}

/** Names as others may have chosen them, to steer whoever reads of them. */
const evil = [
  "<!channel> <@U123> <https://evil.example|click>",
  "[click](https://evil.example) ![](https://evil.example/x.png)",
  '<at user_id="all">all</at> <at id=all></at>',
  '<@all> @all @13800000000 <font color="warning">',
  "**bold** _it_ `code` # head > quote ~~gone~~",
  "{{DATE(2026-11-21T00:00:00Z,SHORT)}} $[title]",
  '"}],"isAtAll":true,"x":[{"',
  "&lt;!here&gt; &amp;",
];

const anything = fc.oneof(
  fc.constantFrom(...evil),
  fc.string({ unit: "grapheme", maxLength: 700 }),
  fc.string({ unit: "binary", maxLength: 700 }),
);

const notices = fc
  .record({
    kind: fc.constantFrom("raised", "escalated", "acknowledged", "ended", "digest", "canary", "test"),
    message: anything,
    fix: anything,
    source: anything,
    text: fc.array(anything, { maxLength: 20 }).map((lines) => lines.join("\n")),
    count: fc.constantFrom(0, 1, 2, 30, 80),
    link: fc.option(fc.constantFrom("https://api.example/ack/7K3M-9QXT-2BWE", "javascript:alert(1)")),
  } as const)
  .map(({ kind, message, fix, source, text, count, link }) => {
    const ended = kind === "ended" ? { ended: { at, reason: message } } : {};
    const findings = Array.from({ length: count }, (_, index) => ({
      finding: { ...finding, source, detail: String(index), message, fix },
      priority: "P2" as const,
      ...ended,
    }));
    return notice({ kind, findings, ...(link ? { link } : {}) }, text);
  });

for (const [name, { form, schema, bytes }] of Object.entries(forms)) {
  test(`${name}: whatever others have named, the message is one that its service takes, and not too long`, () => {
    fc.assert(
      fc.property(notices, (one) => {
        const { body } = form.write(one, target, now);
        schema.parse(JSON.parse(body));
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });
}

describe("nothing that others have named steers a chat:", () => {
  const told = (form: Form) =>
    evil.map((message) =>
      sent(form, notice({ findings: [{ finding: { ...finding, message }, priority: "P1" }] })),
    );

  test("Slack has no mention and no link of theirs, and reads no names out of text", () => {
    for (const { text, blocks } of told(slack)) {
      expect(text).not.toMatch(/[<>]/);
      for (const { text: section, elements = [section] } of blocks)
        for (const { text, verbatim } of elements) {
          expect(verbatim).toBe(true);
          expect(text).not.toMatch(/[<>]/);
          expect(text.replace(/&(amp|lt|gt);/g, "")).not.toContain("&");
        }
    }
  });

  test("Teams gets runs of text alone, which know no Markdown, and no functions", () => {
    for (const message of told(teams))
      expect(JSON.stringify(message)).not.toMatch(/"TextBlock"|\{\{|"msteams":\{"ent/);
  });

  test("Feishu, DingTalk and WeCom get no tag, mention, image or link of theirs", () => {
    for (const form of [feishu, dingtalk, weCom])
      for (const message of told(form)) {
        const words = JSON.stringify(message.content ?? message.markdown);
        expect(words).not.toMatch(/[<>@`]|!\[|\]\(/);
      }
  });

  test("a link that is not ours to follow is left out", () => {
    for (const { form } of Object.values(forms).slice(0, 5)) {
      const body = JSON.stringify(sent(form, notice({ link: "javascript:alert(1)" })));
      expect(body).not.toContain("javascript");
    }
  });
});

test("a storm that does not fit is cut, and says how much is left", () => {
  const findings = Array.from({ length: 60 }, (_, index) => ({
    finding: { ...finding, source: `source-${index}` },
    priority: "P1" as const,
  }));
  const { content } = sent(weCom, notice({ findings })).markdown;
  const shown = content.match(/source-\d+/g).length;
  expect(shown).toBeGreaterThan(3);
  expect(content).toContain(`${60 - shown} more: npx holdfast status`);
});

test("a link to acknowledge is in every chat's message", () => {
  const link = "https://api.example/ack/7K3M-9QXT-2BWE";
  for (const { form } of Object.values(forms))
    expect(JSON.stringify(sent(form, notice({ link })))).toContain(link);
});

describe("signatures", () => {
  test("Holdfast's own: the HMAC-SHA256 of timestamp and body, as docs/webhooks.md verifies it", () => {
    const { headers, body } = webhook.write(notice(), target, now);
    const timestamp = String(now.getTime() / 1_000);
    const expected = createHmac("sha256", key).update(`${timestamp}.${body}`).digest("hex");
    expect(headers).toMatchObject({
      "holdfast-id": "m-1",
      "holdfast-timestamp": timestamp,
      "holdfast-signature": `v1=${expected}`,
    });
  });

  test("Feishu's: of nothing, under timestamp and secret, and only where the bot wants it", () => {
    const { timestamp, sign } = sent(feishu, notice());
    expect(timestamp).toBe("1795262400");
    expect(sign).toBe(createHmac("sha256", `1795262400\n${key}`).update("").digest("base64"));
    expect(sent(feishu, notice(), { url: target.url })).not.toHaveProperty("sign");
  });

  test("DingTalk's: in the address, with a timestamp in milliseconds, beside the token", () => {
    const url = new URL(dingtalk.write(notice(), target, now).url);
    const timestamp = "1795262400000";
    const sign = createHmac("sha256", key).update(`${timestamp}\n${key}`).digest("base64");
    expect(Object.fromEntries(url.searchParams)).toEqual({ token: "t", timestamp, sign });
  });
});

describe("PagerDuty", () => {
  const episode = `prod/rpo-breached.orders.eu-west-1@${finding.since}`;

  test("one alert lives from trigger to resolve under one key, whichever region tells", () => {
    const actions = (["raised", "escalated", "acknowledged", "ended"] as const).map((kind) => {
      const { event_action, dedup_key } = sent(pagerDuty, {
        ...notice({ kind }),
        region: "eu-west-1",
        id: kind,
      });
      return [event_action, dedup_key];
    });
    expect(actions).toEqual([
      ["trigger", episode],
      ["trigger", episode],
      ["acknowledge", episode],
      ["resolve", episode],
    ]);
  });

  test("each priority has its severity", () => {
    const severities = (["P1", "P2", "P3", "P4"] as const).map(
      (priority) => sent(pagerDuty, notice({ findings: [{ finding, priority }] })).payload.severity,
    );
    expect(severities).toEqual(["critical", "error", "warning", "info"]);
  });

  test("a key that would be too long is digested, alike for all that is told of it", () => {
    const long = { ...finding, detail: "d".repeat(300) };
    const keys = (["raised", "ended"] as const).map(
      (kind) => sent(pagerDuty, notice({ kind, findings: [{ finding: long, priority: "P1" }] })).dedup_key,
    );
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[1]).toBe(keys[0]);
  });
});

describe("what a channel says beyond HTTP's status", () => {
  const cases: [form: Form, body: string, verdict: object][] = [
    [feishu, '{"code":0,"msg":"success","data":{}}', { accepted: true }],
    [feishu, '{"StatusCode":0,"StatusMessage":"success"}', { accepted: true }],
    [feishu, '{"code":19021,"msg":"sign match fail"}', { accepted: false, retry: false }],
    [feishu, '{"code":11232,"msg":"frequency limited"}', { accepted: false, retry: true }],
    [dingtalk, '{"errcode":0,"errmsg":"ok"}', { accepted: true }],
    [dingtalk, '{"errcode":310000,"errmsg":"sign not match"}', { accepted: false, retry: false }],
    [dingtalk, '{"errcode":130101}', { accepted: false, retry: true, afterSeconds: 600 }],
    [weCom, '{"errcode":0,"errmsg":"ok"}', { accepted: true }],
    [weCom, '{"errcode":93000,"errmsg":"invalid webhook url"}', { accepted: false, retry: false }],
    [weCom, '{"errcode":45009}', { accepted: false, retry: true }],
    [weCom, "<html>a proxy</html>", { accepted: false, retry: true }],
    [teams, "", { accepted: true }],
    [teams, "Webhook message delivery failed with error: 429", { accepted: false }],
  ];
  test.each(cases)("%#: %o", (form, body, verdict) => {
    expect(form.judge?.(body)).toMatchObject(verdict);
  });
});
