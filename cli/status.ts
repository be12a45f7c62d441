import { readPoints } from "../functions/catalog/read-points.ts";
import { formatDuration } from "../functions/core/duration.ts";
import { type Finding, severityOf } from "../functions/core/finding.ts";
import type { Place } from "../functions/core/point.ts";
import { identifierOf, type Source } from "../functions/core/source.ts";
import { type Newest, type SourceStatus, statusOf } from "../functions/core/status.ts";
import { type Drilled, newestDrills, whereDrilled } from "./drills.ts";
import { type House, readOpenFindings } from "./house.ts";
import { lookForRestorable, moment, readContinuity } from "./restorable.ts";
import { table } from "./table.ts";
import { outOfRpoExitCode, type Verb } from "./verb.ts";

/** Every source: its newest point, copy and verification, their ages against the RPO, and what is wrong. */
export const status: Verb = async (_args, house, options, io) => {
  const { environment, declaredAt } = house;
  const points = await readPoints(house.world.catalog);
  const findings = await readOpenFindings(house.world);
  const continuity = await readContinuity(house);
  const { restorable, unseen } = await lookForRestorable(house, io);
  const view = { environment, points, declaredAt, continuity, restorable, now: io.now() };
  const drills = await whereDrilled(house, options, io, (world) => newestDrills(world, environment.sources));
  const sources = environment.sources.map((source): Standing => {
    const drill = drills.get(source.name);
    const openFindings = findings.filter((finding) => finding.source === source.name).length;
    const standing = statusOf(view, source);
    // "ok" is never said of a source about which a finding is open.
    const found = openFindings > 0 && (standing.state === "ok" || standing.state === "waiting");
    const state = found ? "has findings" : standing.state;
    return { ...standing, ...(drill ? { drill } : {}), openFindings, state };
  });
  const pages = findings.filter(({ kind }) => severityOf(kind) === "page");
  const ok = pages.length === 0 && sources.every(({ late, unknown }) => late.length + unknown.length === 0);
  return {
    json: {
      ok,
      environment: environment.name,
      region: house.region,
      silent: house.silent,
      unseen,
      sources: sources.map(asJson),
      findings: findings.map((finding) => ({ ...finding, severity: severityOf(finding.kind) })),
    },
    text: [
      ...head(house, view.now),
      ...unseen.map(({ region, reason }) => `RDS in ${region} could not be asked: ${reason}`),
      "",
      ...sourceTable(house, sources),
      "",
      ...wrong(sources, findings),
    ],
    exitCode: ok ? 0 : outOfRpoExitCode,
  };
};

/** How a source stands, with what is open about it. */
type Standing = Omit<SourceStatus, "state"> & {
  openFindings: number;
  /** The newest drill that ended. */
  drill?: Drilled;
  state: SourceStatus["state"] | "has findings";
};

function asJson({ source, ...rest }: Standing) {
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

function head({ environment, region, silent }: House, now: Date): string[] {
  const at = now.toISOString().slice(0, 16).replace("T", " ");
  return [
    ...silent.map((one) => `${one.region} does not answer: ${one.reason}`),
    `Environment ${environment.name} at ${at} UTC, as the vault in ${region} tells it.`,
  ];
}

function sourceTable({ environment }: House, sources: Standing[]): string[] {
  const { primaryRegion, recoveryRegion } = environment;
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

function wrong(sources: Standing[], findings: Finding[]): string[] {
  const lines = [
    ...sources.flatMap(({ late }) => late.map((sentence) => `late: ${sentence}`)),
    ...sources.flatMap(({ unknown }) => unknown.map((sentence) => `not known: ${sentence}`)),
    ...findings.flatMap(({ kind, since, message, fix }) => [
      `${severityOf(kind)}: ${kind} since ${since}: ${message}`,
      `      ${fix} See docs/runbook.md#${kind}`,
    ]),
  ];
  return lines.length > 0 ? lines : ["Nothing is late and no finding is open."];
}
