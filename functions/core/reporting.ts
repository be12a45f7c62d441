import { placeKey } from "./continuity.ts";
import { allowedAgeSeconds, decideRpo, placesOf } from "./decide-rpo.ts";
import type { DrillHistory } from "./drill-history.ts";
import { type Finding, severityOf } from "./finding.ts";
import { growthOf } from "./growth.ts";
import { type Judged, judge, type WatchView } from "./judging.ts";
import { bothPlaces, problemOf } from "./looks.ts";
import { replicaName, vaultName } from "./names.ts";
import { pauseNow } from "./pause.ts";
import { isPresent, newestPresent, type Place, type PointState } from "./point.ts";
import { Problem } from "./problem.ts";
import type { PlaceReport, SourceReport, StatusReport } from "./report.ts";
import { pointMs } from "./slot.ts";
import { identifierOf, type Source } from "./source.ts";
import { type SourceStatus, statusOf, usablePoints } from "./status.ts";

/** How protected the environment is. The same facts and the same look give the same report. Pure. */
export function reportOf(view: WatchView, judged: readonly Judged[] = judge(view)): StatusReport {
  const { environment, region, now, open } = view;
  const { primaryRegion, recoveryRegion } = environment;
  const sources = judged.map((one) => sourceReport(view, one));
  const regions = bothPlaces(environment).map(({ region: one }) => {
    const problem = problemOf(view.looks.get(one));
    return problem
      ? { region: one, answered: false, reason: problem.message }
      : { region: one, answered: true };
  });
  const pages = open.filter(({ kind }) => severityOf(kind) === "page");
  const told = sources.every(({ late, unknown }) => late.length + unknown.length === 0);
  return {
    ...{
      schema: 1,
      at: now.toISOString(),
      environment: environment.name,
      primaryRegion,
      recoveryRegion,
      region,
    },
    ok: told && pages.length === 0 && regions.every(({ answered }) => answered),
    regions,
    sources: worstFirst(sources, now),
    findings: [...open].sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0)),
    quotas: quotasOf(view),
    storage: storageOf(view),
  };
}

function sourceReport(view: WatchView, { source, open, budgets, owed, threeTwoOne }: Judged): SourceReport {
  const { name, kind, plan } = source;
  const status = statusOf(view, source);
  const drills = view.drills.get(name);
  const ended = drills?.newest;
  const late = decideRpo(view, source);
  const pausedUntil = pauseNow(view.pauses.get(name), view.now)?.until;
  const found = open.length > 0 && (status.state === "ok" || status.state === "waiting");
  return {
    ...{ source: name, kind, protects: identifierOf(source), plan: plan.name },
    ...(plan.rtoSeconds ? { rtoSeconds: plan.rtoSeconds } : {}),
    // "ok" is never said of a source about which a finding is open.
    state: found ? "has findings" : status.state === "out of RPO" ? "late" : status.state,
    late: status.late,
    unknown: status.unknown,
    places: placesOf(view, source).map((place) => placeReport(view, source, place, { status, late, drills })),
    ...(ended ? { drill: drillOf(ended) } : {}),
    owed: [...owed],
    budgets: budgets.map(({ burnsSinceMs: _, ...budget }) => budget),
    threeTwoOne,
    openFindings: open.length,
    ...(pausedUntil ? { pausedUntil } : {}),
  };
}

function drillOf({ drill, at, outcome, point, secondsToChecked }: NonNullable<DrillHistory["newest"]>) {
  const measured = secondsToChecked === undefined ? {} : { rtoSeconds: secondsToChecked };
  return { drill, at, outcome, point, ...measured };
}

