import { formatDuration } from "../core/duration.ts";
import type { FindingFact } from "../core/fact.ts";
import { type Finding, findingId } from "../core/finding.ts";
import { cut, printable, toGsm7 } from "../core/text.ts";
import type { Message } from "../messages/topics.ts";

/** Who tells: the environment's name, the region from which it is told, and when. */
export type Teller = { environment: string; region: string; now: Date };

/** SNS API reference, Publish: a subject is shorter than 100 characters. */
const subjectChars = 99;
/** One SMS of one segment holds 160 GSM-7 characters; SNS may put a sender before the text. */
const smsChars = 140;
/** What a fix may take of an SMS, so that something is left to say what is wrong. */
const smsFixChars = 90;
const emailSentenceChars = 2_000;

/** The message that a finding opened. */
export function openedMessage(finding: Finding, teller: Teller): Message {
  const what = `${title(finding)}: ${subject(finding)}`;
  const sinceMs = Date.parse(finding.since);
  const lasted = formatDuration(Math.max(0, (teller.now.getTime() - sinceMs) / 1_000));
  return message(teller, what, finding.fix, [
    `${capital(what)}, in environment ${teller.environment}.`,
    "",
    field("What is wrong", finding.message),
    field("Since", `${finding.since} (${lasted} ago)`),
    field("What to do", finding.fix),
    "",
    ...lookFurther(finding, teller),
    "",
    "This is told once while it lasts; its end is told too.",
    `Finding ${findingId(finding)}, told from ${teller.region}.`,
  ]);
}

/** The message that a finding ended. */
export function endedMessage({ finding, at, reason = "" }: FindingFact, teller: Teller): Message {
  const what = `Over: ${title(finding)}: ${subject(finding)}`;
  const lastedSeconds = Math.max(0, (Date.parse(at) - Date.parse(finding.since)) / 1_000);
  return message(teller, what, "Nothing is left to do.", [
    `${capital(what)}, in environment ${teller.environment}.`,
    "",
    field("What was wrong", finding.message),
    field("Lasted", `${formatDuration(lastedSeconds)}, from ${finding.since} until ${at}`),
    field("Why it is over", reason),
    "",
    ...lookFurther(finding, teller),
    "",
    `Finding ${findingId(finding)}, told from ${teller.region}.`,
  ]);
}

function message(teller: Teller, what: string, fix: string, email: string[]): Message {
  const fixed = cut(toGsm7(fix), smsFixChars);
  const head = cut(toGsm7(`Holdfast ${teller.environment}: ${what}.`), smsChars - fixed.length - 1);
  return {
    subject: cut(toGsm7(`[Holdfast ${teller.environment}] ${capital(what)}`), subjectChars),
    email: `${email.map((line) => cut(printable(line), emailSentenceChars)).join("\n")}\n`,
    sms: `${head} ${fixed}`,
  };
}

/** From the region that tells: the other one may be what is wrong. */
function lookFurther(finding: Finding, teller: Teller): string[] {
  const at = `--env ${teller.environment} --region ${teller.region}`;
  const points =
    finding.source === "account" ? [] : [field("", `npx holdfast points ${finding.source} ${at}`)];
  return [
    field("Look further", `npx holdfast status ${at}`),
    ...points,
    field("Runbook", `docs/runbook.md#${finding.kind}`),
  ];
}

function title({ kind }: Finding): string {
  return kind.replaceAll("-", " ").replace("rpo", "RPO");
}

function subject({ source, region }: Finding): string {
  return `${source === "account" ? "the account" : source} in ${region}`;
}

function field(name: string, value: string): string {
  return `${`${name}${name ? ":" : ""}`.padEnd(16)}${value}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
