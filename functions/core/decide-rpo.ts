import { isContinuousAt, placeKey, rpoSecondsAt } from "./continuity.ts";
import { copyingIsStuckSeconds, creatingIsStuckSeconds } from "./decide-database.ts";
import type { Situation } from "./decision.ts";
import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { isPresent, newestPresent, type Place, type PointState } from "./point.ts";
import { pointMs } from "./slot.ts";
import type { ArchivesSource, Source } from "./source.ts";

/** What the RPO of a source is told from. */
export type RpoView = Pick<Situation, "environment" | "points" | "declaredAt" | "now" | "continuity"> & {
  /** The latest moments that automated backups reach, by `placeKey`; a place is absent if nobody looked there now. */
  restorable: ReadonlyMap<string, Restorable>;
};

/** The latest moment of a place that can be restored out of automated backups, ISO-8601 UTC; absent if none can. */
export type Restorable = { until?: string };

/**
 * RDS uploads logs every five minutes, and a pass looks every five: the latest moment may be so much older than the RPO
 * and be within it again before anybody could do anything.
 */
export const uploadGraceSeconds = 300;

/**
 * The places at which a source is out of its RPO, from facts alone, so that either region can tell it. The age
 * of a place is that of the newest point known to be there; where none ever was, it counts from the declaration.
 * Under continuous protection the latest moment that can be restored is the newest point. It is no fact, so a place is
 * judged by it only by who has looked there: its own region's pass, or a person.
 */
export function decideRpo(situation: RpoView, source: Source): Finding[] {
  return source.kind === "archives" ? archivesRpo(situation, source) : pointsRpo(situation, source);
}

/** Where a source's points are owed: databases are in both regions; a bucket's point is its replica. */
export function placesOf(situation: Pick<Situation, "environment">, source: Source): Place[] {
  const { primaryRegion, recoveryRegion } = situation.environment;
  const places: Place[] = [];
  if (source.kind !== "bucket") places.push({ region: primaryRegion, role: "primary" });
  if (source.plan.copies.includes("recovery")) places.push({ region: recoveryRegion, role: "recovery" });
  return places;
}

/** The age from which on a place is late: the RPO, and of archives, which come by themselves, a period of theirs besides. */
export function allowedAgeSeconds(source: Source, place: Pick<Place, "role">): number {
  return rpoSecondsAt(source.plan, place) + (source.kind === "archives" ? source.arrivesSeconds : 0);
}

function pointsRpo(situation: RpoView, source: Source): Finding[] {
  return placesOf(situation, source).flatMap((place) => {
    if (isContinuousAt(source, place)) {
      return [...snapshotsLate(situation, source, place), ...continuousRpo(situation, source, place)];
    }
    const newest = newestPresent(situation.points.get(source.name) ?? [], place);
    const fromMs = newest ? pointMs(newest.point) : declaredMs(situation, source);
    const what = place.role === "primary" ? "snapshot" : "copy";
    const last = newest ? `the newest ${what} known is of ${newest.point}` : `there has been no ${what} yet`;
    return breached(situation, source, place, { fromMs, last });
  });
}

/** Before the protection of a place has begun for the first time, it is `continuity-broken` that tells if it is late. */
function continuousRpo(situation: RpoView, source: Source, place: Place): Finding[] {
  const key = placeKey(source.name, place.region);
  const seen = situation.restorable.get(key);
  const state = situation.continuity.get(key)?.at(-1)?.name;
  if (!seen || (state !== "began" && state !== "broke")) return [];
  const newest = newestPresent(situation.points.get(source.name) ?? [], place);
  const moments = [
    newest ? pointMs(newest.point) : undefined,
    seen.until ? Date.parse(seen.until) : undefined,
  ].filter((ms) => ms !== undefined);
  const fromMs = moments.length > 0 ? Math.max(...moments) : declaredMs(situation, source);
  const last =
    moments.length > 0 ? `the latest moment that can be restored is ${second(fromMs)}` : "there is none";
  return breached(situation, source, place, { fromMs, last, graceSeconds: uploadGraceSeconds });
}

