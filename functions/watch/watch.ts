import { type Listing, openEpisodes, readCatalog, readOpen } from "../catalog/whole.ts";
import { placeKey } from "../core/continuity.ts";
import { embeddedMetrics } from "../core/embedded-metrics.ts";
import type { Finding } from "../core/finding.ts";
import { judge, judgeAgain, type WatchView } from "../core/judging.ts";
import { bothPlaces, type Looks, pointsAsSeen, restorableSeen } from "../core/looks.ts";
import { type Breaches, type Span, spansOf } from "../core/objectives.ts";
import { quotasOf, reportOf, storageOf } from "../core/reporting.ts";
import { watchFindings } from "../core/watching.ts";
import { log } from "../glue.ts";
import { readDrills } from "../passes/drills.ts";
import { settleFindings } from "../passes/settle.ts";
import type { WatchWorld } from "../watch-world.ts";
import { readDeclarations } from "./declarations.ts";
import { readEnded } from "./ended.ts";
import { lookAtBoth } from "./look.ts";
import { readSizes } from "./sizes.ts";
import { readTraces } from "./traces.ts";

/**
 * One pass of the watch: it looks at both regions, judges how well everything is protected, opens and ends what it finds,
 * writes all of it down for whoever asks, and leaves a trace that it was there. It may be run at any time and twice at once. Throws `Problem` only when this
 * region's own vault cannot be read or written; then no trace is left, and that is what alarms go by.
 */
export async function watch(world: WatchWorld): Promise<void> {
  const { catalog, region } = world;
  // As in a pass of the reconciler: a fact in the listing is older than the look.
  const listing = await readCatalog(catalog);
  const open = await readOpen(catalog, openEpisodes(listing));
  const [looks, traces, sizes] = await Promise.all([lookAtBoth(world), readTraces(world), readSizes(world)]);
  const [drills, ended] = [await readDrills(world, listing), await readEnded(world, listing)];
  const declarations = await readDeclarations(world, listing);
  const view = viewOf(world, listing, { looks, traces, sizes, drills, ended, declarations, open });

  const judged = judge(view);
  const found = watchFindings(view, judged, { quotas: quotasOf(view), storage: storageOf(view) });
  await settleFindings(world, { listing, open, found, by: "watch" });
  // As it is once all of that is recorded: who reads the report would not know of a finding of this very pass.
  const settled = { ...view, open: openNow(open, found, listing) };
  const report = reportOf(settled, judgeAgain(settled, judged));
  await catalog.writeIndex("status", `${JSON.stringify(report)}\n`);
  world.measure(embeddedMetrics(report, world.now()));
  const beats = await world.leaveHeartbeat();
  log("watched", {
    region,
    ok: report.ok,
    late: report.sources.filter(({ state }) => state === "late").map(({ source }) => source),
    silent: report.regions.filter(({ answered }) => !answered),
    findings: found.length,
    heartbeats: beats.filter(({ taken }) => !taken),
  });
}

type Read = Pick<WatchView, "traces" | "sizes" | "drills" | "ended" | "declarations" | "open"> & {
  looks: Looks;
};

function viewOf(world: WatchWorld, listing: Listing, read: Read): WatchView {
  const { environment, region } = world;
  const now = world.now();
  const recorded = listing.points.sorted();
  const declared = [...listing.declared];
  return {
    ...{ environment, region, now, recorded, ...read },
    points: pointsAsSeen(environment, recorded, read.looks, now),
    restorable: restorableSeen(environment, read.looks),
    continuity: listing.continuity.sorted,
    declaredAt: new Map(declared.map(([source, { firstAt }]) => [source, firstAt])),
    redeclaredAt: new Map(declared.map(([source, { newestAt }]) => [source, newestAt])),
    pauses: listing.pauses,
    breaches: breachesOf(world, listing, now),
  };
}

/** When continuously protected places were out of their RPO: what was told of it is all that is left to see. */
function breachesOf({ environment }: WatchWorld, listing: Listing, now: Date): Breaches {
  const episodes = Map.groupBy(listing.episodes.values(), ({ id }) => id);
  const breaches = new Map<string, readonly Span[]>();
  for (const source of environment.sources) {
    for (const place of bothPlaces(environment)) {
      // Of every place: one that is not protected continuously any more may have been.
      const told = episodes.get(`rpo-breached.${source.name}.${place.region}`) ?? [];
      if (told.length === 0) continue;
      const spans = spansOf(
        told.map(({ since, facts }) => ({ since, ended: facts.get("ended") })),
        now,
      );
      breaches.set(placeKey(source.name, place.region), spans);
    }
  }
  return breaches;
}

/** What is open after this pass has settled what it found, with the instants that the episodes were opened under. */
function openNow(before: readonly Finding[], found: readonly Finding[], listing: Listing): Finding[] {
  const known = new Map(
    [...found, ...before].map((finding) => [`${finding.kind}.${finding.source}.${finding.detail}`, finding]),
  );
  return openEpisodes(listing).flatMap(({ id, since }) => {
    const finding = known.get(id);
    return finding ? [{ ...finding, since }] : [];
  });
}
