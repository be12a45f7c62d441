import { ownArtefacts } from "./artefacts.ts";
import { isContinuousAt, rpoSecondsAt } from "./continuity.ts";
import { decideContinuity, restorableIn } from "./decide-continuity.ts";
import { type DatabaseNeeds, decideDatabase } from "./decide-database.ts";
import { decideDrill, drillFindings } from "./decide-drill.ts";
import { pauseFindings } from "./decide-pause.ts";
import { decideRpo } from "./decide-rpo.ts";
import { decideScrub, scrubFindings } from "./decide-scrub.ts";
import { decideArchiveCopies, decideBucket, decideDrop } from "./decide-swept.ts";
import type { Action, Decision, Situation } from "./decision.ts";
import type { Finding } from "./finding.ts";
import {
  ageSeconds,
  newestPresent,
  type Place,
  type PointFactEntry,
  presenceFact,
  withFacts,
} from "./point.ts";
import { Problem } from "./problem.ts";
import type { Observation } from "./provider.ts";
import type { Source, SourceKind } from "./source.ts";

/**
 * Decides, from what is declared, what is recorded and what exists, what one region is to do now and what is
 * wrong. Pure: the same situation gives the same decision. Every action is idempotent, so deciding twice, or in
 * two places at once, does no harm. What could not be looked at is left alone and reported.
 */
export function decide(situation: Situation): Decision {
  const decision: Decision = { actions: [], continuity: [], findings: [] };
  decideDatabases(situation, "rds-instance", decision);
  decideDatabases(situation, "rds-cluster", decision);
  const seen = {
    ...situation,
    points: withFacts(situation.points, seenPresent(situation, decision.actions)),
    restorable: restorableIn(situation),
  };
  for (const source of situation.environment.sources) {
    decision.actions.push(...decideSwept(situation, source));
    // By the facts that are recorded: a drill that begins before the one of its point is has nothing to rehearse.
    decision.actions.push(...decideDrill(situation, source));
    decision.findings.push(...decideRpo(seen, source), ...drillFindings(seen, source));
    if (source.kind !== "archives") continue;
    decision.actions.push(...decideScrub(situation, source));
    decision.findings.push(...scrubFindings(situation, source));
  }
  decision.findings.push(
    ...missingBuckets(situation),
    ...unreachable(situation),
    ...pauseFindings(situation),
  );
  decision.findings.push(...stillFailed(situation, decision.findings), ...stillUnseen(situation));
  return decision;
}

/** What exists counts at once, although its fact is only about to be recorded. */
function seenPresent({ region, environment, now }: Situation, actions: readonly Action[]): PointFactEntry[] {
  const name = presenceFact({ region, role: region === environment.primaryRegion ? "primary" : "recovery" });
  return actions.flatMap((action) =>
    action.do === "record-present"
      ? [{ source: action.source.name, point: action.point, name, storedAt: now.toISOString() }]
      : [],
  );
}

type Begin = NonNullable<DatabaseNeeds["begin"]>;

function decideDatabases(situation: Situation, kind: SourceKind, decision: Decision): void {
  const observation = situation.observed.get(kind);
  if (!observation || observation instanceof Problem) return;
  const own = ownArtefacts(situation.environment, observation.artefacts);
  const candidates: Begin[] = [];
  for (const source of situation.environment.sources) {
    if (source.kind !== kind) continue;
    const { actions, findings, begin } = decideDatabase(situation, source, observation, own);
    decision.actions.push(...actions);
    decision.findings.push(...findings);
    if (begin) candidates.push(begin);
    const continuous = decideContinuity(situation, source, observation);
    decision.continuity.push(...continuous.actions);
    decision.findings.push(...continuous.findings);
  }
  beginWithinQuotas(situation, observation, kind, candidates, decision);
}

/** Begins what has room, the source that is furthest behind its RPO first. What waits is decided anew next time. */
function beginWithinQuotas(
  situation: Situation,
  observation: Observation,
  kind: SourceKind,
  candidates: Begin[],
  decision: Decision,
): void {
  const { region, environment } = situation;
  const primary = region === environment.primaryRegion;
  const manual = observation.manualSnapshots;
  const copies = observation.copiesInFlight;
  const manualRoom = manual ? Math.max(0, manual.max - manual.used) : Number.POSITIVE_INFINITY;
  const copyRoom = primary || !copies ? Number.POSITIVE_INFINITY : Math.max(0, copies.max - copies.used);
  const behind = new Map(candidates.map((begin) => [begin, howFarBehind(situation, begin.source)]));
  const queue = candidates.toSorted((a, b) => (behind.get(b) ?? 0) - (behind.get(a) ?? 0));
  decision.actions.push(...queue.slice(0, Math.min(manualRoom, copyRoom)));
  if (queue.length <= manualRoom) return;
  decision.findings.push({
    kind: "quota-exhausted",
    source: "account",
    detail: `${kind}-${region}`,
    since: situation.now.toISOString(),
    region,
    message:
      `The quota of ${manual?.max} manual ${kind === "rds-cluster" ? "cluster " : ""}snapshots in ${region} is used up: ` +
      `${queue.length - manualRoom} point(s) wait, the first of "${queue[manualRoom]?.source.name}".`,
    fix: "Raise the RDS quota, or delete old manual snapshots.",
  });
}

