import { isContinuousAt, placeKey, rpoSecondsAt } from "./continuity.ts";
import { allowedAgeSeconds, placesOf, type RpoView } from "./decide-rpo.ts";
import { type Declarations, heldWithin } from "./declarations.ts";
import type { DrillSummary } from "./drill-history.ts";
import { type Place, type PointState, presenceFact } from "./point.ts";
import { pointMs } from "./slot.ts";
import type { Source } from "./source.ts";

/** A span of time, in ms since 1970 UTC: from its beginning to just before its end. */
export type Span = { fromMs: number; untilMs: number };

/** Over so long an objective is looked back on. */
export const lookBackSeconds = 30 * 86_400;

/** When a finding was open: how long a continuously protected place was out of its RPO is no longer to be seen. */
export type Breaches = ReadonlyMap<string, readonly Span[]>;

/** What the past of objectives is told from: facts alone, so that any time later it is told the same. */
export type ObjectivesView = Pick<RpoView, "environment" | "points" | "now"> & {
  /** What each source was declared as, and when: each moment is held to what was asked then. */
  declarations: Declarations;
  /** Since when each source is declared at all. */
  declaredAt: ReadonlyMap<string, string>;
  /** By `placeKey`: when `rpo-breached` was open. */
  breaches: Breaches;
  /** By source: its drills that ended since `lookBackSeconds` ago, and the one before, oldest first. */
  ended: ReadonlyMap<string, readonly DrillSummary[]>;
};

/** One place of a source with the spans in which its RPO was not met, oldest first, within the last 30 days. */
export type RpoHistory = { place: Place; out: Span[] };

/**
 * When a source was out of its RPO, place by place. At any moment that is so exactly if `decideRpo` would have said it
 * then, by the facts that were stored by then and by what was declared then: an edit gives no spent budget back. Pure.
 */
export function rpoHistory(view: ObjectivesView, source: Source): RpoHistory[] {
  return placesOf(view, source).map((place) => {
    const owed = (by: Source) => placesOf(view, by).some(({ region }) => region === place.region);
    const terms = (by: Source) =>
      owed(by)
        ? `${isContinuousAt(by, place)} ${rpoSecondsAt(by.plan, place)} ${allowedAgeSeconds(by, place)}`
        : "";
    const out = (by: Source) => (owed(by) ? outOfRpo(view, by, place) : []);
    return { place, out: heldTo(view, source, terms, out) };
  });
}

/**
 * When a source's RTO was not met, by its drills: from the end of one that took longer, or failed, until the end of the
 * next that says otherwise. One that broke off says nothing, and before the first nothing is known. Pure.
 */
export function rtoHistory(view: ObjectivesView, source: Source): Span[] {
  const told = (view.ended.get(source.name) ?? []).filter(({ outcome }) => outcome !== "broken-off");
  const missed = ({ plan: { rtoSeconds = Number.POSITIVE_INFINITY } }: Source) =>
    told.flatMap(({ at, outcome, secondsToChecked = 0 }, index): Span[] => {
      if (outcome === "passed" && secondsToChecked <= rtoSeconds) return [];
      const until = told[index + 1]?.at;
      return [{ fromMs: Date.parse(at), untilMs: until ? Date.parse(until) : view.now.getTime() }];
    });
  const out = (by: Source) => (by.plan.rtoSeconds === undefined ? [] : missed(by));
  return heldTo(view, source, ({ plan }) => String(plan.rtoSeconds), out);
}

/** For how many seconds of the spans it was between two instants. Spans do not overlap. */
export function secondsWithin(spans: readonly Span[], fromMs: number, untilMs: number): number {
  let ms = 0;
  for (const span of spans)
    ms += Math.max(0, Math.min(span.untilMs, untilMs) - Math.max(span.fromMs, fromMs));
  return ms / 1_000;
}

/** What was out of the last 30 days, each stretch of them by what was declared then. */
function heldTo(
  { declarations, declaredAt, now }: ObjectivesView,
  source: Source,
  terms: (by: Source) => string,
  out: (by: Source) => readonly Span[],
): Span[] {
  const untilMs = now.getTime();
  const at = declaredAt.get(source.name);
  const known = declarations.get(source.name) ?? (at ? [{ at, source }] : []);
  const window = { fromMs: untilMs - lookBackSeconds * 1_000, untilMs };
  return joined(heldWithin(known, window, terms).flatMap((held) => within(held, out(held.by))));
}

function outOfRpo(view: ObjectivesView, source: Source, place: Place): Span[] {
  if (isContinuousAt(source, place))
    return [...(view.breaches.get(placeKey(source.name, place.region)) ?? [])];
  const points = view.points.get(source.name) ?? [];
  const rpoSeconds = rpoSecondsAt(source.plan, place);
  if (source.kind === "archives" && place.role === "recovery") return uncopied(view, points, rpoSeconds);
  const owedSeconds = allowedAgeSeconds(source, place);
  const declared = view.declaredAt.get(source.name);
  const baseMs = declared ? Date.parse(declared) : view.now.getTime();
  return tooOld(points, place, { owedMs: owedSeconds * 1_000, baseMs, nowMs: view.now.getTime() });
}

