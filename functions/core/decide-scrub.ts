import type { Action, Situation } from "./decision.ts";
import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { isPresent, type Place, type PointState } from "./point.ts";
import type { ArchivesSource } from "./source.ts";

/** What scrubbing is decided from. */
export type ScrubView = Pick<Situation, "environment" | "region" | "points" | "redeclaredAt" | "now">;

/** A copy is asked to be read again when so much of the period is over: the rest is for the queue and for what fails. */
export const scrubShare = 0.75;

/** So many are asked for in one pass, so that what arrived together is not read together. */
export const scrubsPerPass = 10;

/** Asks for the copies whose last reading is longest ago to be read again, in the region where they are. Pure. */
export function decideScrub(view: ScrubView, source: ArchivesSource): Action[] {
  const { region, environment, now } = view;
  const { scrubSeconds } = source.plan;
  if (!scrubSeconds || region !== environment.recoveryRegion) return [];
  const dueMs = now.getTime() - scrubShare * scrubSeconds * 1_000;
  return (
    lastReadings(view, source)
      .filter(({ ms }) => ms <= dueMs)
      .slice(0, scrubsPerPass)
      // The reading is named by the one before: asked for again and again, it is done once.
      .map(({ point, ms }) => ({ do: "scrub", source, point, attempt: Math.floor(ms / 1_000) }))
  );
}

/** The copies that were not read again within the plan's period, from facts alone. Pure. */
export function scrubFindings(view: ScrubView, source: ArchivesSource): Finding[] {
  const { scrubSeconds } = source.plan;
  if (!scrubSeconds) return [];
  const { recoveryRegion: region } = view.environment;
  // Where the plan has just begun to ask for it, the rest of the period that `scrubShare` leaves is for catching up.
  const askedMs = Date.parse(view.redeclaredAt.get(source.name) ?? "") || 0;
  const catchUpMs = askedMs + (1 - scrubShare) * scrubSeconds * 1_000;
  const nowMs = view.now.getTime();
  if (nowMs < catchUpMs) return [];
  const late = lastReadings(view, source).filter(({ ms }) => nowMs - ms > scrubSeconds * 1_000);
  const [oldest] = late;
  if (!oldest) return [];
  const period = formatDuration(scrubSeconds);
  return [
    {
      ...{ kind: "scrub-overdue", source: source.name, detail: region, region },
      since: new Date(oldest.ms + scrubSeconds * 1_000).toISOString(),
      message: `${late.length} archive(s) of "${source.name}" in ${region} were not read again within ${period}, first ${oldest.point}.`,
      fix: "Look at the queue and the log of verify there.",
    },
  ];
}

/** When each copy that is there was read last and found right, longest ago first. */
function lastReadings(
  { environment, points }: ScrubView,
  source: ArchivesSource,
): { point: string; ms: number }[] {
  const place: Place = { region: environment.recoveryRegion, role: "recovery" };
  return (points.get(source.name) ?? [])
    .filter((state) => isPresent(state, place) && state.facts.has(`verified-${place.region}`))
    .map((state) => ({ point: state.point, ms: lastMs(state, place.region) }))
    .sort((a, b) => a.ms - b.ms);
}

function lastMs({ facts }: PointState, region: string): number {
  let last = "";
  for (const [name, storedAt] of facts) {
    const isReading = name === `verified-${region}` || name.startsWith(`checked-${region}-`);
    if (isReading && storedAt > last) last = storedAt;
  }
  return Date.parse(last);
}
