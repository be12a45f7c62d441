import type { Form } from "../form.ts";
import { jsonPost } from "../form.ts";
import { fitted, type Words } from "../words.ts";

/**
 * Microsoft Teams, by a workflow that "When a Teams webhook request is received" starts: an Adaptive Card in a message, of at
 * most 28 KB. The connectors of Office 365, and their message cards, are retired (Microsoft Learn, Teams webhooks).
 */
export const teams: Form = {
  write: (notice, { url }) => jsonPost(url, fitted(notice, 24_000, build)),
  // An old connector answered 200 with words to what Teams refused.
  judge: (body) =>
    /delivery failed|bad payload/i.test(body)
      ? { accepted: false, retry: false, reason: "Teams took the request, and refused the message" }
      : { accepted: true },
};

function build({ title, parts, footer, link }: Words): string {
  const card = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    msteams: { width: "Full" },
    body: [
      rich([run(title, { weight: "Bolder", size: "Medium" })]),
      ...parts.flatMap(({ head, fields }, index) => [
        ...(head ? [rich([run(head, { weight: "Bolder" })], { separator: index > 0 })] : []),
        ...fields.map(([name, value]) =>
          rich([...(name ? [run(`${name}: `, { weight: "Bolder" })] : []), run(value)]),
        ),
      ]),
      rich([run(footer, { isSubtle: true, size: "Small" })]),
    ],
    ...(link ? { actions: [{ type: "Action.OpenUrl", title: link.text, url: link.url }] } : {}),
  };
  const contentType = "application/vnd.microsoft.card.adaptive";
  return JSON.stringify({ type: "message", attachments: [{ contentType, contentUrl: null, content: card }] });
}

function rich(inlines: object[], about: object = {}) {
  return { type: "RichTextBlock", inlines, ...about };
}

/** A run of text is shown as it is; a TextBlock would read Markdown in it (Adaptive Cards schema, TextRun). */
function run(text: string, style: object = {}) {
  // Of an empty text Teams shows nothing at all of the card; "{{" begins the functions of dates.
  return { type: "TextRun", text: text.replaceAll("{{", "{ {") || "-", ...style };
}
