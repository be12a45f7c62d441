import { formatDuration } from "../core/duration.ts";
import type { FindingFact } from "../core/fact.ts";
import { type Finding, findingId, priorities, priorityOf, severityOf } from "../core/finding.ts";
import { cut, printable, toGsm7 } from "../core/text.ts";
import type { Message } from "../messages/topics.ts";

/** Who tells: the environment's name, the region from which it is told, and when. */
export type Teller = { environment: string; region: string; now: Date };

/** How its reader acknowledges what a message tells; `link` where there is an API. */
export type Answer = { code: string; link?: string };

/** SNS API reference, Publish: a subject is shorter than 100 characters. */
const subjectChars = 99;
/** One SMS of one segment holds 160 GSM-7 characters; SNS may put a sender before the text. */
const smsChars = 140;
/** What a fix may take of an SMS, so that something is left to say what is wrong. */
const smsFixChars = 90;
/** The same of a link, which cannot be cut: a longer one is left to the e-mail. */
const smsLinkChars = 100;
const emailSentenceChars = 2_000;

/** The message that a finding opened. */
export function openedMessage(finding: Finding, teller: Teller, answer?: Answer): Message {
  const what = whatOf(finding);
  return write(teller, what, finding.fix, answer, [
    `${capital(what)}, in environment ${teller.environment}.`,
    "",
    ...linesOf(finding, teller),
    "",
    ...lookFurther([finding], teller),
    ...answerLines(teller, answer),
    "",
    onceMore(finding),
    `Finding ${findingId(finding)}, told from ${teller.region}.`,
  ]);
}

/** The message that nobody has acknowledged a finding, which is still open. */
export function escalatedMessage(finding: Finding, toldAt: Date, teller: Teller, answer?: Answer): Message {
  const forSeconds = Math.max(0, (teller.now.getTime() - toldAt.getTime()) / 1_000);
  const what = `Not acknowledged for ${formatDuration(forSeconds)}: ${whatOf(finding)}`;
  return write(teller, what, finding.fix, answer, [
    `${capital(whatOf(finding))}, in environment ${teller.environment}.`,
    `It was told at ${toldAt.toISOString()}, nobody has acknowledged it, and it is still open.`,
    "",
    ...linesOf(finding, teller),
    "",
    ...lookFurther([finding], teller),
    ...answerLines(teller, answer),
    "",
    `Finding ${findingId(finding)}, told from ${teller.region}.`,
  ]);
}

/** The message that a finding ended. */
export function endedMessage(fact: FindingFact, teller: Teller): Message {
  const { finding } = fact;
  const what = `Over: ${whatOf(finding)}`;
  return write(teller, what, "Nothing is left to do.", undefined, [
    `${capital(what)}, in environment ${teller.environment}.`,
    "",
    ...endedLines(fact),
    "",
    ...lookFurther([finding], teller),
    "",
    `Finding ${findingId(finding)}, told from ${teller.region}.`,
  ]);
}

/** A message in its three forms. `fix`: what an SMS has beside `what`, unless it has a link. */
export function write(
  teller: Teller,
  what: string,
  fix: string,
  answer: Answer | undefined,
  email: string[],
): Message {
  const link = answer?.link ? `Acknowledge: ${toGsm7(answer.link)}` : "";
  const fixed = link && link.length <= smsLinkChars ? link : cut(toGsm7(fix), smsFixChars);
  const head = cut(toGsm7(`Holdfast ${teller.environment}: ${what}.`), smsChars - fixed.length - 1);
  return {
    subject: cut(toGsm7(`[Holdfast ${teller.environment}] ${capital(what)}`), subjectChars),
    email: `${email.map((line) => cut(printable(line), emailSentenceChars)).join("\n")}\n`,
    sms: `${head} ${fixed}`,
  };
}

/** What a finding is, in a few words: "RPO breached: orders in eu-west-1". */
export function whatOf({ kind, source, region }: Finding): string {
  return `${titleOf(kind)}: ${source === "account" ? "the account" : source} in ${region}`;
}

/** A kind of finding as a title. */
export function titleOf(kind: Finding["kind"]): string {
  return kind.replaceAll("-", " ").replace(/\b(rpo|rto)\b/, (word) => word.toUpperCase());
}

/** What is wrong, how grave it is, since when, and what to do. */
export function linesOf(finding: Finding, { now }: Teller): string[] {
  const lasted = formatDuration(Math.max(0, (now.getTime() - Date.parse(finding.since)) / 1_000));
  return [
    field("What is wrong", finding.message),
    field("Severity", `${priorityOf(finding.kind)} (${severityOf(finding.kind)})`),
    field("Since", `${finding.since} (${lasted} ago)`),
    field("What to do", finding.fix),
  ];
}

/** What was wrong, for how long, and why it is over. */
export function endedLines({ finding, at, reason = "" }: FindingFact): string[] {
  const lastedSeconds = Math.max(0, (Date.parse(at) - Date.parse(finding.since)) / 1_000);
  return [
    field("What was wrong", finding.message),
    field("Lasted", `${formatDuration(lastedSeconds)}, from ${finding.since} until ${at}`),
    field("Why it is over", reason),
  ];
}

/** From the region that tells: the other one may be what is wrong. */
export function lookFurther(findings: readonly Finding[], teller: Teller): string[] {
  const at = `--env ${teller.environment} --region ${teller.region}`;
  const sources = [...new Set(findings.map(({ source }) => source))].filter((one) => one !== "account");
  const kinds = [...new Set(findings.map(({ kind }) => kind))];
  return [
    field("Look further", `npx holdfast status ${at}`),
    ...sources.slice(0, 5).map((source) => field("", `npx holdfast points ${source} ${at}`)),
    ...kinds
      .slice(0, 10)
      .map((kind, index) => field(index === 0 ? "Runbook" : "", `docs/runbook.md#${kind}`)),
  ];
}

/** How to say that somebody is on it. */
export function answerLines({ environment, region }: Teller, answer: Answer | undefined): string[] {
  if (!answer) return [];
  const command = `npx holdfast alerts ack ${answer.code} --env ${environment} --region ${region}`;
  return answer.link
    ? [field("Acknowledge", answer.link), field("", command)]
    : [field("Acknowledge", command)];
}

/** A name and what belongs to it, in columns. */
export function field(name: string, value: string): string {
  return `${`${name}${name ? ":" : ""}`.padEnd(16)}${value}`;
}

/** The sentence with a capital letter. */
export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function onceMore({ kind }: Finding): string {
  return priorities[priorityOf(kind)].times === 0
    ? "This is told once while it lasts; its end is told too."
    : "This is told once more, to `page`, if nobody acknowledges it in time; its end is told too.";
}
