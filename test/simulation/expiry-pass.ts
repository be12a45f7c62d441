import type { Source } from "../../functions/core/source.ts";
import { type House, regions } from "./expiry-house.ts";
import { type Entry, isReader, type Stamp } from "./expiry-ledger.ts";
import { demanded, type Seen } from "./expiry-oracle.ts";

/** One pass of expiry as the simulation watches it. */
export type Pass = {
  name: string;
  region: string;
  /** By how much its clock is wrong. */
  skewMs: number;
  startedMs: number;
  startedSeq: number;
  /** The sources of its environment. */
  sources: readonly Source[];
  /** When it began to list each vault as a whole, and which it has read to the end. */
  surveyed: Map<string, number>;
  read: Set<string>;
  /** When it began to look at what exists. */
  observed: number;
  /** When it looked last at the facts of one point in one vault. */
  looks: Map<string, number>;
  /** The objects of which it asked S3 for their locks. */
  headed: Set<string>;
  dead: boolean;
  crashAt: number;
  calls: number;
  /** Whether any of its calls failed or was cut off. */
  hindered: boolean;
  /** Whether IAM refused it something, as it should. */
  refused: boolean;
  /** Its calls, each until it is answered. */
  underWay: Promise<unknown>[];
};

/** A pass that begins now. */
export function beginPass(name: string, house: House, region: string, skewMs: number): Pass {
  return {
    ...{ name, region, skewMs, startedMs: house.clock.now(), startedSeq: ++house.ledger.seq },
    ...{ sources: house.deployed.get(region) ?? [], surveyed: new Map(), read: new Set(), looks: new Map() },
    observed: Number.POSITIVE_INFINITY,
    ...{ dead: false, crashAt: Number.POSITIVE_INFINITY, calls: 0, hindered: false, refused: false },
    ...{ headed: new Set(), underWay: [] },
  };
}

const weekMs = 7 * 24 * 3_600_000;
const damage = new Set(["artefact-lost", "copy-wrong", "archive-damaged", "drill-failed"]);

/** Whether the pass had to know what was recorded there and then. */
export function knows({ surveyed }: Pass, at: Stamp | undefined): boolean {
  return at !== undefined && at.seq < (surveyed.get(at.vault) ?? 0);
}

/** The source as the pass has to see it. */
export function sourceOf(house: House, pass: Pass, name: string): Source {
  const deployed = pass.sources.find((one) => one.name === name);
  return deployed ?? (house.ledger.lastDeclared(name, (at) => knows(pass, at)) as Source);
}

/** Whether the point counts as one of the region: its usable artefact was recorded, and never that it is gone. */
export function counts(pass: Pass, entry: Entry, region = pass.region): boolean {
  return knows(pass, entry.present.get(region)) && !entry.expired.has(region);
}

/** The points of the entry's source and job that are in the region, as the pass has to see them. */
export function standing(house: House, pass: Pass, { source, job }: Entry): Entry[] {
  const { region } = pass;
  return house.ledger
    .of(source)
    .filter((one) => one.job === job && counts(pass, one) && house.exists(one, region));
}

/** The same when the pass looked: what has gone since was there, also if another pass has recorded that it expired. */
function stood(house: House, pass: Pass, { source, job }: Entry): Entry[] {
  const { region } = pass;
  return house.ledger.of(source).filter((one) => {
    const then = (one.gone.get(region) ?? 0) > pass.observed && knows(pass, one.present.get(region));
    return one.job === job && (then || (counts(pass, one) && house.exists(one, region)));
  });
}

/** The same as retention sees it. */
export function seen(pass: Pass, entries: readonly Entry[]): Seen[] {
  return entries.map((one) => ({
    point: one.point,
    verified: knows(pass, one.verified.get(pass.region)),
    unwanted: knows(pass, one.unwanted),
  }));
}

/** What forbids the pass to mark or delete the point, by what it had to know when it began; the rules again. */
export function forbids(house: House, pass: Pass, entry: Entry): string[] {
  const { region } = pass;
  const nowMs = house.clock.now() + pass.skewMs;
  const why: string[] = [];
  for (const held of entry.holds) {
    const lapsed = isReader(held) && nowMs - held.at.ms >= weekMs - 60_000;
    if (knows(pass, held.at) && !knows(pass, held.released) && !lapsed) why.push(`held by ${held.id}`);
  }
  for (const { untilMs, seq, region: where } of entry.locked)
    if (where === region && seq < pass.startedSeq && untilMs > nowMs + 60_000) why.push("known to be locked");
  const there = standing(house, pass, entry);
  if (!there.includes(entry)) return [...why, ...forbidsLeftover(house, pass, entry)];
  const source = sourceOf(house, pass, entry.source);
  // Time goes on during a pass, and it decided at some time since it began.
  const times = [pass.startedMs + pass.skewMs, nowMs];
  const asked = [there, stood(house, pass, entry)].flatMap((points) =>
    times.map((ms) => demanded(seen(pass, points), source.plan.keep, ms)),
  );
  if (asked.every((points) => points.has(entry.point))) why.push("its plan demands it");
  for (const { finding, at, ended, about } of house.ledger.findings) {
    if (finding.source !== entry.source || !knows(pass, at) || knows(pass, ended)) continue;
    if (damage.has(finding.kind)) why.push(`${finding.kind} is open`);
    else if (
      about &&
      entry.point < about &&
      (finding.region === region || finding.kind.startsWith("archive-"))
    )
      why.push(`${finding.kind} is open about a newer one`);
  }
  const completed = (one: Entry) => Math.floor((one.present.get(region)?.ms ?? 0) / 1_000);
  const [primary = "", recovery = ""] = regions;
  if (region === recovery && source.kind === "rds-instance") {
    if (completed(entry) === Math.max(...there.map(completed))) why.push("the next copy builds upon it");
  }
  if (region === primary && source.plan.copies.length > 0 && !entry.present.has(recovery)) {
    const copied = house.ledger.of(entry.source).filter((one) => counts(pass, one, recovery));
    if (copied.every(({ point }) => point < entry.point)) why.push("it is still to be copied");
  }
  return why;
}

/** The same of an artefact that stands for no point: an attempt that failed, or what was to be gone. */
function forbidsLeftover(house: House, pass: Pass, entry: Entry): string[] {
  const { region } = pass;
  const [, recovery = ""] = regions;
  if (counts(pass, entry) || entry.expired.has(region) || house.snapshotsOf(entry, region).length === 0)
    return [];
  const newer = standing(house, pass, entry).some(({ point }) => point > entry.point);
  const again = region === recovery && counts(pass, entry, regions[0]);
  return [...(newer ? [] : ["nothing newer is there"]), ...(again ? ["its copy is tried again"] : [])];
}