/** The moments of a place's points as they came and went, in order of time. */
type Change = { atMs: number; momentMs: number; comes: boolean };

/** When the newest point of a place was older than it may be. Where there was none, age counts from `baseMs`. */
function tooOld(
  points: readonly PointState[],
  place: Place,
  { owedMs, baseMs, nowMs }: { owedMs: number; baseMs: number; nowMs: number },
): Span[] {
  const out: Span[] = [];
  const there: number[] = [];
  let fromMs = baseMs;
  const close = (untilMs: number) => {
    const dueMs = (there.at(-1) ?? baseMs) + owedMs;
    if (untilMs > Math.max(fromMs, dueMs)) out.push({ fromMs: Math.max(fromMs, dueMs), untilMs });
    fromMs = untilMs;
  };
  for (const { atMs, momentMs, comes } of changesOf(points, place)) {
    if (atMs >= nowMs) break;
    close(atMs);
    if (comes) insert(there, momentMs);
    else there.splice(there.lastIndexOf(momentMs), 1);
  }
  close(nowMs);
  return joined(out);
}

function changesOf(points: readonly PointState[], place: Place): Change[] {
  const changes: Change[] = [];
  for (const { point, facts } of points) {
    const came = facts.get(presenceFact(place));
    if (came === undefined) continue;
    const momentMs = pointMs(point);
    const cameMs = Date.parse(came);
    changes.push({ atMs: cameMs, momentMs, comes: true });
    const went = [facts.get(`lost-${place.region}`), facts.get(`expired-${place.region}`)].flatMap((at) =>
      at === undefined ? [] : [Date.parse(at)],
    );
    // Facts that were mirrored together may be stored in any order: what has gone was there before.
    if (went.length > 0) changes.push({ atMs: Math.max(cameMs, Math.min(...went)), momentMs, comes: false });
  }
  return changes.sort((a, b) => a.atMs - b.atMs || Number(b.comes) - Number(a.comes));
}

/** Into an ascending list; nearly always at its end. */
function insert(ascending: number[], value: number): void {
  let index = ascending.length;
  while (index > 0 && (ascending[index - 1] as number) > value) index--;
  ascending.splice(index, 0, value);
}

/** Each intact archive is owed in the recovery region within the RPO of its arrival, for as long as it is in the drop. */
function uncopied(
  { environment, now }: ObjectivesView,
  points: readonly PointState[],
  rpoSeconds: number,
): Span[] {
  const { primaryRegion, recoveryRegion } = environment;
  const out = points.flatMap((state): Span[] => {
    // Facts that are mirrored come in any order: it counts from when all that makes it owed was known.
    const known = [state.facts.get("available"), state.facts.get(`verified-${primaryRegion}`)];
    if (known.includes(undefined)) return [];
    const ends = [
      state.facts.get(`verified-${recoveryRegion}`),
      state.facts.get(`lost-${primaryRegion}`),
      state.facts.get(`expired-${primaryRegion}`),
    ].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
    const fromMs = Math.max(
      pointMs(state.point) + rpoSeconds * 1_000,
      ...known.map((at) => Date.parse(at ?? "")),
    );
    const untilMs = Math.min(now.getTime(), ...ends);
    return untilMs > fromMs ? [{ fromMs, untilMs }] : [];
  });
  return joined(out.sort((a, b) => a.fromMs - b.fromMs));
}

/** Spans in order of their beginnings, with those that touch or overlap made one. */
function joined(spans: readonly Span[]): Span[] {
  const whole: Span[] = [];
  for (const span of spans) {
    const last = whole.at(-1);
    if (last && span.fromMs <= last.untilMs) last.untilMs = Math.max(last.untilMs, span.untilMs);
    else whole.push({ ...span });
  }
  return whole;
}

/** What of the spans lies in the window, in order. */
function within({ fromMs, untilMs }: Span, spans: readonly Span[]): Span[] {
  const cut = spans
    .map((span) => ({ fromMs: Math.max(span.fromMs, fromMs), untilMs: Math.min(span.untilMs, untilMs) }))
    .filter((span) => span.untilMs > span.fromMs);
  return joined(cut.sort((a, b) => a.fromMs - b.fromMs));
}

/** The spans of a finding's episodes: since when each was so, and until when. `ended` absent: it still is. */
export function spansOf(
  episodes: readonly { since: string; ended?: string | undefined }[],
  now: Date,
): Span[] {
  return episodes
    .map(({ since, ended }) => ({
      fromMs: Date.parse(since),
      untilMs: ended ? Date.parse(ended) : now.getTime(),
    }))
    .filter(({ fromMs, untilMs }) => untilMs > fromMs)
    .sort((a, b) => a.fromMs - b.fromMs);
}
