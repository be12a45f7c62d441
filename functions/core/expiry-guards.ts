import type { ExpiryView } from "./expiry.ts";
import type { Finding } from "./finding.ts";
import { holders, isReading, type Marks, readers } from "./marks.ts";
import { isPresent, newestPresent, type Place, type PointState, presenceFact } from "./point.ts";
import type { PointId } from "./slot.ts";

/** What protects points of a source in one region, whatever its retention says. */
export type ExpiryRules = {
  /** The open findings of damage, which stop the expiry of the whole source. */
  freezing: Finding[];
  /** The same in one sentence; empty if there are none. */
  frozen: string;
  /** Points whose copies the next copy builds upon. */
  bases: ReadonlySet<PointId>;
  /** A point older than this may be the last good one: something is open about this one. */
  doubted: { point: PointId; why: string } | undefined;
  /** In the primary region: points newer than this are still to be copied. `undefined`: none is owed. */
  copiedUpTo: PointId | undefined;
  otherRegion: string;
  /** Who reads a point now. */
  readersOf(point: PointId, nowMs: number): string[];
};

/** Damage: what is there may not be what it should be, so older points may be the only good ones. */
const damage = new Set<string>([
  "archive-damaged",
  "artefact-lost",
  "copy-wrong",
  "drill-failed",
] satisfies Finding["kind"][]);

/** Doubt about one point, which the finding's detail names. */
const doubt = new Set<Finding["kind"]>([
  "snapshot-failed",
  "copy-failed",
  "artefact-stuck",
  "name-taken",
  "archive-suspect",
  "archive-unverified",
]);

/** Gathers what protects points, once for a source and region. `there`: the points whose artefacts exist. */
export function expiryRules(view: ExpiryView, place: Place, there: readonly PointState[]): ExpiryRules {
  const { source, open, environment, points, reading } = view;
  const freezing = open.filter((one) => one.source === source.name && damage.has(one.kind));
  const kinds = freezing.map(({ kind, since }) => `${kind} since ${since}`).join(", ");
  const copies = place.role === "primary" && source.plan.copies.includes("recovery");
  const recovery: Place = { region: environment.recoveryRegion, role: "recovery" };
  return {
    freezing,
    frozen: kinds && `frozen: ${kinds}`,
    bases: new Set(
      place.role === "recovery" && source.kind === "rds-instance" ? lastCompleted(there, place) : [],
    ),
    doubted: doubted(view, points),
    copiedUpTo: copies ? (newestPresent(points, recovery)?.point ?? "") : undefined,
    otherRegion: place.role === "primary" ? environment.recoveryRegion : environment.primaryRegion,
    readersOf: (point, nowMs) => readers(reading, source.name, point, nowMs),
  };
}

/** Why a point that retention removes is not to be deleted; empty if nothing speaks for it. */
export function pointIsProtected(
  rules: ExpiryRules,
  state: PointState,
  marks: Marks,
  nowMs: number,
): string[] {
  const { point, facts } = state;
  const why: string[] = [];
  if (rules.frozen) why.push(rules.frozen);
  for (const id of holders(marks, nowMs)) why.push(isReading(id) ? `being read: ${id}` : `held: ${id}`);
  for (const by of rules.readersOf(point, nowMs)) why.push(`being read: ${by}`);
  if (marks.lockedUntilMs > nowMs) why.push(`locked until ${new Date(marks.lockedUntilMs).toISOString()}`);
  if (rules.bases.has(point)) why.push("the next copy builds upon this one, which was completed last");
  if (rules.doubted && point < rules.doubted.point) why.push(rules.doubted.why);
  const uncopied = rules.copiedUpTo !== undefined && !facts.has(`copied-${rules.otherRegion}`);
  if (uncopied && point > (rules.copiedUpTo ?? "")) why.push(`its copy is not yet in ${rules.otherRegion}`);
  return why;
}

/**
 * A copy of an instance's snapshot is incremental only while the copy that was completed last still exists (RDS user
 * guide, copying a snapshot). That need not be the newest point: older ones are made up for later.
 */
function lastCompleted(there: readonly PointState[], place: Place): PointId[] {
  const completed = (state: PointState) => state.facts.get(presenceFact(place)) ?? "";
  const last = there.reduce((max, state) => (completed(state) > max ? completed(state) : max), "");
  return there
    .filter((state) => isPresent(state, place) && completed(state) === last)
    .map(({ point }) => point);
}

function doubted(
  { source, open, region }: ExpiryView,
  points: readonly PointState[],
): ExpiryRules["doubted"] {
  let newest: ExpiryRules["doubted"];
  for (const finding of open) {
    if (finding.source !== source.name || !doubt.has(finding.kind)) continue;
    // An archive's arrival is one for both regions; a snapshot or a copy is of its own.
    if (finding.region !== region && !finding.kind.startsWith("archive-")) continue;
    const point = pointNamed(finding, points);
    if (newest && newest.point >= point) continue;
    newest = { point, why: `a newer point is in doubt: ${finding.kind} since ${finding.since}` };
  }
  return newest;
}

/** The point that a finding's detail names; one that is newer than all if it names none that is known. */
function pointNamed({ detail }: Finding, points: readonly PointState[]): PointId {
  const [slot] = /\d{8}t\d{4}z(-[0-9a-f]{8})?/.exec(detail) ?? [];
  if (slot) return slot.slice(0, 14).toUpperCase() + slot.slice(14);
  const digest = /^[0-9a-f]{8}(?=-|$)/.exec(detail)?.[0];
  return points.findLast(({ point }) => digest && point.endsWith(`-${digest}`))?.point ?? "~";
}
