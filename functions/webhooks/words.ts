import type { Notice } from "../core/notice.ts";
import { cut, printable } from "../core/text.ts";

/** What a chat is told, as texts that are still data: each form quotes them in its own way. */
export type Words = {
  title: string;
  /** One for each finding; of a message about none, its text. */
  parts: { head?: string; fields: [name: string, value: string][] }[];
  /** Who tells, from where. */
  footer: string;
  link?: { text: string; url: string };
};

const titleChars = 150;
/** A text that is no finding's: chats are not for long ones. */
const textChars = 3_000;
/** What is tried of a field where even one finding does not fit. */
const valueChars = [500, 200, 80];

/** The words of a message, with the first so many of its findings, and of each text so many characters. */
export function wordsOf(notice: Notice, findings: number, chars: number): Words {
  const { subject, environment, region, at, link } = notice;
  const shown = notice.findings.slice(0, findings);
  const left = notice.findings.length - shown.length + notice.more;
  const alone = notice.findings.length + notice.more === 1;
  const url = link && addressOf(link);
  const text = cut(notice.text.split("\n").map(printable).join("\n").trim(), chars);
  const short = (value: string) => cut(printable(value), chars);
  return {
    title: cut(printable(subject), titleChars),
    parts: [
      ...shown.map((one) => partOf(one, alone, short)),
      ...(notice.findings.length === 0 && text ? [{ fields: [["", text] as [string, string]] }] : []),
      ...(left > 0 ? [{ fields: [["And", `${left} more: npx holdfast status`] as [string, string]] }] : []),
    ],
    footer: `Holdfast ${environment}, told from ${region} at ${at}`,
    ...(url ? { link: { text: "Acknowledge", url } } : {}),
  };
}

/**
 * The message as `build` writes it, with as many findings as fit into so many bytes; what is left out is counted in it.
 */
export function fitted(notice: Notice, bytes: number, build: (words: Words) => string): string {
  const count = notice.findings.length;
  const [most = 0, ...less] = valueChars;
  const tries: [findings: number, chars: number][] =
    count > 0
      ? [
          ...Array.from({ length: count }, (_, fewer): [number, number] => [count - fewer, most]),
          ...less.map((chars): [number, number] => [1, chars]),
        ]
      : [textChars, 1_000, ...valueChars].map((chars): [number, number] => [0, chars]);
  for (const [findings, chars] of tries) {
    const body = build(wordsOf(notice, findings, chars));
    if (Buffer.byteLength(body) <= bytes) return body;
  }
  return build(wordsOf({ ...notice, text: "" }, 0, 0));
}

/** An address that no form can take for anything else; ours alone, and none at all rather than another's script. */
function addressOf(link: string): string | undefined {
  if (!URL.canParse(link) || !/^https?:$/.test(new URL(link).protocol)) return undefined;
  return new URL(link).href.replace(/[|<>()]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
}

function partOf(
  { finding, priority, ended }: Notice["findings"][number],
  alone: boolean,
  short: (value: string) => string,
): Words["parts"][number] {
  const { kind, source, region, message, since, fix } = finding;
  const where = source === "account" ? `the account in ${region}` : `${source} in ${region}`;
  const fields: [string, string][] = ended
    ? [
        ["What was wrong", short(message)],
        ["From", `${since} until ${ended.at}`],
        ["Why it is over", short(ended.reason)],
      ]
    : [
        ["What is wrong", short(message)],
        ["Since", since],
        ["What to do", short(fix)],
        ["Runbook", `docs/runbook.md#${kind}`],
      ];
  return alone
    ? { fields: [["Priority", priority], ...fields] }
    : { head: `${priority} ${kind}: ${where}`, fields };
}
