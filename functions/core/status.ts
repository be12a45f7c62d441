import { isContinuousAt, placeKey, rpoSecondsAt } from "./continuity.ts";
import { decideRpo, type RpoView } from "./decide-rpo.ts";
import { ageSeconds, isPresent, newestPresent, type Place, type PointState } from "./point.ts";
import type { PointId } from "./slot.ts";
import type { Source } from "./source.ts";

/** The newest point of one sort, with its age now. */
export type Newest = { point: PointId; ageSeconds: number };

/** The latest moment of a place that can be restored out of automated backups; absent where nobody could look. */
export type Reach = Place & { until?: string; ageSeconds?: number; seen: boolean };

/** How one source stands. */
export type SourceStatus = {
  source: Source;
  /** The newest point that was taken and is still there. */
  taken?: Newest;
  /** The newest point whose copy is in the recovery region and still there. */
  copied?: Newest;
  /** The newest point that was re-read and compared in some region, and is still there. */
  verified?: Newest & { region: string };
  /** The places where its plan asks that every moment can be restored. */
  continuous: Reach[];
  /** `waiting`: nothing is there yet, and nothing is late. `not known`: only a look could tell, and there was none. */
  state: "ok" | "waiting" | "out of RPO" | "not known";
  /** What is late, one sentence each; the same that reconcile finds. */
  late: string[];
  /** What could not be judged, one sentence each. */
  unknown: string[];
};

/**
 * How a source stands, from its facts, and under continuous protection from what was just seen. What was seen lost does
 * not count, and what was not seen is not said to be well. Pure.
 */
export function statusOf(view: RpoView, source: Source): SourceStatus {
  const { primaryRegion, recoveryRegion } = view.environment;
  const points = view.points.get(source.name) ?? [];
  const primary: Place = { region: primaryRegion, role: "primary" };
  const recovery: Place = { region: recoveryRegion, role: "recovery" };
  const late = decideRpo(view, source).map(({ message }) => message);
  const usable = usablePoints(view.environment, source, points);
  const taken = newestPresent(usable, primary);
  const copied = newestPresent(points, recovery);
  const verified = newestVerified(points, [primary, recovery]);
  const known = taken !== undefined || copied !== undefined;
  const places = [primary, recovery].filter((place) => isContinuousAt(source, place));
  const unknown = places.flatMap((place) => notKnown(view, source, place));
  return {
    source,
    ...(taken ? { taken: aged(taken, view.now) } : {}),
    ...(copied ? { copied: aged(copied, view.now) } : {}),
    ...(verified ? { verified: { ...aged(verified.state, view.now), region: verified.region } } : {}),
    continuous: places.map((place) => reachOf(view, source, place)),
    state: late.length > 0 ? "out of RPO" : unknown.length > 0 ? "not known" : known ? "ok" : "waiting",
    late,
    unknown,
  };
}

/** The points that can be returned to: an archive that arrived and is not intact is none. */
export function usablePoints(
  { primaryRegion }: RpoView["environment"],
  { kind }: Source,
  points: readonly PointState[],
): readonly PointState[] {
  if (kind !== "archives") return points;
  return points.filter(({ facts }) => facts.has(`verified-${primaryRegion}`));
}

function reachOf({ restorable, now }: RpoView, { name }: Source, place: Place): Reach {
  const seen = restorable.get(placeKey(name, place.region));
  if (!seen?.until) return { ...place, seen: seen !== undefined };
  const ageSeconds = Math.max(0, Math.round((now.getTime() - Date.parse(seen.until)) / 1_000));
  return { ...place, seen: true, until: seen.until, ageSeconds };
}

/** Where nobody looked, a point that is young enough by itself is all that a vault can vouch for. */
function notKnown({ restorable, points, now }: RpoView, { name, plan }: Source, place: Place): string[] {
  if (restorable.has(placeKey(name, place.region))) return [];
  const newest = newestPresent(points.get(name) ?? [], place);
  if (newest && ageSeconds(newest.point, now) <= rpoSecondsAt(plan, place)) return [];
  return [
    `Up to when "${name}" can be restored in ${place.region} is not known: RDS could not be asked there.`,
  ];
}

function newestVerified(points: readonly PointState[], places: Place[]) {
  for (const state of points.toReversed()) {
    const place = places.find((one) => state.facts.has(`verified-${one.region}`) && isPresent(state, one));
    if (place) return { state, region: place.region };
  }
  return undefined;
}

function aged({ point }: PointState, now: Date): Newest {
  return { point, ageSeconds: Math.max(0, ageSeconds(point, now)) };
}