function breached(
  situation: RpoView,
  source: Source,
  place: Place,
  { fromMs, last, graceSeconds = 0 }: { fromMs: number; last: string; graceSeconds?: number },
): Finding[] {
  const rpoSeconds = rpoSecondsAt(source.plan, place);
  const dueMs = fromMs + rpoSeconds * 1_000;
  if (situation.now.getTime() <= dueMs + graceSeconds * 1_000) return [];
  return overdue(situation, source, place.region, dueMs, {
    kind: "rpo-breached",
    message: `"${source.name}" is out of its RPO of ${formatDuration(rpoSeconds)} in ${place.region}: ${last}.`,
    fix: "Run: holdfast status; look at the source's RDS or S3.",
  });
}

/**
 * Automated backups reach back for some days, and end with their database: its snapshots are owed all the same. They
 * are late once one would be stuck, so that copies which rightly take hours are not.
 */
function snapshotsLate(situation: RpoView, source: Source, place: Place): Finding[] {
  const newest = newestPresent(situation.points.get(source.name) ?? [], place);
  const fromMs = newest ? pointMs(newest.point) : declaredMs(situation, source);
  const [what, stuckSeconds] =
    place.role === "primary"
      ? (["snapshot", creatingIsStuckSeconds] as const)
      : (["copy", copyingIsStuckSeconds] as const);
  const last = newest ? `the newest is of ${newest.point}` : "there has been none yet";
  const owed = `one is owed every ${formatDuration(source.plan.everySeconds)}`;
  const dueMs = fromMs + (source.plan.everySeconds + stuckSeconds) * 1_000;
  return overdue(situation, source, place.region, dueMs, {
    kind: "snapshots-late",
    message: `"${source.name}" has no new ${what} in ${place.region}: ${last}, and ${owed}.`,
    fix: "Run: holdfast points; see what else is found of the source.",
  });
}

/**
 * For archives: one is owed in every period of `arrives`, late by the RPO at most; and each intact archive is
 * owed in the recovery region within the RPO of its arrival.
 */
function archivesRpo(situation: RpoView, source: ArchivesSource): Finding[] {
  const { primaryRegion, recoveryRegion } = situation.environment;
  const points = situation.points.get(source.name) ?? [];
  const rpoMs = source.plan.rpoSeconds * 1_000;
  const arrived = newestPresent(points, { region: primaryRegion, role: "primary" });
  const fromMs = arrived ? pointMs(arrived.point) : declaredMs(situation, source);
  const last = arrived ? `the newest arrived at ${arrived.point}` : "none has arrived yet";
  const findings = overdue(situation, source, primaryRegion, fromMs + source.arrivesSeconds * 1_000 + rpoMs, {
    kind: "archive-missing",
    message: `No archive arrived for "${source.name}", which owes one every ${formatDuration(source.arrivesSeconds)}: ${last}.`,
    fix: "Look at the job that writes the archives.",
  });
  const copyOwed = oldestWithoutCopy(points, primaryRegion, recoveryRegion);
  if (copyOwed && source.plan.copies.includes("recovery")) {
    const copyRpoMs = rpoSecondsAt(source.plan, { role: "recovery" }) * 1_000;
    const message = `The archive "${copyOwed.point}" of "${source.name}" has no verified copy in ${recoveryRegion}.`;
    findings.push(
      ...overdue(situation, source, recoveryRegion, pointMs(copyOwed.point) + copyRpoMs, {
        kind: "rpo-breached",
        message,
        fix: "Look at the verify function's log there.",
      }),
    );
  }
  return findings;
}

function oldestWithoutCopy(
  points: readonly PointState[],
  primary: string,
  recovery: string,
): PointState | undefined {
  return points.find(
    (state) =>
      isPresent(state, { region: primary, role: "primary" }) &&
      state.facts.has(`verified-${primary}`) &&
      !state.facts.has(`verified-${recovery}`),
  );
}

function overdue(
  situation: RpoView,
  source: Source,
  region: string,
  dueMs: number,
  what: Pick<Finding, "kind" | "message" | "fix">,
): Finding[] {
  if (situation.now.getTime() <= dueMs) return [];
  return [{ ...what, source: source.name, detail: region, since: new Date(dueMs).toISOString(), region }];
}

function second(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function declaredMs(situation: RpoView, source: Source): number {
  return Date.parse(situation.declaredAt.get(source.name) ?? situation.now.toISOString());
}
