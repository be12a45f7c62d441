import * as z from "zod/mini";
import { channelName, type HttpChannel } from "./environment.ts";
import { Finding, findingId, type Severity } from "./finding.ts";
import { cut, printable } from "./text.ts";

/** How urgent an alert is, as the table of findings has it. */
export const Priority = z.enum(["P1", "P2", "P3", "P4"]);

/** What a message tells. `raised` and `escalated` ask somebody to act, `acknowledged` and `ended` say that it is seen to or over. */
export const NoticeKind = z.enum([
  "raised",
  "escalated",
  "acknowledged",
  "ended",
  "digest",
  "canary",
  "test",
]);
export type NoticeKind = z.infer<typeof NoticeKind>;

/** One finding that a message is about. */
const NoticeFinding = z.strictObject({
  finding: Finding,
  priority: Priority,
  /** Of one that ended: when, and by what evidence. */
  ended: z.optional(z.strictObject({ at: z.string(), reason: z.string() })),
});

/**
 * What a message is about, in fields, for channels that take more than a text. `id` names the message: one that is told again
 * because nobody knows whether it was taken has the same, and a channel that took it is not told twice.
 */
export const About = z.strictObject({
  id: z.string(),
  kind: NoticeKind,
  /** None for a digest, a canary, a test; several where a storm is folded into one message. */
  findings: z.array(NoticeFinding),
  /** Where a person acknowledges it. */
  link: z.optional(z.string()),
});
export type About = z.infer<typeof About>;

/** A message as `deliver` gets it: what it is about, and the words for it, which are the e-mail's. */
export const Notice = z.strictObject({
  ...About.shape,
  environment: z.string(),
  /** The region that tells. */
  region: z.string(),
  /** ISO-8601 UTC: when it was told. */
  at: z.string(),
  severity: z.enum(["page", "notify"] satisfies Severity[]),
  subject: z.string(),
  text: z.string(),
  /** Findings that it is about besides those listed. */
  more: z.int(),
});
export type Notice = z.infer<typeof Notice>;

/** One message for one channel, as it lies in the queue. The channel is looked up by name: a message cannot bring its own. */
export const Delivery = z.strictObject({ channel: z.string(), notice: Notice });
export type Delivery = z.infer<typeof Delivery>;

/** The findings that one message lists, at most; and of each of its texts so many characters: one fits into a queue's message. */
const listedFindings = 50;
const sentenceChars = 500;
const textChars = 8_000;

/** Who tells a message, to whom and when. */
export type Teller = Pick<Notice, "environment" | "region" | "severity" | "at">;

/** The message in fields. What others have named is made printable here, and cut; each channel's form quotes it besides. */
export function noticeOf(subject: string, text: string, about: About, teller: Teller): Notice {
  const short = (sentence: string) => cut(printable(sentence), sentenceChars);
  return {
    ...about,
    ...teller,
    subject: short(subject),
    text: cut(text, textChars),
    findings: about.findings.slice(0, listedFindings).map(({ finding, ended, ...rest }) => ({
      ...rest,
      finding: { ...finding, message: short(finding.message), fix: short(finding.fix) },
      ...(ended ? { ended: { ...ended, reason: short(ended.reason) } } : {}),
    })),
    more: Math.max(0, about.findings.length - listedFindings),
  };
}

/**
 * What a channel gets of a message: PagerDuty, which keeps each alert's life itself, one event for each finding, and nothing that is not wrong:
 * a digest or canary would be an incident there. Every other one the message.
 */
export function deliveriesTo(channel: HttpChannel, notice: Notice): Delivery[] {
  const to = channelName(channel);
  if (channel.kind !== "pagerDuty") return [{ channel: to, notice }];
  if (notice.kind === "digest" || notice.kind === "canary") return [];
  if (notice.findings.length < 2) return [{ channel: to, notice }];
  return notice.findings.map((one) => ({
    channel: to,
    notice: { ...notice, id: `${notice.id}#${episodeOf(one.finding)}`, text: "", findings: [one], more: 0 },
  }));
}

/** What names an episode of a finding, for whoever keeps its life elsewhere: the same from opening to end, in both regions. */
export function episodeOf(finding: Pick<Finding, "kind" | "source" | "detail" | "since">): string {
  return `${findingId(finding)}@${finding.since}`;
}
