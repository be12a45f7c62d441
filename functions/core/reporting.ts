import { placeKey, rpoSecondsAt } from "./continuity.ts";
import { decideRpo, placesOf, type RpoView } from "./decide-rpo.ts";
import type { DrillHistory } from "./drill-history.ts";
import { type Finding, severityOf } from "./finding.ts";
import { bothPlaces, type Looks, problemOf } from "./looks.ts";
import { isPresent, newestPresent, type Place, type PointState } from "./point.ts";
import { Problem } from "./problem.ts";
import type { PlaceReport, SourceReport, StatusReport } from "./report.ts";
import { pointMs } from "./slot.ts";
import { identifierOf, type Source } from "./source.ts";
import { type SourceStatus, statusOf, usablePoints } from "./status.ts";
import { threeTwoOne } from "./three-two-one.ts";

/** What a report is made from. `points` and `restorable` are as they were just seen (looks.ts). */
export type ReportView = RpoView & {
  /** The region whose watch makes it. */
  region: string;
  looks: Looks;
  drills: ReadonlyMap<string, DrillHistory>;
  /** The findings that are open. */
  open: readonly Finding[];
};

/** How protected the environment is. The same facts and the same look give the same report. Pure. */
export function reportOf(view: ReportView): StatusReport {
  const { environment, region, now, open } = view;
  const { primaryRegion, recoveryRegion } = environment;
  const openOf = new Map<string, Finding[]>();
  for (const finding of open) openOf.set(finding.source, [...(openOf.get(finding.source) ?? []), finding]);
  const sources = environment.sources.map((source) =>
    sourceReport(view, source, openOf.get(source.name) ?? []),
  );
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
    storage: [],
  };
}

function sourceReport(view: ReportView, source: Source, open: readonly Finding[]): SourceReport {
  const { name, kind, plan } = source;
  const status = statusOf(view, source);
  const drills = view.drills.get(name);
  const ended = drills?.newest;
  const late = decideRpo(view, source);
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
    owed: [],
    budgets: [],
    threeTwoOne: threeTwoOne(view, source, open),
    openFindings: open.length,
  };
}

function drillOf({ drill, at, outcome, point, secondsToChecked }: NonNullable<DrillHistory["newest"]>) {
  const measured = secondsToChecked === undefined ? {} : { rtoSeconds: secondsToChecked };
  return { drill, at, outcome, point, ...measured };
}

function placeReport(
  view: ReportView,
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
    ...{ region, role, rpoSeconds: rpoSecondsAt(source.plan, place) },
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

function quotasOf({ looks, environment }: ReportView): StatusReport["quotas"] {
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
