import type { Words } from "../words.ts";
import { quote } from "./quote.ts";

/** The words in the Markdown that DingTalk and WeCom share. `between`: what ends a line there. */
export function markdownOf({ title, parts, footer, link }: Words, between: string): string {
  const lines = parts.flatMap(({ head, fields }) => [
    ...(head ? [`**${quote(head)}**`] : []),
    ...fields.map(([name, value]) => {
      const text = value.split("\n").map(quote).join(between);
      return name ? `**${name}:** ${text}` : text;
    }),
  ]);
  return [
    `**${quote(title)}**`,
    ...lines,
    ...(link ? [`[${link.text}](${link.url})`] : []),
    quote(footer),
  ].join(between);
}
