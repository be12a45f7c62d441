import type { Situation } from "./decision.ts";
import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { isPresent, newestPresent, type Place, type PointState } from "./point.ts";
import { pointMs } from "./slot.ts";
import type { ArchivesSource, Source } from "./source.ts";

/** What the RPO of a source is told from. */
export type RpoView = Pick<Situation, "environment" | "points" | "declaredAt" | "now">;

/**
 * The places at which a source is out of its RPO, from facts alone, so that either region can tell it. The age
 * of a place is that of the newest point known to be there; where none ever was, it counts from the declaration.
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

function pointsRpo(situation: RpoView, source: Source): Finding[] {
  const points = situation.points.get(source.name) ?? [];
  return placesOf(situation, source).flatMap((place) => {
    const newest = newestPresent(points, place);
    const fromMs = newest ? pointMs(newest.point) : declaredMs(situation, source);
    const what = place.role === "primary" ? "snapshot" : "copy";
    const last = newest ? `the newest ${what} known is of ${newest.point}` : `there has been no ${what} yet`;
    return overdue(situation, source, place.region, fromMs + source.plan.rpoSeconds * 1_000, {
      kind: "rpo-breached",
      message: `"${source.name}" is out of its RPO of ${formatDuration(source.plan.rpoSeconds)} in ${place.region}: ${last}.`,
      fix: "Run: holdfast status; look at the source's RDS or S3.",
    });
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
    const message = `The archive "${copyOwed.point}" of "${source.name}" has no verified copy in ${recoveryRegion}.`;
    findings.push(
      ...overdue(situation, source, recoveryRegion, pointMs(copyOwed.point) + rpoMs, {
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

function declaredMs(situation: RpoView, source: Source): number {
  return Date.parse(situation.declaredAt.get(source.name) ?? situation.now.toISOString());
}
