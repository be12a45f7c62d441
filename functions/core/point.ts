import { type PointId, pointMs } from "./slot.ts";

/**
 * What is known of one recovery point: the names of its facts, each with the instant (ISO-8601 UTC) at which
 * this region's vault stored it. The names are those of catalog/keys.ts.
 */
export type PointState = { point: PointId; facts: ReadonlyMap<string, string> };

/** All points of all sources: by source, each list in order of time. */
export type Points = ReadonlyMap<string, readonly PointState[]>;

/** A fact's place in a listing, as catalog/keys.ts parses it. */
export type PointFactEntry = { source: string; point: PointId; name: string; storedAt: string };

/**
 * Facts by source and point, as a listing is read. They may come in any order and from both vaults; of one that comes
 * twice the earliest instant stays.
 */
export class PointFacts implements Iterable<PointFactEntry> {
  readonly #bySource = new Map<string, Map<PointId, Map<string, string>>>();

  add({ source, point, name, storedAt }: PointFactEntry): void {
    const points = this.#bySource.get(source) ?? new Map<PointId, Map<string, string>>();
    if (points.size === 0) this.#bySource.set(source, points);
    const facts = points.get(point) ?? new Map<string, string>();
    if (facts.size === 0) points.set(point, facts);
    const known = facts.get(name);
    if (!known || storedAt < known) facts.set(name, storedAt);
  }

  has({ source, point, name }: Omit<PointFactEntry, "storedAt">): boolean {
    return this.#bySource.get(source)?.get(point)?.has(name) ?? false;
  }

  *[Symbol.iterator](): Generator<PointFactEntry> {
    for (const [source, points] of this.#bySource)
      for (const [point, facts] of points)
        for (const [name, storedAt] of facts) yield { source, point, name, storedAt };
  }

  /** The points as they are known now. */
  sorted(): Points {
    const sorted = new Map<string, PointState[]>();
    for (const [source, points] of this.#bySource) {
      const list = [...points].map(([point, facts]) => ({ point, facts }));
      sorted.set(
        source,
        list.sort((a, b) => (a.point < b.point ? -1 : 1)),
      );
    }
    return sorted;
  }
}

/** Gathers facts into points. */
export function gatherPoints(entries: Iterable<PointFactEntry>): Points {
  const facts = new PointFacts();
  for (const entry of entries) facts.add(entry);
  return facts.sorted();
}

/** The points with one more fact each, for what was seen but is not recorded yet. */
export function withFacts(points: Points, more: readonly PointFactEntry[]): Points {
  if (more.length === 0) return points;
  const merged = new Map(points);
  for (const { source, point, name, storedAt } of more) {
    const list = [...(merged.get(source) ?? [])];
    const index = list.findIndex((state) => state.point >= point);
    const there = list[index]?.point === point ? list[index] : undefined;
    const state = { point, facts: new Map(there?.facts).set(name, storedAt) };
    list.splice(index < 0 ? list.length : index, there ? 1 : 0, state);
    merged.set(source, list);
  }
  return merged;
}

/** Where a point can be: as it was taken, or as its copy. */
export type Place = { region: string; role: "primary" | "recovery" };

/** The fact that says that the point's artefact is usable at the place. */
export function presenceFact({ region, role }: Place): "available" | `copied-${string}` {
  return role === "primary" ? "available" : `copied-${region}`;
}

/** Whether the point's artefact is there: seen usable once, not seen gone since, and not expired. */
export function isPresent({ facts }: PointState, place: Place): boolean {
  const gone = facts.has(`lost-${place.region}`) || facts.has(`expired-${place.region}`);
  return facts.has(presenceFact(place)) && !gone;
}

/** The newest point whose artefact is at the place. */
export function newestPresent(points: readonly PointState[], place: Place): PointState | undefined {
  return points.findLast((state) => isPresent(state, place));
}

/** The highest attempt of which the point has a `failed-<region>-<attempt>` fact, and when it was stored; else 0. */
export function lastFailure(
  state: PointState | undefined,
  region: string,
): { attempt: number; storedAt: string } {
  let last = { attempt: 0, storedAt: "" };
  for (const [name, storedAt] of state?.facts ?? []) {
    if (!name.startsWith(`failed-${region}-`)) continue;
    const attempt = Number(name.slice(`failed-${region}-`.length));
    if (attempt > last.attempt) last = { attempt, storedAt };
  }
  return last;
}

/** The age of a point in seconds: its slot is the moment to which the source can return. */
export function ageSeconds(point: PointId, now: Date): number {
  return (now.getTime() - pointMs(point)) / 1_000;
}
