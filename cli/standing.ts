import { readPoints } from "../functions/catalog/read-points.ts";
import type { Answer } from "../functions/core/api/routes.ts";
import { isContinuousAt } from "../functions/core/continuity.ts";
import type { Finding } from "../functions/core/finding.ts";
import type { Place } from "../functions/core/point.ts";
import type { PlaceReport, SourceReport } from "../functions/core/report.ts";
import { pointMs } from "../functions/core/slot.ts";
import type { Source } from "../functions/core/source.ts";
import { type Newest, type SourceStatus, statusOf } from "../functions/core/status.ts";
import type { Client } from "./client.ts";
import { type Drilled, newestDrills } from "./drills.ts";
import { type House, readOpenFindings } from "./house.ts";
import { everything } from "./pages.ts";
import { lookForRestorable, readContinuity } from "./restorable.ts";
import type { Io } from "./verb.ts";

/** How everything stands, and who tells it. */
export type Standing = {
  /** The region whose vault tells it. */
  region: string;
  /** ISO-8601 UTC: when it was looked at. */
  at: string;
  /** The report is too old to say anything of now. */
  stale: boolean;
  silent: House["silent"];
  /** Where nobody could look at what is there. */
  unseen: { region: string; reason: string }[];
  sources: (SourceStatus & { drill?: Drilled })[];
  findings: Finding[];
};

/** Read out of a vault and looked at now, where the glass is broken. */
export async function standingOf(client: Client, house: House, io: Io): Promise<Standing> {
  const { environment, declaredAt, region, silent } = house;
  const points = await readPoints(house.world.catalog);
  const findings = await readOpenFindings(house.world);
  const continuity = await readContinuity(house);
  const { restorable, unseen } = await lookForRestorable(house, io);
  const now = io.now();
  const view = { environment, points, declaredAt, continuity, restorable, now };
  const drills = await newestDrills(client, environment.sources);
  const sources = environment.sources.map((source) => {
    const status = statusOf(view, source);
    const drill = drills.get(source.name);
    return { ...withoutLive(status), ...(drill ? { drill } : {}) };
  });
  return { region, at: now.toISOString(), stale: false, silent, unseen, sources, findings };
}

/** As the watch of the region that answers saw it last. */
export async function reportedStanding(client: Client, io: Io): Promise<Standing> {
  const report = await client.ask("getStatus");
  const declared = await everything((query) => client.ask("listSources", { query }));
  const reported = new Map(report.sources.map((one) => [one.source, one]));
  const unseen = report.regions.flatMap(({ region, answered, reason = "" }) =>
    answered ? [] : [{ region, reason }],
  );
  return {
    ...{ region: report.region, at: report.at, stale: report.stale, silent: client.silent, unseen },
    sources: declared.map(({ source }) =>
      statusFrom(source, reported.get(source.name), report, report.stale ? new Date(report.at) : io.now()),
    ),
    findings: report.findings,
  };
}

/** The same that `statusOf` says. A source that the watch has not seen yet has nothing to show. */
function statusFrom(
  source: Source,
  report: SourceReport | undefined,
  { regions }: Answer<"getStatus">,
  now: Date,
): Standing["sources"][number] {
  const { places = [], late = [], unknown = [], drill } = report ?? {};
  const at = (role: Place["role"]) => places.find((place) => place.role === role);
  const [taken, copied] = [newest(at("primary")?.available, now), newest(at("recovery")?.available, now)];
  const verified = places
    .flatMap(({ intact, region }) => (intact ? [{ ...aged(intact.point, now), region }] : []))
    .reduce<(Newest & { region: string }) | undefined>(
      (best, one) => (best && best.ageSeconds <= one.ageSeconds ? best : one),
      undefined,
    );
  const known = taken !== undefined || copied !== undefined;
  return {
    source,
    ...(taken ? { taken } : {}),
    ...(copied ? { copied } : {}),
    ...(verified ? { verified } : {}),
    continuous: places.flatMap((place) =>
      isContinuousAt(source, place)
        ? [reach(place, regions.find((one) => one.region === place.region)?.answered ?? false, now)]
        : [],
    ),
    state: late.length > 0 ? "out of RPO" : unknown.length > 0 ? "not known" : known ? "ok" : "waiting",
    late,
    unknown,
    ...(drill ? { drill: drilledOf(drill) } : {}),
  };
}

/** A bucket's own region has the bucket itself: its points are its replica's. */
function withoutLive(status: SourceStatus): SourceStatus {
  if (status.source.kind !== "bucket") return status;
  const { taken: _, ...rest } = status;
  return rest;
}

function reach({ region, role, latestMoment: until }: PlaceReport, seen: boolean, now: Date) {
  if (!until) return { region, role, seen };
  const ageSeconds = Math.max(0, Math.round((now.getTime() - Date.parse(until)) / 1_000));
  return { region, role, seen: true, until, ageSeconds };
}

function drilledOf({ drill, point, outcome, rtoSeconds }: NonNullable<SourceReport["drill"]>): Drilled {
  return { drill, point, outcome, ...(rtoSeconds === undefined ? {} : { rtoSeconds }) };
}

function newest(moment: { point: string } | undefined, now: Date): Newest | undefined {
  return moment && aged(moment.point, now);
}

function aged(point: string, now: Date): Newest {
  return { point, ageSeconds: Math.max(0, Math.round((now.getTime() - pointMs(point)) / 1_000)) };
}
