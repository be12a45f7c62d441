import type { Environment } from "./environment.ts";
import { type ExpiryRules, expiryRules, pointIsProtected } from "./expiry-guards.ts";
import { unsafe } from "./expiry-proof.ts";
import type { Finding } from "./finding.ts";
import {
  explainsLoss,
  holders,
  type Marks,
  markLapsesSeconds,
  markSeconds,
  markStage,
  marksOf,
  maybeActedUpon,
  type Reading,
  readers,
  toBeSeen,
} from "./marks.ts";
import { isPresent, type Place, type PointState } from "./point.ts";
import { applyRetention } from "./retention.ts";
import type { PointId } from "./slot.ts";
import type { Source } from "./source.ts";

/** What exists in a region of a point: its usable artefact, nothing but failed ones, or one that is neither. */
export type Existing = "available" | "failed" | "other";

/** Everything that the expiry of one source in one region is decided from. */
export type ExpiryView = {
  environment: Pick<Environment, "primaryRegion" | "recoveryRegion">;
  /** The region that decides; it deletes in no other. */
  region: string;
  now: Date;
  /** As it is declared, or as it was declared last. */
  source: Source;
  /** The union of the facts of both vaults. */
  points: readonly PointState[];
  /** The findings that are open, of all sources. */
  open: readonly Finding[];
  /** What restores and drills read now, of all sources. */
  reading: readonly Reading[];
  /** What was seen to exist in the region. Absent: what the facts say is there. */
  existing?: ReadonlyMap<PointId, Existing>;
  /** What the archives of one job have in common: retention keeps so many of each job. */
  jobOf?: (point: PointId) => string;
  /** Why nothing may be deleted now, whatever else is true. */
  blocked?: string;
};

/**
 * What is to be done with one point in the region. `keep`: the policy asks for it. `protect`: it does not, but
 * something else does. `mark`, `wait`, `delete`: it may go, in two passes. `record`: it was deleted before, and the fact
 * that says so is missing.
 */
export type ExpiryStep = {
  point: PointId;
  step: "keep" | "protect" | "mark" | "wait" | "delete" | "record";
  /** A mark of it is no longer right and is to be taken back as of this instant. */
  takeBack?: Date;
  reasons: string[];
};

/** What is to be done, newest point first, and what is to be told. */
export type Expiry = { steps: ExpiryStep[]; findings: Finding[] };

/**
 * Decides for one source in one region what expires. Pure. A point is deleted only if retention removes it, nothing
 * protects it, it was marked at least an hour ago, and it would be safe even if everything were gone that carries a
 * mark: two passes at once, of which one knows less than the other, then still leave all that either of them counts on.
 */
export function decideExpiry(view: ExpiryView): Expiry {
  const place = placeIn(view);
  if (!keepsArtefacts(view.source, place)) return { steps: [], findings: [] };
  const present = view.points.filter((state) => isPresent(state, place));
  const exists = ({ point }: PointState) => !view.existing || view.existing.get(point) === "available";
  const there = present.filter(exists);
  const rules = expiryRules(view, place, there);
  const steps = groups(there, view.jobOf).flatMap((group) => decideGroup(view, rules, group));
  for (const state of present) {
    // What is gone and was not marked is for the reconciler to find lost.
    if (exists(state) || !explainsLoss(state, view.region, view.now)) continue;
    const reasons = ["It was marked, and it is gone: Holdfast deleted it."];
    steps.push({ point: state.point, step: "record", reasons });
  }
  steps.push(...decideLeftovers(view, place, there.at(-1)?.point ?? ""));
  const waiting = steps.filter(({ step, reasons }) => step === "protect" && reasons[0] === rules.frozen);
  return {
    steps: steps.sort((a, b) => (a.point < b.point ? 1 : -1)),
    findings: waiting.length > 0 ? [frozen(view, rules, waiting.length)] : [],
  };
}

/** Whether a source's points have artefacts of ours at the place. Buckets have replicas, drops are their owner's. */
export function keepsArtefacts({ kind }: Source, { role }: Place): boolean {
  return kind === "rds-instance" || kind === "rds-cluster" || (kind === "archives" && role === "recovery");
}

/** The place that a region is. */
export function placeIn({ environment, region }: Pick<ExpiryView, "environment" | "region">): Place {
  return { region, role: region === environment.primaryRegion ? "primary" : "recovery" };
}

function groups(there: readonly PointState[], jobOf: ExpiryView["jobOf"]): PointState[][] {
  if (!jobOf) return [[...there]];
  const jobs = new Map<string, PointState[]>();
  for (const state of there) {
    const job = jobOf(state.point);
    const same = jobs.get(job);
    if (same) same.push(state);
    else jobs.set(job, [state]);
  }
  return [...jobs.values()];
}

