import { formatDuration } from "../../functions/core/duration.ts";
import { printable } from "../../functions/core/text.ts";
import { headOf, type Report, type ShownDrill } from "./model.ts";

/** The report as Markdown (CommonMark with tables). */
export function markdownOf(report: Report): string {
  return `${lines(report).join("\n")}\n`;
}

function lines(report: Report): string[] {
  const { shown } = report;
  return [
    `# ${plain(report.title)}`,
    "",
    `**${report.verdict.good ? "Proved" : "Not proved"}:** ${plain(report.verdict.sentence)}`,
    "",
    ...pairs([
      ["Environment", `${report.environment}, account ${report.account}`],
      ["Source", report.subject],
      ["Plan", report.plan],
      ["Told by", `the vault in ${report.region}, at ${report.madeAt}`],
    ]),
    "",
    ...(shown ? shownLines(shown) : []),
    "## History",
    "",
    ...historyLines(report),
    "",
    ...trendLines(report),
    "## How to check this without Holdfast",
    "",
    ...howToCheck,
  ];
}

/** How a stranger checks a signature; the same in every form of the report. */
export const howToCheck = [
  "Each drill is one JSON document, `catalog/drills/<source>/<drill>/finished.json` in either vault. Take its member",
  "`signature` apart: without `value` it stays in the document. Write the document in canonical form (RFC 8785) and verify",
  "the signature (base64, ECDSA over P-256 with SHA-256, DER) with the public key in it. Compare the SHA-256 of that",
  "public key with the one that you were given. `holdfast certificate --verify --file <file>` does the same, offline.",
];

function shownLines({ fact, facts, proved, notProved, wrong, signature }: ShownDrill): string[] {
  const list = (title: string, items: string[]) =>
    items.length === 0 ? [] : [`### ${title}`, "", ...items.map((item) => `- ${plain(item)}`), ""];
  return [
    `## Drill ${plain(fact.drill)}`,
    "",
    ...pairs(facts),
    "",
    ...list("What is wrong", wrong),
    ...list("What was proved", proved),
    ...list("What was not proved", notProved),
    "### Signature",
    "",
    ...pairs([
      ["Key", signature.keyArn],
      ["SHA-256 of the public key", signature.keyDigest],
      ["Checked", signature.mismatches.length === 0 ? "it is good" : signature.mismatches.join("; ")],
    ]),
    "",
  ];
}

function historyLines({ history, measures }: Report): string[] {
  if (history.length === 0) return ["No drill has ended yet."];
  return [
    `| drill | point | outcome | ${headOf(measures)} | data loss | read | signature |`,
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...history.map(({ drill, point, outcome, took, loss, rows, signed, reason }) => {
      const how = reason ? `${outcome}: ${reason}` : outcome;
      return `| ${[drill, point, how, took, loss, rows, signed ? "good" : "NOT GOOD"].map(plain).join(" | ")} |`;
    }),
  ];
}

function trendLines({ trend, rtoSeconds, measures }: Report): string[] {
  const last = trend.at(-1);
  if (!last) return [];
  const seconds = trend.map((one) => one.seconds).sort((a, b) => a - b);
  const middle = seconds[Math.floor(seconds.length / 2)] ?? 0;
  const objective = rtoSeconds ? ` The objective is ${formatDuration(rtoSeconds)}.` : "";
  if (trend.length === 1)
    return [`${measures} of the one drill: ${formatDuration(last.seconds)}.${objective}`, ""];
  return [
    `${measures}: ${formatDuration(last.seconds)} in the newest of ${trend.length} drills, ` +
      `${formatDuration(middle)} in the middle and ${formatDuration(seconds.at(-1) ?? 0)} at most.${objective}`,
    "",
  ];
}

function pairs(rows: [string, string][]): string[] {
  return ["| | |", "| --- | --- |", ...rows.map(([name, value]) => `| ${plain(name)} | ${plain(value)} |`)];
}

/** Text that means only itself: names, SQL and messages may hold anything. */
function plain(text: string): string {
  return printable(text.replace(/[\r\n]+/g, " "))
    .replace(/[\\`*_[\]|#~]/g, "\\$&")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
