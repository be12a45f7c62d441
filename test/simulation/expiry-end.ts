import type { Source } from "../../functions/core/source.ts";
import { type House, primaryRegion, recoveryRegion, regions } from "./expiry-house.ts";
import type { Entry } from "./expiry-ledger.ts";
import { demanded } from "./expiry-oracle.ts";

/** Holds what is left in the end to what the plans demand: no less, and in the end no more. */
export function checkInTheEnd(house: House, broken: string[]): void {
  const { ledger } = house;
  for (const { name } of house.environment.sources) {
    const deployed = house.deployed.get(primaryRegion)?.find((source) => source.name === name);
    const source = deployed ?? (ledger.lastDeclared(name) as Source);
    for (const region of regions) {
      if (source.kind === "archives" && region === primaryRegion) continue;
      for (const there of jobsOf(house, name, region)) {
        const kept = keptOf(house, source, region, there);
        for (const { point } of there)
          if (!kept.has(point)) broken.push(`${point} of ${name} is still in ${region} in the end`);
      }
    }
  }
  for (const entry of ledger.entries.values()) {
    for (const region of regions) {
      if (isRubbish(house, entry, region))
        broken.push(`what failed of ${entry.point} of ${entry.source} is still in ${region} in the end`);
      const left = house.exists(entry, region) || house.snapshotsOf(entry, region).length > 0;
      const what = `${entry.point} of ${entry.source}`;
      if (entry.expired.has(region) && left) broken.push(`${what} expired in ${region} and is there`);
      // An attempt that failed was no point: nobody asks what became of it.
      const wasPoint = entry.present.has(region);
      if (entry.deleted.has(region) && wasPoint && !left && !entry.expired.has(region))
        broken.push(`${what} was deleted in ${region}, and no fact says so`);
    }
  }
  for (const one of ledger.frozen) broken.push(`${one} is told to be frozen in the end`);
  for (const one of ledger.foreign.keys()) {
    const there = one.startsWith("arn:") ? house.rds.snapshots.has(one) : true;
    if (!there) broken.push(`${one} is not ours, and gone`);
  }
}

/** Whether there are but failed attempts at a point that will not be tried again, and newer points are there. */
function isRubbish(house: House, entry: Entry, region: string): boolean {
  const present = (one: Entry, where: string) => one.present.has(where) && !one.expired.has(where);
  if (present(entry, region) || house.snapshotsOf(entry, region).length === 0) return false;
  if (region === recoveryRegion && present(entry, primaryRegion)) return false;
  return house.ledger
    .of(entry.source)
    .some((one) => one.point > entry.point && present(one, region) && house.exists(one, region));
}

/** The points of a source that are in a region: recorded, not recorded as gone, and existing; of archives by job. */
function jobsOf(house: House, source: string, region: string): Entry[][] {
  const jobs = new Map<string, Entry[]>();
  for (const entry of house.ledger.of(source)) {
    if (!entry.present.has(region) || !house.exists(entry, region)) continue;
    jobs.set(entry.job, [...(jobs.get(entry.job) ?? []), entry]);
  }
  return [...jobs.values()];
}

function keptOf(house: House, source: Source, region: string, there: readonly Entry[]): Set<string> {
  const points = there.map(({ point, verified, unwanted }) => {
    return { point, verified: verified.has(region), unwanted: unwanted !== undefined };
  });
  const kept = demanded(points, source.plan.keep, house.clock.now());
  const completed = (one: Entry) => Math.floor((one.present.get(region)?.ms ?? 0) / 1_000);
  if (region === recoveryRegion && source.kind === "rds-instance") {
    const last = Math.max(...there.map(completed));
    for (const one of there) if (completed(one) === last) kept.add(one.point);
  }
  if (region === primaryRegion && source.plan.copies.length > 0) {
    const copies = house.ledger.of(source.name).filter((one) => one.present.has(recoveryRegion));
    const newest = copies
      .filter((one) => !one.expired.has(recoveryRegion))
      .reduce((max, { point }) => (point > max ? point : max), "");
    for (const one of there) if (!one.present.has(recoveryRegion) && one.point > newest) kept.add(one.point);
  }
  return kept;
}
