import type { DrillFinishedFact } from "../../functions/core/drill.ts";
import { formatDuration } from "../../functions/core/duration.ts";
import { describe } from "../../functions/core/plan.ts";
import { type Source, subjectOf } from "../../functions/core/source.ts";
import { keyDigest } from "../../functions/signing/certificate.ts";
import type { Ended } from "../drills.ts";

/** What a report is about, whatever it is written as. Every text in it is plain, and may hold anything. */
export type Report = {
  title: string;
  environment: string;
  account: string;
  /** The vault that told it. */
  region: string;
  madeAt: string;
  plan: string;
  subject: string;
  /** In one sentence: does it stand. */
  verdict: { good: boolean; sentence: string };
  /** The drill that is shown in full. */
  shown?: ShownDrill;
  /** Newest first, the shown one included. */
  history: HistoryRow[];
  trend: TrendPoint[];
  /** What the trend is of: only the restore of a database measures an RTO. */
  measures: "Measured RTO" | "Time to checked";
  rtoSeconds?: number;
};

/** The head of the column that has it. */
export function headOf(measures: Report["measures"]): string {
  return measures === "Measured RTO" ? "RTO" : "Checked in";
}

/** One drill in full. */
export type ShownDrill = {
  fact: DrillFinishedFact;
  facts: [name: string, value: string][];
  proved: string[];
  notProved: string[];
  wrong: string[];
  signature: { keyDigest: string; keyArn: string; mismatches: string[] };
};

/** One line of the history. */
export type HistoryRow = {
  drill: string;
  point: string;
  outcome: DrillFinishedFact["outcome"];
  took: string;
  loss: string;
  rows: string;
  signed: boolean;
  reason: string;
};

/** How long one drill took, oldest first. */
export type TrendPoint = { drill: string; seconds: number; availableSeconds: number; passed: boolean };

/** Puts a report together. `drill`: the one to show in full; else the newest. */
export function reportOf(about: {
  source: Source;
  environment: { name: string; account: string };
  region: string;
  now: Date;
  ended: readonly Ended[];
  drill?: string;
}): Report {
  const { source, environment, region, now, ended } = about;
  const shown = about.drill ? ended.find(({ fact }) => fact.drill === about.drill) : ended[0];
  const rtoSeconds = source.kind === "bucket" ? undefined : source.plan.rtoSeconds;
  return {
    title: `Restore drills of ${source.name}`,
    environment: environment.name,
    account: environment.account,
    region,
    madeAt: now.toISOString(),
    plan: describe(source.plan),
    subject: subjectOf(source),
    verdict: verdictOf(source, shown),
    ...(shown ? { shown: shownOf(shown) } : {}),
    history: ended.map(rowOf),
    trend: ended.toReversed().flatMap(({ fact }) => trendOf(fact)),
    measures: source.kind === "bucket" ? "Time to checked" : "Measured RTO",
    ...(rtoSeconds ? { rtoSeconds } : {}),
  };
}

function verdictOf({ name, plan }: Source, shown: Ended | undefined): Report["verdict"] {
  if (!shown) return { good: false, sentence: `No drill of "${name}" has ended yet: nothing is proved.` };
  const { fact, mismatches } = shown;
  if (mismatches.length > 0)
    return {
      good: false,
      sentence: `The record of the drill ${fact.drill} does not stand: ${mismatches[0]}.`,
    };
  if (fact.outcome !== "passed") {
    const how = fact.outcome === "failed" ? "failed its drill" : "could not be rehearsed";
    return {
      good: false,
      sentence: `The point ${fact.point} ${how}: ${fact.reason ?? "no reason is known"}.`,
    };
  }
  const replica = fact.kind === "bucket";
  const [took, rto] = [fact.secondsToChecked, replica ? undefined : plan.rtoSeconds];
  const slow = took !== undefined && rto !== undefined && took > rto;
  const time = took === undefined ? "" : ` in ${formatDuration(took)}`;
  const objective =
    time && rto ? `, ${slow ? "longer than" : "within"} the objective of ${formatDuration(rto)}` : "";
  const done = replica
    ? `The replica of the point ${fact.point} was read again`
    : `The point ${fact.point} was restored and checked`;
  return { good: !slow, sentence: `${done} in ${fact.region}${time}${objective}.` };
}

