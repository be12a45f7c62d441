import { type Finding, type FindingKind, findingSeverities } from "../../functions/core/finding.ts";
import type { Retention } from "../../functions/core/plan.ts";
import { slotOf } from "../../functions/core/slot.ts";
import type { Source } from "../../functions/core/source.ts";
import { type House, primaryRegion, recoveryRegion, regions } from "./expiry-house.ts";
import type { Entry } from "./expiry-ledger.ts";
import type { Random } from "./random.ts";

const minuteMs = 60_000;

/** What people, other functions and AWS do to a house meanwhile. Each doing says what it did. */
export type Doing = (at: { house: House; random: Random; say(line: string): void }) => Promise<void>;

const damage = (["artefact-lost", "copy-wrong", "archive-damaged", "drill-failed"] as FindingKind[]).filter(
  (kind) => kind in findingSeverities,
);

/** A retention that keeps little, of few tiers, and at least something. */
export function retentionOf(random: Random): Retention {
  const keep: Record<string, number> = {};
  for (const tier of ["last", "hourly", "daily", "weekly", "monthly", "yearly"])
    if (random.chance(0.35)) keep[tier] = random.below(4);
  return Object.values(keep).some((count) => count > 0) ? keep : { ...keep, daily: 1 + random.below(3) };
}

const somePoint = (house: House, random: Random, which: (entry: Entry) => boolean): Entry | undefined => {
  const fitting = [...house.ledger.entries.values()].filter(which);
  return fitting.length > 0 ? random.pick(fitting) : undefined;
};
const sourceOf = (house: House, name: string) =>
  house.environment.sources.find((source) => source.name === name) as Source;
const upRegion = (house: House, random: Random) => random.pick(regions.filter((one) => one !== house.away));
const nameOf = ({ source, point }: Entry) => `${point} of ${source}`;

const take: Doing = async ({ house, random, say }) => {
  const source = random.pick(house.environment.sources);
  const now = slotOf(new Date(house.clock.now()));
  const digest = random
    .below(2 ** 32)
    .toString(16)
    .padStart(8, "0");
  const point = source.kind === "archives" ? `${now}-${digest}` : now;
  if (house.away === primaryRegion || house.ledger.entry(source.name, point)) return;
  if (regions.some((region) => house.isNameTaken(source, point, region))) return;
  const entry = await house.take(source, point, source.kind === "archives" ? random.pick(["a", "b"]) : "");
  say(`${nameOf(entry)} is taken`);
  if (source.plan.copies.length > 0 && !house.away && random.chance(0.5)) await house.copy(source, entry);
};

const copy: Doing = async ({ house, random, say }) => {
  if (house.away) return;
  const entry = somePoint(house, random, (one) => {
    const copied = one.present.has(recoveryRegion) || sourceOf(house, one.source).plan.copies.length === 0;
    if (house.isNameTaken(sourceOf(house, one.source), one.point, recoveryRegion)) return false;
    return !copied && (one.job !== "" || house.exists(one, primaryRegion));
  });
  if (!entry) return;
  const lockMs =
    entry.job && random.chance(0.3) ? house.clock.now() + random.below(5 * 1_440) * minuteMs + 1 : 0;
  await house.copy(sourceOf(house, entry.source), entry, lockMs);
  say(`${nameOf(entry)} is copied${lockMs ? `, locked until ${new Date(lockMs).toISOString()}` : ""}`);
};

const verify: Doing = async ({ house, random, say }) => {
  const region = upRegion(house, random);
  const entry = somePoint(house, random, (one) => house.exists(one, region));
  if (!entry) return;
  await house.verify(entry, region);
  say(`${nameOf(entry)} is verified in ${region}`);
};

const fail: Doing = async ({ house, random, say }) => {
  const region = upRegion(house, random);
  const source = random.pick(house.environment.sources.filter(({ kind }) => kind !== "archives"));
  const uncopied = somePoint(house, random, (one) => !one.job && !one.present.has(recoveryRegion));
  const again = region === recoveryRegion && random.chance(0.5) ? uncopied : undefined;
  // The reconciler copies nothing that is marked, and a mark is an hour old before anything is deleted for it.
  if (again && again.marks.length > 0) return;
  const point = again?.point ?? slotOf(new Date(house.clock.now() - random.below(300) * minuteMs));
  if (!source || (!again && house.ledger.entry(source.name, point))) return;
  if (house.isNameTaken(again ? sourceOf(house, again.source) : source, point, region)) return;
  const entry = again ?? house.ledger.add(source.name, point, "");
  house.putSnapshot(sourceOf(house, entry.source), point, region, { status: "failed" });
  await house.fact(entry, `failed-${region}-1`, region, { fact: "failed", reason: "x" });
  say(`${nameOf(entry)} failed in ${region}`);
};

