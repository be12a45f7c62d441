import { isContinuousAt, rpoSecondsAt } from "./continuity.ts";
import { creatingIsStuckSeconds } from "./decide-database.ts";
import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { lookBackSeconds, type ObjectivesView } from "./objectives.ts";
import { type Pauses, pausedSpans } from "./pause.ts";
import type { Place } from "./point.ts";
import { pointMs, type Slot, slotAt, slotOf } from "./slot.ts";
import type { ArchivesSource, Source } from "./source.ts";

/** What is told from which slots are owed. */
export type OwedView = Pick<ObjectivesView, "environment" | "points" | "now"> & {
  /** Since when each source is declared as it is now: slots that were asked otherwise are not owed. */
  redeclaredAt: ReadonlyMap<string, string>;
  pauses: Pauses;
};

/** At most so many slots are named, the newest: a source that is never taken would have thousands. */
export const namedSlots = 200;

/**
 * The slots of the last 30 days that owed a point and have none, oldest first. One is owed since the plan was declared as
 * it is now, and its point may take as long as the RPO: by then a newer one must be there in any case. A point that was
 * taken and is gone again is not owed: that it was lost is told of the point. Pure.
 */
export function owedSlots(view: OwedView, source: Source): Slot[] {
  const all = source.kind === "archives" ? owedArrivals(view, source) : owedPoints(view, source);
  return all.slice(-namedSlots);
}

/**
 * That slots are owed, for as long as the newest of those that could have a point by now has none. The instant is the same
 * for whoever computes it. Pure.
 */
export function owedFindings(
  view: OwedView,
  source: Source,
  owed: readonly Slot[] = owedSlots(view, source),
): Finding[] {
  // Of archives `archive-missing` tells.
  const newest = owed.at(-1);
  if (source.kind === "archives" || newest === undefined) return [];
  const { everySeconds } = source.plan;
  if (newest !== newestDue(view, source)) return [];
  let [first, count] = [owed.length - 1, 1];
  while (first > 0 && gapSeconds(owed[first - 1] as Slot, owed[first] as Slot) === everySeconds) {
    first -= 1;
    count += 1;
  }
  const slot = owed[first] as Slot;
  const place = placeOf(view, source);
  const what = count === 1 ? `The slot ${slot}` : `${count} slots since ${slot}`;
  return [
    {
      kind: "point-owed",
      source: source.name,
      detail: place.region,
      since: new Date(pointMs(slot) + graceSecondsOf(view, source) * 1_000).toISOString(),
      region: place.region,
      message: `${what} of "${source.name}" ${count === 1 ? "has" : "have"} no point, and one is owed every ${formatDuration(everySeconds)}.`,
      fix: "Run: holdfast explain; see what else is found of the source.",
    },
  ];
}

function owedPoints(view: OwedView, source: Source): Slot[] {
  const { everySeconds } = source.plan;
  const newest = newestDue(view, source);
  if (newest === undefined) return [];
  const taken = new Set<string>();
  const fact = source.kind === "bucket" ? `copied-${view.environment.recoveryRegion}` : "available";
  for (const { point, facts } of view.points.get(source.name) ?? []) if (facts.has(fact)) taken.add(point);
  const owed: Slot[] = [];
  const paused = pausedSpans(view.pauses.get(source.name));
  const everyMs = everySeconds * 1_000;
  for (let ms = pointMs(newest); ms > oldestMs(view, source) && owed.length < namedSlots; ms -= everyMs) {
    const slot = slotOf(new Date(ms));
    const isPaused = paused.some(({ fromMs, untilMs }) => fromMs < ms + everyMs && untilMs > ms);
    if (!taken.has(slot) && !isPaused) owed.push(slot);
  }
  return owed.reverse();
}

/** The newest slot that must have a point by now; undefined if none had to since the plan is as it is. */
function newestDue(view: OwedView, source: Source): Slot | undefined {
  const { now } = view;
  const graceSeconds = graceSecondsOf(view, source);
  const slot = slotAt(new Date(now.getTime() - graceSeconds * 1_000), source.plan.everySeconds);
  return pointMs(slot) > oldestMs(view, source) ? slot : undefined;
}

/** Periods since the newest archive in which none arrived. */
function owedArrivals(view: OwedView, source: ArchivesSource): Slot[] {
  const arrived = (view.points.get(source.name) ?? []).findLast(({ facts }) => facts.has("available"));
  const fromMs = Math.max(arrived ? pointMs(arrived.point) : 0, oldestMs(view, source));
  const owed: Slot[] = [];
  const periodMs = source.arrivesSeconds * 1_000;
  const graceMs = source.plan.rpoSeconds * 1_000;
  for (let ms = fromMs + periodMs; ms + graceMs < view.now.getTime(); ms += periodMs)
    owed.push(slotOf(new Date(ms)));
  return owed;
}

/** How long a slot's point may take. Under continuous protection the RPO is about minutes, and snapshots take as long as ever. */
function graceSecondsOf(view: OwedView, source: Source): number {
  const place = placeOf(view, source);
  if (isContinuousAt(source, place)) return source.plan.everySeconds + creatingIsStuckSeconds;
  return rpoSecondsAt(source.plan, place);
}

function oldestMs({ now, redeclaredAt }: OwedView, { name }: Source): number {
  const since = redeclaredAt.get(name);
  return Math.max(now.getTime() - lookBackSeconds * 1_000, since ? Date.parse(since) : now.getTime());
}

/** Where a source's slots are owed first: a bucket's point is its replica. */
function placeOf({ environment }: OwedView, { kind }: Source): Place {
  return kind === "bucket"
    ? { region: environment.recoveryRegion, role: "recovery" }
    : { region: environment.primaryRegion, role: "primary" };
}

function gapSeconds(a: Slot, b: Slot): number {
  return (pointMs(b) - pointMs(a)) / 1_000;
}
