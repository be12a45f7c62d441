import * as z from "zod";

/*
 * What each service documents of the messages that it takes, strictly: what is not in its reference is refused here. Sizes are
 * the services' own.
 */

const slackText = z.strictObject({
  type: z.literal("mrkdwn"),
  text: z.string().min(1).max(3_000),
  verbatim: z.boolean().optional(),
});

/** Slack API: incoming webhooks; Block Kit reference for `section` and `context`. */
export const slackMessage = z.strictObject({
  text: z.string(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
  blocks: z
    .array(
      z.discriminatedUnion("type", [
        z.strictObject({ type: z.literal("section"), text: slackText }),
        z.strictObject({ type: z.literal("context"), elements: z.array(slackText).min(1).max(10) }),
      ]),
    )
    .min(1)
    .max(50),
});

const style = {
  weight: z.enum(["Default", "Lighter", "Bolder"]).optional(),
  size: z.enum(["Default", "Small", "Medium", "Large", "ExtraLarge"]).optional(),
  isSubtle: z.boolean().optional(),
};

/** Adaptive Cards 1.4 in a message, as Teams' workflows take it (Microsoft Learn; adaptivecards.io, schema explorer). */
export const teamsMessage = z.strictObject({
  type: z.literal("message"),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal("application/vnd.microsoft.card.adaptive"),
        contentUrl: z.null(),
        content: z.strictObject({
          $schema: z.literal("http://adaptivecards.io/schemas/adaptive-card.json"),
          type: z.literal("AdaptiveCard"),
          version: z.literal("1.4"),
          msteams: z.strictObject({ width: z.literal("Full") }),
          body: z.array(
            z.strictObject({
              type: z.literal("RichTextBlock"),
              separator: z.boolean().optional(),
              inlines: z
                .array(z.strictObject({ type: z.literal("TextRun"), text: z.string().min(1), ...style }))
                .min(1),
            }),
          ),
          actions: z
            .array(
              z.strictObject({
                type: z.literal("Action.OpenUrl"),
                title: z.string(),
                url: z.url({ protocol: /^https?$/ }),
              }),
            )
            .optional(),
        }),
      }),
    )
    .length(1),
});

/** Feishu open platform: custom bots, `post`. */
export const feishuMessage = z.strictObject({
  timestamp: z
    .string()
    .regex(/^\d{10}$/)
    .optional(),
  sign: z.base64().optional(),
  msg_type: z.literal("post"),
  content: z.strictObject({
    post: z.strictObject({
      en_us: z.strictObject({
        title: z.string(),
        content: z.array(
          z.array(
            z.discriminatedUnion("tag", [
              z.strictObject({ tag: z.literal("text"), text: z.string() }),
              z.strictObject({ tag: z.literal("a"), text: z.string(), href: z.url() }),
            ]),
          ),
        ),
      }),
    }),
  }),
});

/** DingTalk open platform: custom robots, `markdown`. */
export const dingtalkMessage = z.strictObject({
  msgtype: z.literal("markdown"),
  markdown: z.strictObject({ title: z.string().min(1), text: z.string().min(1) }),
  at: z.strictObject({
    atMobiles: z.array(z.string()).length(0),
    atUserIds: z.array(z.string()).length(0),
    isAtAll: z.literal(false),
  }),
});

/** WeCom developer centre: group robots, `markdown`. */
export const weComMessage = z.strictObject({
  msgtype: z.literal("markdown"),
  markdown: z.strictObject({
    content: z.string().refine((text) => Buffer.byteLength(text) <= 4_096, "longer than 4,096 bytes"),
  }),
});

const eventKeys = { routing_key: z.string().length(32), dedup_key: z.string().min(1).max(255) };

/** PagerDuty: Events API v2, alert events. */
export const pagerDutyEvent = z.discriminatedUnion("event_action", [
  z.strictObject({ event_action: z.enum(["acknowledge", "resolve"]), ...eventKeys }),
  z.strictObject({
    event_action: z.literal("trigger"),
    ...eventKeys,
    client: z.string(),
    client_url: z.url().optional(),
    links: z.array(z.strictObject({ href: z.url(), text: z.string() })).optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(["critical", "error", "warning", "info"]),
      timestamp: z.iso.datetime(),
      component: z.string(),
      group: z.string(),
      class: z.string(),
      custom_details: z.record(z.string(), z.string()),
    }),
  }),
]);

/** docs/webhooks.md. */
export const ownMessage = z.strictObject({
  schema: z.literal(1),
  id: z.string(),
  kind: z.enum(["raised", "escalated", "acknowledged", "ended", "digest", "canary", "test"]),
  environment: z.string(),
  region: z.string(),
  at: z.iso.datetime(),
  severity: z.enum(["page", "notify"]),
  subject: z.string(),
  text: z.string(),
  findings: z.array(
    z.strictObject({
      priority: z.enum(["P1", "P2", "P3", "P4"]),
      kind: z.string(),
      source: z.string(),
      detail: z.string(),
      since: z.string(),
      region: z.string(),
      message: z.string(),
      fix: z.string(),
      ended: z.strictObject({ at: z.string(), reason: z.string() }).optional(),
    }),
  ),
  more: z.int(),
  acknowledge: z.url().optional(),
});
