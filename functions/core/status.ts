import { decideRpo, type RpoView } from "./decide-rpo.ts";
import { ageSeconds, isPresent, newestPresent, type Place, type PointState } from "./point.ts";
import type { PointId } from "./slot.ts";
import type { Source } from "./source.ts";

/** The newest point of one sort, with its age now. */
export type Newest = { point: PointId; ageSeconds: number };

/** How one source stands. */
export type SourceStatus = {
  source: Source;
  /** The newest point that was taken and is still there. */
  taken?: Newest;
  /** The newest point whose copy is in the recovery region and still there. */
  copied?: Newest;
  /** The newest point that was re-read and compared in some region, and is still there. */
  verified?: Newest & { region: string };
  /** `waiting`: nothing is there yet, and nothing is late. */
  state: "ok" | "waiting" | "out of RPO";
  /** What is late, one sentence each; the same that reconcile finds. */
  late: string[];
};

/** How a source stands, from its facts alone. What was seen lost does not count. Pure. */
export function statusOf(view: RpoView, source: Source): SourceStatus {
  const { primaryRegion, recoveryRegion } = view.environment;
  const points = view.points.get(source.name) ?? [];
  const primary: Place = { region: primaryRegion, role: "primary" };
  const recovery: Place = { region: recoveryRegion, role: "recovery" };
  const late = decideRpo(view, source).map(({ message }) => message);
  // An archive that arrived and is not intact is no point to return to.
  const usable =
    source.kind === "archives"
      ? points.filter(({ facts }) => facts.has(`verified-${primaryRegion}`))
      : points;
  const taken = newestPresent(usable, primary);
  const copied = newestPresent(points, recovery);
  const verified = newestVerified(points, [primary, recovery]);
  const known = taken !== undefined || copied !== undefined;
  return {
    source,
    ...(taken ? { taken: aged(taken, view.now) } : {}),
    ...(copied ? { copied: aged(copied, view.now) } : {}),
    ...(verified ? { verified: { ...aged(verified.state, view.now), region: verified.region } } : {}),
    state: late.length > 0 ? "out of RPO" : known ? "ok" : "waiting",
    late,
  };
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
