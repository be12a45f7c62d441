import type { Answer } from "../functions/core/api/routes.ts";
import { reportAge } from "./report-age.ts";
import { counted, duration } from "./words.ts";

/** The answer to "are we protected?": how sure, in a few words, and why. */
export type Verdict = { tone: "good" | "bad" | "unknown"; title: string; reasons: string[] };

/** Reads the report as a person would. What is too old, or was not seen, is never called good. Pure. */
export function verdictOf(status: Answer<"getStatus">, nowMs: number): Verdict {
  const { stale, seconds } = reportAge(status, nowMs);
  if (stale)
    return {
      tone: "unknown",
      title: `Not known: nobody has looked for ${duration(seconds)}`,
      reasons: [
        `The watch in ${status.region} has written no report since. Everything below is as it was then, and may be wrong by now.`,
      ],
    };
  const late = status.sources.filter(({ state }) => state === "late");
  const unknown = status.sources.filter(({ state }) => state === "not known");
  const silent = status.regions.filter(({ answered }) => !answered);
  const reasons = [
    ...late.flatMap((source) => source.late.map((sentence) => sentenceOf(source.source, sentence))),
    ...silent.map(({ region, reason }) => `${region} does not answer${reason ? `: ${reason}` : ""}.`),
    ...unknown.flatMap((source) => source.unknown.map((sentence) => sentenceOf(source.source, sentence))),
  ];
  const all = counted(status.sources.length, "source");
  if (late.length > 0)
    return {
      tone: "bad",
      title: `No: ${late.length} of ${all} out of ${late.length === 1 ? "its" : "their"} objective`,
      reasons,
    };
  if (unknown.length > 0 || silent.length > 0)
    return { tone: "unknown", title: "Not known: not everything could be seen", reasons };
  if (status.sources.length === 0) return { tone: "unknown", title: "Nothing is protected yet", reasons };
  if (!status.ok) {
    const open = counted(status.findings.length, "finding");
    return { tone: "bad", title: `Not wholly: ${open} open`, reasons: findingsBySource(status.findings) };
  }
  const waiting = status.sources.filter(({ state }) => state === "waiting");
  if (waiting.length > 0)
    return {
      tone: "unknown",
      title: `Not yet: ${waiting.length} of ${all} still ${waiting.length === 1 ? "waits" : "wait"} for a first point`,
      reasons: [`Nothing is late. Waiting: ${waiting.map(({ source }) => source).join(", ")}.`],
    };
  return {
    tone: "good",
    title: `Yes: ${all} within objectives`,
    reasons: [`In ${status.primaryRegion} and ${status.recoveryRegion}, counted from what is really there.`],
  };
}

/** A sentence that names its source, whatever the report's sentence begins with. */
function sentenceOf(source: string, sentence: string): string {
  return sentence.includes(source) ? sentence : `${source}: ${sentence}`;
}

/** One sentence for each source: a storm of findings must not push the sources off the screen. */
function findingsBySource(findings: Answer<"getStatus">["findings"]): string[] {
  const bySource = Map.groupBy(findings, ({ source }) => source);
  return [...bySource].map(([source, [first, ...others]]) => {
    const message = first?.message ?? "";
    const short = message.length > 160 ? `${message.slice(0, 159)}…` : message;
    return `${sentenceOf(source, short)}${others.length > 0 ? ` And ${others.length} more.` : ""}`;
  });
}