function decideGroup(view: ExpiryView, rules: ExpiryRules, group: readonly PointState[]): ExpiryStep[] {
  const { region, now, source } = view;
  const nowMs = now.getTime();
  const states = new Map(group.map((state) => [state.point, { state, marks: marksOf(state, region) }]));
  const all = group.map(({ point, facts }) => ({ point, verified: facts.has(`verified-${region}`) }));
  const unwanted = unwantedOf(group, all);
  // The tiers are filled as if what somebody wants deleted were gone already, so that all else is kept as it must be then.
  const there = all.filter(({ point }) => !unwanted.has(point));
  const survivors = new Set<PointId>();
  for (const { point } of there) {
    const marks = states.get(point)?.marks;
    if (marks && !maybeActedUpon(marks, nowMs)) survivors.add(point);
  }
  const why = survivors.size < there.length ? unsafe(there, survivors, source.plan.keep, now) : [];
  const asked = [...unwanted].map((point) => ({
    point,
    keep: false,
    reasons: ["somebody wants it deleted"],
  }));
  return [...applyRetention(there, source.plan.keep, now), ...asked].map(
    ({ point, keep, reasons }): ExpiryStep => {
      const { state, marks } = states.get(point) as { state: PointState; marks: Marks };
      if (keep) return { point, step: "keep", ...takingBack(marks, nowMs), reasons };
      const because = pointIsProtected(rules, state, marks, nowMs);
      if (because.length > 0) {
        return { point, step: "protect", ...takingBack(marks, nowMs), reasons: [...because, ...reasons] };
      }
      return towardsDeletion(view, point, marks, reasons, why);
    },
  );
}

/**
 * What somebody wants deleted of a group, and can be: never the newest point, nor the newest verified one. Whatever else
 * protects a point protects it from people too.
 */
function unwantedOf(
  group: readonly PointState[],
  all: readonly { point: PointId; verified: boolean }[],
): ReadonlySet<PointId> {
  const wished = group.filter(({ facts }) => [...facts.keys()].some((name) => name.startsWith("unwanted-")));
  const newest = all.at(-1)?.point;
  const newestVerified = all.findLast(({ verified }) => verified)?.point;
  return new Set(
    wished.map(({ point }) => point).filter((point) => point !== newest && point !== newestVerified),
  );
}

/**
 * Takes back marks that have neither lapsed nor been taken back; also one whose maker's clock was ahead of ours. Of one
 * that was taken back it is told once more, by the same fact, that the point has outlived it.
 */
function takingBack(marks: Marks, nowMs: number): Pick<ExpiryStep, "takeBack"> {
  const { markedMs, takenBackMs } = marks;
  const standing = markedMs.filter((ms) => ms > takenBackMs && nowMs - ms <= markLapsesSeconds * 1_000);
  if (standing.length > 0) return { takeBack: new Date(Math.max(nowMs, ...standing)) };
  return toBeSeen(marks, nowMs) ? { takeBack: new Date(nowMs) } : {};
}

function towardsDeletion(
  { now, blocked }: ExpiryView,
  point: PointId,
  marks: Marks,
  reasons: string[],
  unsafeWithoutMarked: readonly string[],
): ExpiryStep {
  if (blocked) return { point, step: "wait", reasons: [blocked, ...reasons] };
  const { stage, sinceMs } = markStage(marks, now.getTime());
  if (stage === "none") return { point, step: "mark", reasons };
  if (stage === "young") {
    const from = new Date(sinceMs + markSeconds * 1_000).toISOString();
    return { point, step: "wait", reasons: [`marked; it may go from ${from} on`, ...reasons] };
  }
  const [first] = unsafeWithoutMarked;
  if (first === undefined) return { point, step: "delete", reasons };
  const because = `a mark elsewhere is being taken back: ${first}`;
  return { point, step: "wait", reasons: [because, ...reasons] };
}

/**
 * Artefacts that stand for nothing: attempts that failed where newer points are there, and what is still there although
 * it expired. A point that could still be copied keeps its failed attempts, because their names count the attempts.
 */
function decideLeftovers(view: ExpiryView, place: Place, newest: PointId): ExpiryStep[] {
  const { region, now, environment } = view;
  const primary: Place = { region: environment.primaryRegion, role: "primary" };
  return view.points.flatMap((state): ExpiryStep[] => {
    const { point, facts } = state;
    const there = view.existing?.get(point);
    const failed = there === "failed" && point < newest && !isPresent(state, place);
    const attempted = place.role === "recovery" && isPresent(state, primary);
    // A failed attempt of what has expired counts for nothing: it is not copied again.
    const expired = there !== undefined && there !== "other" && facts.has(`expired-${region}`);
    if (!expired && (!failed || attempted)) return [];
    const marks = marksOf(state, region);
    const held = [
      ...holders(marks, now.getTime()).map((id) => `held: ${id}`),
      ...readers(view.reading, view.source.name, point, now.getTime()).map((by) => `being read: ${by}`),
    ];
    const locked = marks.lockedUntilMs > now.getTime() ? ["locked"] : [];
    const reasons = [expired ? "it has expired and is still there" : "it failed, and newer points are there"];
    if (held.length + locked.length === 0) return [towardsDeletion(view, point, marks, reasons, [])];
    const takeBack = takingBack(marks, now.getTime());
    return [{ point, step: "protect", ...takeBack, reasons: [...held, ...locked, ...reasons] }];
  });
}

function frozen({ region, source }: ExpiryView, { freezing }: ExpiryRules, waiting: number): Finding {
  const kinds = [...new Set(freezing.map(({ kind }) => kind))].join(", ");
  const since = freezing.map((one) => one.since).sort()[0] as string;
  return {
    kind: "expiry-frozen",
    source: source.name,
    detail: region,
    since,
    region,
    message: `Nothing of "${source.name}" expires in ${region} while this is open: ${kinds}. ${waiting} point(s) wait.`,
    fix: "Mend what those findings say; expiry then goes on by itself.",
  };
}
