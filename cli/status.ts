import { formatDuration } from "../functions/core/duration.ts";
import { type Finding, severityOf } from "../functions/core/finding.ts";
import type { Place } from "../functions/core/point.ts";
import { identifierOf, type Source } from "../functions/core/source.ts";
import type { Newest, SourceStatus } from "../functions/core/status.ts";
import type { Client } from "./client.ts";
import type { Drilled } from "./drills.ts";
import { moment } from "./restorable.ts";
import { reportedStanding, type Standing, standingOf } from "./standing.ts";
import { table } from "./table.ts";
import { type ApiVerb, outOfRpoExitCode } from "./verb.ts";

/** Every source: its newest point, copy and verification, their ages against the RPO, and what is wrong. */
export const status: ApiVerb = async (_args, client, _options, io) => {
  const standing = await (client.house ? standingOf(client, client.house, io) : reportedStanding(client, io));
  const { stale, unseen, silent, region, at } = standing;
  const findings = standing.findings.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const sources = standing.sources.map((one): Shown => shownOf(one, standing));
  const pages = findings.filter(({ kind }) => severityOf(kind) === "page");
  const known = sources.every(({ late, unknown }) => late.length + unknown.length === 0);
  return {
    json: {
      ok: pages.length === 0 && known && !stale,
      ...{ environment: client.about.environment, region, at, stale, silent, unseen },
      sources: sources.map(asJson),
      findings: findings.map((finding) => ({ ...finding, severity: severityOf(finding.kind) })),
    },
    text: [
      ...head(client, standing),
      "",
      ...sourceTable(client, sources),
      "",
      ...wrong(sources, findings, stale),
    ],
    exitCode: pages.length === 0 && known && !stale ? 0 : outOfRpoExitCode,
  };
};

/** Oldest first; of one instant by name. */
function orderOf({ since, kind, source, detail }: Finding): string {
  return `${since} ${kind} ${source} ${detail}`;
}

/** How a source stands, with what is open about it. */
type Shown = Omit<Standing["sources"][number], "state"> & {
  openFindings: number;
  state: SourceStatus["state"] | "has findings";
};

function shownOf(one: Standing["sources"][number], { findings, stale }: Standing): Shown {
  const openFindings = findings.filter((finding) => finding.source === one.source.name).length;
  // "ok" is never said of a source about which a finding is open, and nothing of one that nobody has looked at.
  const found = openFindings > 0 && (one.state === "ok" || one.state === "waiting");
  return { ...one, openFindings, state: stale ? "not known" : found ? "has findings" : one.state };
}

function asJson({ source, ...rest }: Shown) {
  const { name, kind, plan } = source;
  return {
    source: name,
    kind,
    protects: identifierOf(source),
    plan: plan.name,
    rpoSeconds: plan.rpoSeconds,
    ...(plan.rtoSeconds ? { rtoSeconds: plan.rtoSeconds } : {}),
    ...(plan.recoveryRpoSeconds ? { recoveryRpoSeconds: plan.recoveryRpoSeconds } : {}),
    ...rest,
  };
}

function head({ about }: Client, { at, region, stale, silent, unseen }: Standing): string[] {
  const when = at.slice(0, 16).replace("T", " ");
  return [
    ...silent.map((one) => `${one.region} does not answer: ${one.reason}`),
    `Environment ${about.environment} at ${when} UTC, as the vault in ${region} tells it.`,
    ...(stale
      ? [
          `That is too long ago to say anything of now: the watch in ${region} has stopped. To look yourself: --break-glass.`,
        ]
      : []),
    ...unseen.map((one) => `RDS in ${one.region} could not be asked: ${one.reason}`),
  ];
}

function sourceTable({ about: { primaryRegion, recoveryRegion } }: Client, sources: Shown[]): string[] {
  const columns = [
    "SOURCE",
    "KIND",
    "RPO",
    `NEWEST (${primaryRegion})`,
    `COPY (${recoveryRegion})`,
    "VERIFIED",
    "RTO",
    "STATE",
  ];
  const rows = sources.map(({ source, taken, copied, verified, continuous, drill, state }) => [
    source.name,
    source.kind,
    sayRpo(source),
    newestAt(taken, continuous, "primary"),
    source.plan.copies.length > 0 ? newestAt(copied, continuous, "recovery") : "no copies",
    verified ? `${aged(verified)} in ${verified.region}` : "-",
    measured(source, drill),
    state,
  ]);
  return table([columns, ...rows]);
}

function sayRpo({ kind, plan }: SourceStatus["source"]): string {
  const { rpoSeconds, recoveryRpoSeconds } = plan;
  if (kind === "bucket") return formatDuration(recoveryRpoSeconds ?? rpoSeconds);
  if (!recoveryRpoSeconds) return formatDuration(rpoSeconds);
  return `${formatDuration(rpoSeconds)} / ${formatDuration(recoveryRpoSeconds)}`;
}

/** The newest there is to return to: a point, or under continuous protection the latest moment, if that is later. */
function newestAt(
  newest: Newest | undefined,
  continuous: SourceStatus["continuous"],
  role: Place["role"],
): string {
  const reach = continuous.find((one) => one.role === role);
  if (!reach?.until || reach.ageSeconds === undefined) return aged(newest);
  if (newest && newest.ageSeconds < reach.ageSeconds) return aged(newest);
  return `${moment(reach.until)} (${formatDuration(reach.ageSeconds)})`;
}

/** The RTO as the newest drill measured it, with the objective behind it. */
function measured({ kind, plan }: Source, drill: Drilled | undefined): string {
  if (kind === "archives") return "-";
  const objective = plan.rtoSeconds ? ` (${formatDuration(plan.rtoSeconds)})` : "";
  if (!drill) return `not measured${objective}`;
  if (drill.outcome !== "passed") return `drill ${drill.outcome}${objective}`;
  const took = drill.rtoSeconds === undefined ? "drilled" : formatDuration(drill.rtoSeconds);
  return `${took}${objective}`;
}

function aged(newest: Newest | undefined): string {
  return newest ? `${newest.point} (${formatDuration(newest.ageSeconds)})` : "-";
}

function wrong(sources: Shown[], findings: Finding[], stale: boolean): string[] {
  const lines = [
    ...sources.flatMap(({ late }) => late.map((sentence) => `late: ${sentence}`)),
    ...sources.flatMap(({ unknown }) => unknown.map((sentence) => `not known: ${sentence}`)),
    ...findings.flatMap(({ kind, since, message, fix }) => [
      `${severityOf(kind)}: ${kind} since ${since}: ${message}`,
      `      ${fix} See docs/runbook.md#${kind}`,
    ]),
  ];
  return lines.length > 0 || stale ? lines : ["Nothing is late and no finding is open."];
}
