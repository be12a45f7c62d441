import { createHash } from "node:crypto";
import { episodeOf, type Notice, type NoticeKind } from "../../core/notice.ts";
import { cut } from "../../core/text.ts";
import { type Form, jsonPost } from "../form.ts";

/**
 * PagerDuty's Events API v2. What opens, is acknowledged or ends is one alert there by its `dedup_key`; whom it wakes, and when
 * again, is PagerDuty's own policy. Resolving what it does not know does nothing (Events API v2 reference).
 */
export const pagerDuty: Form = {
  write: (notice, { url, key }) => jsonPost(url, JSON.stringify({ routing_key: key, ...event(notice) })),
};

const actions: Record<NoticeKind, "trigger" | "acknowledge" | "resolve"> = {
  raised: "trigger",
  escalated: "trigger",
  canary: "trigger",
  test: "trigger",
  digest: "trigger",
  acknowledged: "acknowledge",
  ended: "resolve",
};

const severities = { P1: "critical", P2: "error", P3: "warning", P4: "info" } as const;

/** Events API v2 reference: a summary of at most 1,024 characters, a key of at most 255. */
const summaryChars = 1_024;
const keyChars = 255;

function event(notice: Notice) {
  const [first] = notice.findings;
  const event_action = actions[notice.kind];
  const dedup_key = dedupKey(notice);
  // The other two need nothing but the key.
  if (event_action !== "trigger") return { event_action, dedup_key };
  return {
    event_action,
    dedup_key,
    client: "Holdfast",
    ...(notice.link ? { links: [{ href: notice.link, text: "Acknowledge in Holdfast" }] } : {}),
    payload: {
      summary: cut(notice.subject, summaryChars),
      source: first ? `${first.finding.source} (${notice.environment})` : `Holdfast ${notice.environment}`,
      severity: first ? severities[first.priority] : "info",
      timestamp: notice.at,
      group: notice.environment,
      component: first?.finding.region ?? notice.region,
      class: first?.finding.kind ?? notice.kind,
      custom_details: first
        ? {
            what_is_wrong: first.finding.message,
            since: first.finding.since,
            what_to_do: first.finding.fix,
            runbook: `docs/runbook.md#${first.finding.kind}`,
            told_from: notice.region,
          }
        : { text: notice.text, told_from: notice.region },
    },
  };
}

/** The same for all that is told of one episode, by either region. */
function dedupKey({ environment, id, findings: [first] }: Notice): string {
  const name = `${environment}/${first ? episodeOf(first.finding) : id}`;
  return name.length <= keyChars ? name : createHash("sha256").update(name).digest("hex");
}
