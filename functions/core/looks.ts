import { ownArtefacts } from "./artefacts.ts";
import { isContinuousAt, placeKey } from "./continuity.ts";
import type { Restorable } from "./decide-rpo.ts";
import type { Environment } from "./environment.ts";
import { isPresent, type Place, type PointFactEntry, type Points, presenceFact, withFacts } from "./point.ts";
import { Problem } from "./problem.ts";
import type { Observation } from "./provider.ts";
import { identifierOf, type SourceKind } from "./source.ts";

/** What looking at one region found, by kind of source; a problem where the look failed. */
export type Look = ReadonlyMap<SourceKind, Observation | Problem>;

/** What was just seen, by region. */
export type Looks = ReadonlyMap<string, Look>;

/**
 * A fact is believed for so long though a look does not show what it tells of: RDS's listings follow its changes with a
 * delay, and a look may have begun before the fact was there.
 */
export const believedSeconds = 900;

/** The first problem of looking at a region; undefined if all of it answered. */
export function problemOf(look: Look | undefined): Problem | undefined {
  if (!look) return new Problem("unavailable", "nobody has looked there", "Look again.");
  for (const seen of look.values()) if (seen instanceof Problem) return seen;
  return undefined;
}

/** The latest moments that were seen of automated backups, where a plan asks for them. A place nobody saw is absent. */
export function restorableSeen(environment: Environment, looks: Looks): Map<string, Restorable> {
  const restorable = new Map<string, Restorable>();
  for (const source of environment.sources) {
    for (const place of bothPlaces(environment)) {
      if (!isContinuousAt(source, place)) continue;
      const seen = looks.get(place.region)?.get(source.kind);
      if (!seen || seen instanceof Problem) continue;
      const until = seen.backups?.get(identifierOf(source))?.until;
      restorable.set(placeKey(source.name, place.region), until ? { until } : {});
    }
  }
  return restorable;
}

/**
 * The points with what was just seen of them: a snapshot that is there counts before its fact, and one that is gone does
 * not count, though its fact is there. Where nobody could look, the facts stand. Pure.
 */
export function pointsAsSeen(environment: Environment, points: Points, looks: Looks, now: Date): Points {
  const more: PointFactEntry[] = [];
  const storedAt = now.toISOString();
  for (const place of bothPlaces(environment)) {
    for (const [kind, seen] of looks.get(place.region) ?? []) {
      if (seen instanceof Problem || (kind !== "rds-instance" && kind !== "rds-cluster")) continue;
      const there = availableOf(environment, seen);
      for (const { name, kind: its } of environment.sources) {
        if (its !== kind) continue;
        const known = points.get(name) ?? [];
        const seenPoints = there.get(name) ?? new Set<string>();
        const facts = new Set(
          known.flatMap((state) => (state.facts.has(presenceFact(place)) ? [state.point] : [])),
        );
        for (const point of seenPoints)
          if (!facts.has(point)) more.push({ source: name, point, name: presenceFact(place), storedAt });
        for (const state of known)
          if (isPresent(state, place) && !seenPoints.has(state.point) && !isYoung(state.facts, place, now))
            more.push({ source: name, point: state.point, name: `lost-${place.region}`, storedAt });
      }
    }
  }
  return withFacts(points, more);
}

/** The two places of an environment. */
export function bothPlaces({ primaryRegion, recoveryRegion }: Environment): Place[] {
  return [
    { region: primaryRegion, role: "primary" },
    { region: recoveryRegion, role: "recovery" },
  ];
}

function isYoung(facts: ReadonlyMap<string, string>, place: Place, now: Date): boolean {
  return now.getTime() - Date.parse(facts.get(presenceFact(place)) ?? "") < believedSeconds * 1_000;
}

function availableOf(environment: Environment, { artefacts }: Observation): Map<string, Set<string>> {
  const { bySource } = ownArtefacts(environment, artefacts);
  const available = new Map<string, Set<string>>();
  for (const [source, points] of bySource) {
    const there = [...points].filter(([, own]) =>
      own.some(({ artefact }) => artefact.status === "available"),
    );
    available.set(source, new Set(there.map(([point]) => point)));
  }
  return available;
}