function shownOf({ fact, mismatches }: Ended): ShownDrill {
  const { signature, checks, differences, tornDown, leftBehind, fingerprint, objects } = fact;
  const of = (outcome: string) => checks.filter((check) => check.outcome === outcome);
  const compared = fingerprint?.comparedWith.map(({ drill, region }) => `drill ${drill} in ${region}`) ?? [];
  return {
    fact,
    facts: factsOf(fact),
    proved: [
      ...of("passed").map(({ name, sentence }) => `${name}: ${sentence}`),
      ...(compared.length > 0 && differences.length === 0
        ? [`The fingerprint equals that of ${compared.join(" and of ")}: the same point, the same data.`]
        : []),
      ...(objects ? [objectsSentence(objects)] : []),
      ...(tornDown.length > 0 ? [`What was made for the drill is gone again: ${tornDown.join(", ")}.`] : []),
    ],
    notProved: [
      ...of("unproved").map(({ name, sentence }) => `${name}: ${sentence}`),
      ...(fingerprint && compared.length === 0
        ? ["That the data is the same elsewhere: this fingerprint is the first of its point."]
        : []),
      ...(fact.kind !== "bucket" && fact.dataLossSeconds === undefined
        ? ["Of which minute the data is: the source has no heartbeat."]
        : []),
      ...(fact.kind === "bucket" ? ["How long it takes to point an application at the replica."] : []),
      ...leftBehind.map((one) => `That nothing is left of the drill: ${one} was still there.`),
    ],
    wrong: [
      ...differences.map(({ sentence }) => sentence),
      ...of("failed").map(({ name, sentence }) => `${name}: ${sentence}`),
      ...(fact.outcome === "broken-off" ? [fact.reason ?? "It could not be carried out."] : []),
    ],
    signature: { keyDigest: digestOrNone(signature.publicKey), keyArn: signature.keyArn, mismatches },
  };
}

function factsOf(fact: DrillFinishedFact): [string, string][] {
  const { database, fingerprint, objects } = fact;
  const seconds = (value: number | undefined) =>
    value === undefined ? "not measured" : formatDuration(value);
  const rto = fact.rtoSeconds ? `; objective ${formatDuration(fact.rtoSeconds)}` : "; no objective";
  const loss =
    fact.dataLossSeconds === undefined
      ? `not measured; objective ${formatDuration(fact.rpoSeconds)}`
      : `${formatDuration(fact.dataLossSeconds)} (newest heartbeat ${fact.newestHeartbeatAt}); objective ${formatDuration(fact.rpoSeconds)}`;
  return [
    ["Drill", fact.drill],
    ["Outcome", fact.outcome],
    ["Recovery point", fact.point],
    ["Region", fact.region],
    ["Began", fact.startedAt],
    ["Recorded", fact.at],
    ...(fact.kind === "bucket"
      ? ([["Time to checked", seconds(fact.secondsToChecked)]] as [string, string][])
      : ([
          ["Time to available", seconds(fact.secondsToAvailable)],
          ["Time to checked (RTO)", `${seconds(fact.secondsToChecked)}${rto}`],
          ["Data loss (RPO)", loss],
        ] as [string, string][])),
    ...(database
      ? ([
          ["Restored from", database.restoredFrom],
          ["Restored into", `${database.clone} (${database.instanceClass}, ${database.engine})`],
        ] as [string, string][])
      : []),
    ...(objects
      ? ([
          [
            "Objects",
            `${counted(objects.objects, "object")} (${counted(objects.bytes, "byte")}) in ${objects.bucket}`,
          ],
          [
            "Read again",
            `${objects.sampled} at random and ${objects.changed} changed, ${counted(objects.readBytes, "byte")}`,
          ],
        ] as [string, string][])
      : []),
    ...(fingerprint
      ? ([
          [
            "Read",
            `${counted(fingerprint.rows, "row")} in ${counted(fingerprint.tables, "table")} of ${counted(fingerprint.databases, "database")}`,
          ],
          ["Fingerprint", `${fingerprint.key} (SHA-256 ${fingerprint.sha256})`],
        ] as [string, string][])
      : []),
  ];
}

function objectsSentence(objects: NonNullable<DrillFinishedFact["objects"]>): string {
  const sure = (100 * objects.confidence).toFixed(objects.confidence >= 0.995 ? 2 : 1);
  return (
    `${objects.sampled} random objects of ${objects.objects} were read whole and are right: if ${100 * objects.damage} % ` +
    `of them were damaged, that would have been met with a certainty of ${sure} %.`
  );
}

function rowOf({ fact, mismatches }: Ended): HistoryRow {
  const {
    drill,
    point,
    outcome,
    secondsToChecked,
    dataLossSeconds,
    fingerprint,
    objects,
    reason = "",
  } = fact;
  return {
    ...{ drill, point, outcome, reason },
    took: secondsToChecked === undefined ? "-" : formatDuration(secondsToChecked),
    loss: dataLossSeconds === undefined ? "-" : formatDuration(dataLossSeconds),
    rows: fingerprint
      ? counted(fingerprint.rows, "row")
      : objects
        ? counted(objects.sampled + objects.changed, "object")
        : "-",
    signed: mismatches.length === 0,
  };
}

function trendOf(fact: DrillFinishedFact): TrendPoint[] {
  const { drill, outcome, secondsToChecked, secondsToAvailable, kind } = fact;
  if (secondsToChecked === undefined) return [];
  const availableSeconds = kind === "bucket" ? 0 : (secondsToAvailable ?? secondsToChecked);
  return [{ drill, seconds: secondsToChecked, availableSeconds, passed: outcome === "passed" }];
}

/** 1 row, 1,000,000 rows. */
function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}

function digestOrNone(publicKey: string): string {
  try {
    return keyDigest(publicKey);
  } catch {
    return "not readable";
  }
}
