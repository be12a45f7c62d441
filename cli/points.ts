import type { Answer } from "../functions/core/api/routes.ts";
import type { PointView } from "../functions/core/api/sources.ts";
import { isContinuousAt, placeKey } from "../functions/core/continuity.ts";
import type { Restorable } from "../functions/core/decide-rpo.ts";
import { formatDuration } from "../functions/core/duration.ts";
import { ageSeconds, type Place } from "../functions/core/point.ts";
import type { Source } from "../functions/core/source.ts";
import type { Client } from "./client.ts";
import { everything } from "./pages.ts";
import { lookForRestorable, moment, type Seen } from "./restorable.ts";
import { table } from "./table.ts";
import type { ApiVerb, Io } from "./verb.ts";

/** How many points people are shown; programs get all. */
const shownPoints = 50;

/** The recovery points of one source, newest first, and where each of them is. */
export const points: ApiVerb = async ([name = ""], client, _options, io) => {
  const { primaryRegion, recoveryRegion, region } = client.about;
  const { source } = await client.ask("getSource", { params: { source: name } });
  const known = await everything((query) => client.ask("listPoints", { params: { source: name }, query }));
  const places: Place[] = [
    { region: primaryRegion, role: "primary" },
    { region: recoveryRegion, role: "recovery" },
  ];
  const moments = places.filter((place) => isContinuousAt(source, place));
  const { restorable, unseen } = moments.length > 0 ? await latestMoments(source, client, io) : nothing;
  const columns = [
    "POINT",
    "AGE",
    ...places.map((place) => `${place.role.toUpperCase()} (${place.region})`),
    "VERIFIED",
  ];
  const rows = known
    .slice(0, shownPoints)
    .map((view) => [
      view.point,
      formatDuration(Math.max(0, ageSeconds(view.point, io.now()))),
      ...view.places.map(({ state }) => said[state]),
      view.intactIn.join(", ") || "-",
    ]);
  const more =
    known.length > shownPoints ? [`${known.length - shownPoints} older ones: --json lists all.`] : [];
  return {
    json: {
      ...{ source: source.name, region, silent: client.silent, unseen },
      continuous: moments.map((place) => ({ ...place, ...restorable.get(placeKey(name, place.region)) })),
      points: known,
    },
    text: [
      ...moments.map((place) =>
        sayMoments(source, place.region, restorable.get(placeKey(name, place.region)), io.now()),
      ),
      ...unseen.map((one) => `RDS in ${one.region} could not be asked: ${one.reason}`),
      ...(known.length > 0 ? [...table([columns, ...rows]), ...more] : [`"${name}" has no points yet.`]),
    ],
    exitCode: 0,
  };
};

const said: Record<PointView["places"][0]["state"], string> = {
  present: "yes",
  absent: "-",
  "in progress": "in progress",
  expired: "expired",
  lost: "lost",
  failed: "failed",
};

const nothing: Seen = { restorable: new Map(), unseen: [] };

/** Up to when every moment can be restored: seen now, where the glass is broken; else as the watch saw it last. */
async function latestMoments(source: Source, client: Client, io: Io): Promise<Seen> {
  if (client.house) return lookForRestorable(client.house, io, [source]);
  const report: Answer<"getStatus"> = await client.ask("getStatus");
  const unseen = report.regions.flatMap(({ region, answered, reason = "" }) =>
    report.stale
      ? [{ region, reason: `the watch in ${report.region} has stopped` }]
      : answered
        ? []
        : [{ region, reason }],
  );
  const { places = [] } = report.sources.find((one) => one.source === source.name) ?? {};
  const seen = places.filter(({ region }) => !unseen.some((one) => one.region === region));
  const moments = seen.map(({ region, latestMoment: until }): [string, Restorable] => [
    placeKey(source.name, region),
    until ? { until } : {},
  ]);
  return { restorable: new Map(moments), unseen };
}

/** Between points, what automated backups reach. */
function sayMoments(source: Source, region: string, seen: Restorable | undefined, now: Date): string {
  const where = `Every moment in ${region}`;
  if (!seen) return `${where}: not known.`;
  const back = formatDuration((source.plan.pointInTime?.days ?? 0) * 86_400);
  if (!seen.until) return `${where}: none; its automated backups are off, or none is complete yet.`;
  const ageSeconds = Math.max(0, Math.round((now.getTime() - Date.parse(seen.until)) / 1_000));
  return `${where}: up to ${moment(seen.until)} (${formatDuration(ageSeconds)} ago), back for ${back} at most.`;
}