/** The age of the newest point here against the RPO; infinite where there is none. */
function howFarBehind(situation: Situation, source: Source): number {
  const { region, environment, now } = situation;
  const place: Place = { region, role: region === environment.primaryRegion ? "primary" : "recovery" };
  const newest = newestPresent(situation.points.get(source.name) ?? [], place);
  const rpoSeconds = rpoSecondsAt(source.plan, place);
  return newest ? ageSeconds(newest.point, now) / rpoSeconds : Number.POSITIVE_INFINITY;
}

function decideSwept(situation: Situation, source: Source): Action[] {
  const primary = situation.region === situation.environment.primaryRegion;
  if (source.kind === "bucket") return primary ? decideBucket(situation, source) : [];
  if (source.kind !== "archives") return [];
  if (primary) return decideDrop(situation, source);
  return source.plan.copies.includes("recovery") ? decideArchiveCopies(situation, source) : [];
}

function missingBuckets(situation: Situation): Finding[] {
  const buckets = situation.observed.get("bucket");
  if (!buckets || buckets instanceof Problem || situation.region !== situation.environment.primaryRegion)
    return [];
  return situation.environment.sources.flatMap((source) => {
    if ((source.kind !== "bucket" && source.kind !== "archives") || buckets.sources.has(source.bucket))
      return [];
    return [
      {
        kind: "source-missing",
        source: source.name,
        detail: situation.region,
        since: situation.now.toISOString(),
        region: situation.region,
        message: `The bucket "${source.bucket}" of source "${source.name}" is not in this account.`,
        fix: "Restore it, or take it out of the environment file.",
      } satisfies Finding,
    ];
  });
}

function unreachable(situation: Situation): Finding[] {
  const { region, environment, now } = situation;
  const failed = [...situation.observed].flatMap(([kind, seen]) =>
    seen instanceof Problem ? [{ kind, seen }] : [],
  );
  const findings = failed.map(({ kind, seen }) =>
    finding(region, kind, `Looking at ${kind} failed: ${seen.message}`),
  );
  if (situation.otherVault) {
    const other =
      region === environment.primaryRegion ? environment.recoveryRegion : environment.primaryRegion;
    findings.push(
      finding(
        region,
        `vault-${other}`,
        `The vault in ${other} can't be read: ${situation.otherVault.message}`,
      ),
    );
  }
  return findings;

  function finding(where: string, detail: string, message: string): Finding {
    const since = now.toISOString();
    const fix = "See the AWS Health Dashboard and the role's rights.";
    return {
      kind: "region-unreachable",
      source: "account",
      detail: `${where}-${detail}`,
      since,
      region: where,
      message,
      fix,
    };
  }
}

/**
 * A refused or failed snapshot or copy stays a finding until its point, or a newer one, is there: that nothing
 * was tried in this pass is no evidence that it would work now.
 */
function stillFailed(situation: Situation, found: readonly Finding[]): Finding[] {
  const { region, environment } = situation;
  const place: Place = { region, role: region === environment.primaryRegion ? "primary" : "recovery" };
  return situation.open.filter((open) => {
    if (open.kind !== "snapshot-failed" && open.kind !== "copy-failed") return false;
    if (
      open.region !== region ||
      found.some((one) => one.kind === open.kind && one.detail === open.detail && one.source === open.source)
    )
      return false;
    if (!environment.sources.some((source) => source.name === open.source)) return false;
    const newest = newestPresent(situation.points.get(open.source) ?? [], place);
    return !newest || newest.point.toLowerCase() < open.detail;
  });
}

/** What was found by a look stays open while the next look fails: that nothing was seen is no evidence. */
function stillUnseen({ region, environment, observed, open }: Situation): Finding[] {
  const role = region === environment.primaryRegion ? "primary" : "recovery";
  return open.filter((finding) => {
    if (finding.kind !== "continuity-broken" && finding.kind !== "rpo-breached") return false;
    const source = environment.sources.find(({ name }) => name === finding.source);
    if (!source || finding.region !== region || !isContinuousAt(source, { role })) return false;
    return !observed.has(source.kind) || observed.get(source.kind) instanceof Problem;
  });
}
