import { openEpisodes, readCatalog, readOpen } from "../catalog/whole.ts";
import { pointsAsSeen, restorableSeen } from "../core/looks.ts";
import { reportOf } from "../core/reporting.ts";
import { log } from "../glue.ts";
import { readDrills } from "../passes/drills.ts";
import type { WatchWorld } from "../watch-world.ts";
import { lookAtBoth } from "./look.ts";

/**
 * One pass of the watch: it looks at both regions, judges how well everything is protected, writes that down for whoever
 * asks, and leaves a trace that it was there. It may be run at any time and twice at once. Throws `Problem` only when this
 * region's own vault cannot be read or written; then no trace is left, and that is what alarms go by.
 */
export async function watch(world: WatchWorld): Promise<void> {
  const { catalog, environment, region } = world;
  // As in a pass of the reconciler: a fact in the listing is older than the look.
  const listing = await readCatalog(catalog);
  const looks = await lookAtBoth(world);
  const now = world.now();
  const report = reportOf({
    ...{ environment, region, now, looks },
    points: pointsAsSeen(environment, listing.points.sorted(), looks, now),
    restorable: restorableSeen(environment, looks),
    continuity: listing.continuity.sorted,
    declaredAt: new Map([...listing.declared].map(([source, { firstAt }]) => [source, firstAt])),
    drills: await readDrills(world, listing),
    open: await readOpen(catalog, openEpisodes(listing)),
  });
  await catalog.writeIndex("status", `${JSON.stringify(report)}\n`);
  const beats = await world.leaveHeartbeat();
  log("watched", {
    region,
    ok: report.ok,
    late: report.sources.filter(({ state }) => state === "late").map(({ source }) => source),
    silent: report.regions.filter(({ answered }) => !answered),
    heartbeats: beats.filter(({ taken }) => !taken),
  });
}