const hold: Doing = async ({ house, random, say }) => {
  const entry = somePoint(house, random, (one) => one.deleted.size < 2);
  if (!entry) return;
  const id = `${random.pick(["", "", "restore-"])}${house.ledger.seq}`;
  const region = upRegion(house, random);
  await house.hold(entry, id, region);
  say(`${nameOf(entry)} is held by ${id}, in the vault of ${region}`);
};

const discard: Doing = async ({ house, random, say }) => {
  const entry = somePoint(house, random, (one) => !one.unwanted && one.deleted.size < 2);
  if (!entry) return;
  const region = upRegion(house, random);
  await house.discard(entry, region);
  say(`somebody wants ${nameOf(entry)} deleted, in the vault of ${region}`);
};

const drill: Doing = async ({ house, random, say }) => {
  const region = upRegion(house, random);
  const entry = somePoint(house, random, (one) => house.exists(one, region));
  if (entry) say(`a drill of ${nameOf(entry)} begins in ${region}: ${await house.drill(entry, region)}`);
};

const release: Doing = async ({ house, random, say }) => {
  const entry = somePoint(house, random, ({ holds }) => holds.some(({ released }) => !released));
  const held = entry?.holds.find(({ released }) => !released);
  if (!entry || !held) return;
  await house.release(entry, held, upRegion(house, random));
  say(`${nameOf(entry)} is released by ${held.id}`);
};

const damaged: Doing = async ({ house, random, say }) => {
  const { name: source } = random.pick(house.environment.sources);
  const region = upRegion(house, random);
  const finding = findingOf(house, {
    kind: random.pick(damage),
    source,
    region,
    detail: `d${house.ledger.seq}`,
  });
  await house.open(finding, region);
  say(`finding ${finding.kind} of ${source}`);
};

const doubted: Doing = async ({ house, random, say }) => {
  const region = upRegion(house, random);
  const entry = somePoint(house, random, () => true);
  if (!entry) return;
  const slot = entry.point.toLowerCase();
  const [kind, detail] = entry.job
    ? random.pick([
        ["archive-suspect", entry.point.slice(-8)],
        ["archive-unverified", `${entry.point.slice(-8)}-${region}`],
      ] as const)
    : random.pick([
        ["snapshot-failed", slot],
        ["copy-failed", slot],
        ["artefact-stuck", `${region}-${slot}`],
      ] as const);
  const again = house.ledger.findings.some(
    ({ finding }) => finding.kind === kind && finding.detail === detail,
  );
  if (again) return;
  await house.open(findingOf(house, { kind, source: entry.source, region, detail }), region, entry.point);
  say(`finding ${kind} about ${nameOf(entry)} in ${region}`);
};

const endFinding: Doing = async ({ house, random, say }) => {
  const open = house.ledger.findings.filter(({ ended }) => !ended);
  if (open.length === 0) return;
  const one = random.pick(open);
  await house.end(one, upRegion(house, random));
  say(`finding ${one.finding.kind} of ${one.finding.source} ends`);
};

const deploy: Doing = async ({ house, random, say }) => {
  if (house.away) return;
  const { name } = random.pick(house.environment.sources);
  const last = house.ledger.lastDeclared(name) as Source;
  // Declarations are named by the second.
  if (house.ledger.declared.some(({ at }) => house.clock.now() - at.ms < 1_000)) return;
  const withdrawn = random.chance(0.3);
  const source = { ...last, plan: { ...last.plan, keep: withdrawn ? last.plan.keep : retentionOf(random) } };
  if (!withdrawn) await house.declare(source, primaryRegion);
  const where = random.chance(0.6) ? regions : [random.pick(regions)];
  for (const region of where) {
    const others = (house.deployed.get(region) ?? []).filter((one) => one.name !== name);
    house.deployed.set(region, withdrawn ? others : [...others, source]);
  }
  say(`${name} is ${withdrawn ? "withdrawn" : JSON.stringify(source.plan.keep)} in ${where.join(" and ")}`);
};

