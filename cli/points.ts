import { pointsOf } from "../functions/catalog/keys.ts";
import { readPoints } from "../functions/catalog/read-points.ts";
import { isContinuousAt, placeKey } from "../functions/core/continuity.ts";
import type { Restorable } from "../functions/core/decide-rpo.ts";
import { formatDuration } from "../functions/core/duration.ts";
import {
  ageSeconds,
  isPresent,
  lastFailure,
  type Place,
  type PointState,
  presenceFact,
} from "../functions/core/point.ts";
import type { Source } from "../functions/core/source.ts";
import { placesOf, sourceNamed } from "./house.ts";
import { lookForRestorable, moment } from "./restorable.ts";
import { table } from "./table.ts";
import type { Verb } from "./verb.ts";

/** How many points people are shown; programs get all. */
const shownPoints = 50;

/** The recovery points of one source, newest first, and where each of them is. */
export const points: Verb = async ([name = ""], house, _options, io) => {
  const source = sourceNamed(house, name);
  const known = (await readPoints(house.world.catalog, pointsOf(name))).get(name) ?? [];
  const newestFirst = known.toReversed();
  const places = placesOf(house);
  const { restorable, unseen } = await lookForRestorable(house, io, [source]);
  const moments = places.filter((place) => isContinuousAt(source, place));
  const columns = [
    "POINT",
    "AGE",
    ...places.map(({ region, role }) => `${role.toUpperCase()} (${region})`),
    "VERIFIED",
  ];
  const rows = newestFirst
    .slice(0, shownPoints)
    .map((state) => [
      state.point,
      formatDuration(Math.max(0, ageSeconds(state.point, io.now()))),
      ...places.map((place) => stateAt(state, place)),
      verifiedIn(state, places).join(", ") || "-",
    ]);
  const more =
    known.length > shownPoints ? [`${known.length - shownPoints} older ones: --json lists all.`] : [];
  return {
    json: {
      source: source.name,
      region: house.region,
      silent: house.silent,
      unseen,
      continuous: moments.map((place) => ({ ...place, ...restorable.get(placeKey(name, place.region)) })),
      points: newestFirst.map(({ point, facts }) => ({
        point,
        places: places.map((place) => ({ ...place, state: stateAt({ point, facts }, place) })),
        verified: verifiedIn({ point, facts }, places),
        facts: Object.fromEntries(facts),
      })),
    },
    text: [
      ...moments.map(({ region }) =>
        sayMoments(source, region, restorable.get(placeKey(name, region)), io.now()),
      ),
      ...unseen.map(({ region, reason }) => `RDS in ${region} could not be asked: ${reason}`),
      ...(known.length > 0 ? [...table([columns, ...rows]), ...more] : [`"${name}" has no points yet.`]),
    ],
    exitCode: 0,
  };
};

/** Between points, what automated backups reach. */
function sayMoments(source: Source, region: string, seen: Restorable | undefined, now: Date): string {
  const where = `Every moment in ${region}`;
  if (!seen) return `${where}: not known.`;
  const back = formatDuration((source.plan.pointInTime?.days ?? 0) * 86_400);
  if (!seen.until) return `${where}: none; its automated backups are off, or none is complete yet.`;
  const ageSeconds = Math.max(0, Math.round((now.getTime() - Date.parse(seen.until)) / 1_000));
  return `${where}: up to ${moment(seen.until)} (${formatDuration(ageSeconds)} ago), back for ${back} at most.`;
}

function stateAt(state: PointState, place: Place): string {
  if (isPresent(state, place)) return "yes";
  if (state.facts.has(`expired-${place.region}`)) return "expired";
  if (state.facts.has(presenceFact(place))) return "lost";
  const { attempt } = lastFailure(state, place.region);
  return attempt > 0 ? `failed (${attempt})` : "-";
}

function verifiedIn(state: PointState, places: Place[]): string[] {
  return places.filter(({ region }) => state.facts.has(`verified-${region}`)).map(({ region }) => region);
}