function placeReport(
  view: WatchView,
  source: Source,
  place: Place,
  known: { status: SourceStatus; late: readonly Finding[]; drills: DrillHistory | undefined },
): PlaceReport {
  const { region, role } = place;
  const points = view.points.get(source.name) ?? [];
  const usable = role === "primary" ? usablePoints(view.environment, source, points) : points;
  const available = newestPresent(usable, place);
  const intact = points.findLast((state) => state.facts.has(`verified-${region}`) && isPresent(state, place));
  const drilled = role === "recovery" ? known.drills?.passed?.point : undefined;
  const restorable = points.find((state) => state.point === drilled && isPresent(state, place));
  const until = view.restorable.get(placeKey(source.name, region))?.until;
  const unknown = known.status.continuous.some((reach) => reach.region === region && !reach.seen);
  const late = known.late.some((finding) => finding.region === region);
  const waiting = !available && !until;
  return {
    ...{ region, role, rpoSeconds: allowedAgeSeconds(source, place) },
    ...(available ? { available: momentOf(available) } : {}),
    ...(intact ? { intact: momentOf(intact) } : {}),
    ...(restorable ? { restorable: momentOf(restorable) } : {}),
    ...(until ? { latestMoment: until } : {}),
    state: late
      ? "late"
      : unknown && known.status.unknown.length > 0
        ? "not known"
        : waiting
          ? "waiting"
          : "ok",
  };
}

function momentOf({ point }: PointState) {
  return { point, at: new Date(pointMs(point)).toISOString() };
}

/** The quotas of both regions with what is used of them, as they were just seen. Pure. */
export function quotasOf({ looks, environment }: WatchView): StatusReport["quotas"] {
  const names = { "rds-instance": "snapshots", "rds-cluster": "cluster snapshots" } as const;
  return bothPlaces(environment).flatMap(({ region, role }) =>
    (["rds-instance", "rds-cluster"] as const).flatMap((kind) => {
      const seen = looks.get(region)?.get(kind);
      if (!seen || seen instanceof Problem) return [];
      const { manualSnapshots, copiesInFlight } = seen;
      return [
        ...(manualSnapshots ? [{ quota: `manual ${names[kind]}`, region, ...manualSnapshots }] : []),
        ...(copiesInFlight && role === "recovery"
          ? [{ quota: `copies of ${names[kind]} in flight`, region, ...copiesInFlight }]
          : []),
      ];
    }),
  );
}

/** The buckets that keep backups, by region. */
export function keptBuckets(environment: WatchView["environment"], region: string): string[] {
  const replicas = environment.sources
    .filter(({ kind, plan }) => kind === "bucket" && plan.copies.includes("recovery"))
    .map(({ name }) => replicaName(environment, name, environment.recoveryRegion));
  return [vaultName(environment, region), ...(region === environment.recoveryRegion ? replicas : [])];
}

/** The buckets that keep backups, with their sizes and how they grow. Pure. */
export function storageOf({ environment, sizes }: WatchView): StatusReport["storage"] {
  const { primaryRegion, recoveryRegion, storage } = environment;
  return [primaryRegion, recoveryRegion].flatMap((region) =>
    keptBuckets(environment, region).flatMap((bucket) => {
      const samples = sizes.get(bucket) ?? [];
      const bytes = samples.at(-1)?.bytes;
      if (bytes === undefined) return [];
      // A replica is as large as its source: the budget is about what Holdfast decides to keep.
      const isVault = bucket === vaultName(environment, region);
      const budgetBytes = isVault && storage ? storage.budgetGiB * 2 ** 30 : undefined;
      const growth = growthOf(samples, budgetBytes);
      return [
        {
          ...{ bucket, region, bytes },
          ...(growth ? { growthBytesPerDay: growth.bytesPerDay } : {}),
          ...(budgetBytes === undefined ? {} : { budgetBytes }),
          ...(growth?.fullOn ? { fullOn: growth.fullOn } : {}),
        },
      ];
    }),
  );
}

const rank = ["late", "not known", "has findings", "waiting", "ok"] as const;

function worstFirst(sources: readonly SourceReport[], now: Date): SourceReport[] {
  return sources
    .map((source) => ({ source, rank: rank.indexOf(source.state), used: usedOfRpo(source, now) }))
    .sort((a, b) => a.rank - b.rank || b.used - a.used || (a.source.source < b.source.source ? -1 : 1))
    .map(({ source }) => source);
}

/** How much of its RPO the oldest place of a source has used; 0 where there is nothing yet. */
function usedOfRpo({ places }: SourceReport, now: Date): number {
  const used = places.map(({ available, latestMoment, rpoSeconds }) => {
    const newestMs = Math.max(Date.parse(available?.at ?? "") || 0, Date.parse(latestMoment ?? "") || 0);
    return newestMs === 0 ? 0 : (now.getTime() - newestMs) / 1_000 / rpoSeconds;
  });
  return Math.max(0, ...used);
}