const foreign: Doing = async ({ house, random, say }) => {
  const source = random.pick(house.environment.sources);
  const region = upRegion(house, random);
  const point = slotOf(new Date(house.clock.now() - (1 + random.below(40_000)) * minuteMs));
  if (house.ledger.entry(source.name, point)) return;
  if (source.kind === "archives") {
    const digest = "0badc0de";
    const Key = random.pick([
      ...[`archives/${source.name}/readme.txt`, `archives/${source.name}-2/${point}-${digest}/x`],
      `archives/${source.name}/${point}-${digest}/x`,
    ]);
    const put = await house.s3("PutObject", { Bucket: house.vault(recoveryRegion), Key, Body: "foreign" });
    house.ledger.addForeign((put as { VersionId: string }).VersionId);
    say(`somebody puts ${Key}`);
    return;
  }
  const id = `${house.environment.name}-${source.name}-${point.toLowerCase()}`;
  const ours = house.tags(source.name, point);
  const [name, tags] = random.pick([
    ...([
      [id, []],
      [`${id}-copy`, ours],
      [`${id}-r10`, ours],
      [`${id}-r1`, ours],
    ] as const),
    ...([
      [id, house.tags(source.name, "20250101T0000Z")],
      [id, house.tags(source.name, point, "other")],
    ] as const),
    [`${house.environment.name}-${source.name}-2-${point.toLowerCase()}`, ours] as const,
  ]);
  house.ledger.addForeign(house.putSnapshot(source, point, region, { id: name, tags: [...tags] }));
  say(`somebody makes a snapshot ${name} in ${region}`);
};

/** Somebody deletes a snapshot of ours that was to go anyway, and gives its name to one of their own. */
const swap: Doing = async ({ house, random, say }) => {
  const region = upRegion(house, random);
  const entry = somePoint(house, random, (one) => one.job === "" && isDue(house, one, region));
  const [there] = entry ? house.snapshotsOf(entry, region) : [];
  if (!entry || !there) return;
  const source = sourceOf(house, entry.source);
  house.takeAway(entry, region);
  house.ledger.addForeign(house.putSnapshot(source, entry.point, region, { id: there.id, tags: [] }));
  say(`somebody puts a snapshot of their own in place of ${there.id} in ${region}`);
};

function isDue(house: House, entry: Entry, region: string): boolean {
  const last = entry.marks.findLast((mark) => mark.region === region);
  const takenBack = entry.takenBack.some((one) => one.region === region && one.knew > (last?.seq ?? 0));
  return last !== undefined && !takenBack && house.clock.now() - last.ms >= 60 * minuteMs;
}

const vanish: Doing = async ({ house, random, say }) => {
  const region = upRegion(house, random);
  const entry = somePoint(house, random, (one) => one.job === "" && house.exists(one, region));
  if (!entry) return;
  house.takeAway(entry, region);
  say(`somebody deletes ${nameOf(entry)} in ${region}`);
};

/** Somebody copies a snapshot of ours by hand, tags and all, and deletes ours. */
const supplant: Doing = async ({ house, random, say }) => {
  const region = upRegion(house, random);
  const entry = somePoint(house, random, (one) => one.job === "" && house.exists(one, region));
  const [there] = entry ? house.snapshotsOf(entry, region) : [];
  if (!entry || !there) return;
  const by = { id: `${there.id}-copy`, tags: there.tags };
  house.ledger.addForeign(house.putSnapshot(sourceOf(house, entry.source), entry.point, region, by));
  house.takeAway(entry, region);
  say(`somebody keeps a copy of ${there.id} in ${region}, and deletes it`);
};

/** What may also happen between any two calls of a pass, as often as it stands here. */
export const anyTime: Doing[] = [
  ...[
    take,
    take,
    copy,
    copy,
    verify,
    verify,
    verify,
    fail,
    hold,
    hold,
    drill,
    release,
    release,
    damaged,
    doubted,
  ],
  ...[endFinding, endFinding, foreign, swap, discard],
];

/** What happens only between passes, the last two: what a pass can see half of would be blamed on it. */
export const betweenPasses: Doing[] = [...anyTime, deploy, deploy, deploy, supplant, vanish];

function findingOf(house: House, what: Pick<Finding, "kind" | "source" | "detail" | "region">): Finding {
  const since = `${new Date(house.clock.now()).toISOString().slice(0, 19)}Z`;
  return { ...what, since, message: "m", fix: "f" };
}
