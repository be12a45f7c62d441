import type { Form } from "../form.ts";
import { jsonPost } from "../form.ts";
import { fitted, type Words } from "../words.ts";

/**
 * Slack's incoming webhooks, with blocks. A section's text has at most 3,000 characters and a message 50 blocks (Slack API,
 * Block Kit reference); whole messages were refused from some 13,000 characters on (slackapi/bolt-js#2509).
 */
export const slack: Form = {
  write: (notice, { url }) => jsonPost(url, fitted(notice, 12_000, build)),
};

const sectionChars = 3_000;

function build({ title, parts, footer, link }: Words): string {
  return JSON.stringify({
    // What notifications show.
    text: quoted(title),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      section(`*${quoted(title)}*`),
      ...parts.slice(0, 45).map(({ head, fields }) => {
        const lines = fields.map(([name, value]) => `${name ? `*${name}:* ` : ""}${quoted(value)}`);
        return section([...(head ? [`*${quoted(head)}*`] : []), ...lines].join("\n"));
      }),
      ...(link ? [section(`<${link.url}|${link.text}>`)] : []),
      { type: "context", elements: [text(quoted(footer))] },
    ],
  });
}

function section(mrkdwn: string) {
  return { type: "section", text: text(mrkdwn) };
}

/** `verbatim`: names and addresses in it are left alone, so that "@here" or a URL in a key is nothing but text. */
function text(mrkdwn: string) {
  return { type: "mrkdwn", verbatim: true, text: withinEntities(mrkdwn, sectionChars) };
}

/** Slack API, "Escaping text": these three alone begin or end what it reads as control, mentions among it. */
function quoted(data: string): string {
  return data.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Cut so that no entity is left open. */
function withinEntities(mrkdwn: string, chars: number): string {
  return mrkdwn.length <= chars ? mrkdwn : `${mrkdwn.slice(0, chars - 3).replace(/&[a-z]*$/, "")}...`;
}
