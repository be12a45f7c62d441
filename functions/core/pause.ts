/** A change of a source's schedule: paused until an instant, or, without one, resumed. ISO-8601 UTC. */
export type PauseChange = { at: string; until?: string };

/** The changes of each source, in whatever order. */
export type Pauses = ReadonlyMap<string, readonly PauseChange[]>;

/** The longest that a schedule can be paused. */
export const longestPauseSeconds = 7 * 86_400;

/** The pause that holds now; undefined if the schedule goes on. The newest change decides, and a pause ends by itself. */
export function pauseNow(
  changes: readonly PauseChange[] | undefined,
  now: Date,
): (PauseChange & { until: string }) | undefined {
  const newest = changes?.reduce<PauseChange | undefined>(
    (last, one) => (last && last.at > one.at ? last : one),
    undefined,
  );
  if (!newest?.until || Date.parse(newest.until) <= now.getTime()) return undefined;
  return { ...newest, until: newest.until };
}

/** Adds a change to those that are known, once. */
export function addPause(known: Map<string, PauseChange[]>, source: string, change: PauseChange): void {
  const changes = known.get(source) ?? [];
  if (changes.some(({ at, until }) => at === change.at && until === change.until)) return;
  known.set(source, [...changes, change]);
}

/** When a schedule was paused, in ms since 1970: each pause until its end, or until the next change. Oldest first. */
export function pausedSpans(
  changes: readonly PauseChange[] | undefined,
): { fromMs: number; untilMs: number }[] {
  const sorted = (changes ?? []).toSorted((a, b) => (a.at < b.at ? -1 : 1));
  return sorted.flatMap(({ at, until }, index) => {
    if (until === undefined) return [];
    const next = sorted[index + 1];
    const endsMs = next ? Math.min(Date.parse(until), Date.parse(next.at)) : Date.parse(until);
    return [{ fromMs: Date.parse(at), untilMs: endsMs }];
  });
}
