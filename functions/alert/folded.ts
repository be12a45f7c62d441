import type { FindingFact } from "../core/fact.ts";
import { type Finding, priorityOf } from "../core/finding.ts";
import { cut } from "../core/text.ts";
import type { Message } from "../messages/topics.ts";
import {
  type Answer,
  answerLines,
  capital,
  endedLines,
  linesOf,
  lookFurther,
  type Teller,
  titleOf,
  whatOf,
  write,
} from "./message.ts";

/** So many findings are listed in one message; SNS takes 256 KiB of it, and nobody reads more. */
const listed = 100;
/** What a line of a long list may take. */
const lineChars = 600;

/** One message for many findings that opened at once. */
export function foldedOpened(findings: readonly Finding[], teller: Teller, answer?: Answer): Message {
  const what = `${findings.length} findings at once: ${counted(findings)}`;
  return fold(what, findings, teller, answer, (finding) => linesOf(finding, teller));
}

/** One message for many findings that nobody has acknowledged. */
export function foldedEscalated(findings: readonly Finding[], teller: Teller, answer?: Answer): Message {
  const what = `${findings.length} findings not acknowledged: ${counted(findings)}`;
  return fold(what, findings, teller, answer, (finding) => linesOf(finding, teller));
}

/** One message for many findings that ended. */
export function foldedEnded(ended: readonly FindingFact[], teller: Teller): Message {
  const facts = new Map(ended.map((fact) => [fact.finding, fact]));
  const findings = [...facts.keys()];
  const what = `Over: ${findings.length} findings: ${counted(findings)}`;
  return fold(what, findings, teller, undefined, (finding) => endedLines(facts.get(finding) as FindingFact));
}

function fold(
  what: string,
  findings: readonly Finding[],
  teller: Teller,
  answer: Answer | undefined,
  lines: (finding: Finding) => string[],
): Message {
  const more = findings.length - listed;
  return write(teller, what, "See the e-mail, or run: holdfast status", answer, [
    `${capital(what)}, in environment ${teller.environment}.`,
    ...answerLines(teller, answer),
    "",
    ...findings
      .slice(0, listed)
      .flatMap((finding) => [
        `${priorityOf(finding.kind)}: ${whatOf(finding)}`,
        ...lines(finding).map((line) => cut(line, lineChars)),
        "",
      ]),
    ...(more > 0 ? [`And ${more} more, which holdfast status lists.`, ""] : []),
    ...lookFurther(findings, teller),
    "",
    `Told in one message because they came together, from ${teller.region}.`,
  ]);
}

/** "6 archive damaged, 2 copy failed", the most frequent first. */
function counted(findings: readonly Finding[]): string {
  const counts = new Map<Finding["kind"], number>();
  for (const { kind } of findings) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} ${titleOf(kind)}`)
    .join(", ");
}
