import type { Own, OwnArtefact } from "./artefacts.ts";
import { slotOwed } from "./decide-pause.ts";
import type { Action, Situation } from "./decision.ts";
import type { Finding } from "./finding.ts";
import { explainsLoss, markStage, marksOf } from "./marks.ts";
import { maxAttempts, snapshotId } from "./names.ts";
import { isPresent, lastFailure, newestPresent, type Place, type PointState, presenceFact } from "./point.ts";
import type { Observation } from "./provider.ts";
import { type PointId, pointMs } from "./slot.ts";
import { identifierOf, type Source } from "./source.ts";

/** A snapshot that is still being made after so long is stuck; AWS gives no sign of its own. */
export const creatingIsStuckSeconds = 6 * 3_600;

/** A copy across regions may rightly take hours; after a day it is stuck. */
export const copyingIsStuckSeconds = 24 * 3_600;

/** What one database source needs in one region. At most one of `begin` is started now, if a quota has room. */
export type DatabaseNeeds = {
  actions: Action[];
  findings: Finding[];
  begin?: Extract<Action, { do: "take" | "copy" }>;
};

type View = {
  situation: Situation;
  source: Source;
  place: Place;
  points: readonly PointState[];
  own: ReadonlyMap<PointId, readonly OwnArtefact[]>;
};

/** Decides for one RDS instance or Aurora cluster in the region that looks. Pure. */
export function decideDatabase(
  situation: Situation,
  source: Source,
  observation: Observation,
  all: Own,
): DatabaseNeeds {
  const { environment, region } = situation;
  const role = region === environment.primaryRegion ? "primary" : "recovery";
  const view: View = {
    situation,
    source,
    place: { region, role },
    points: situation.points.get(source.name) ?? [],
    own: all.bySource.get(source.name) ?? new Map(),
  };
  const needs: DatabaseNeeds = { actions: [], findings: [] };
  recordWhatExists(view, needs);
  noticeLosses(view, needs);
  const busy = noticeStuck(view, needs);
  if (role === "primary") decideTake(view, needs, observation, all.foreignIds, busy);
  else if (source.plan.copies.includes("recovery")) decideCopy(view, needs, all.foreignIds, busy);
  return needs;
}

function recordWhatExists({ situation, source, place, points, own }: View, needs: DatabaseNeeds): void {
  const known = new Map(points.map((state) => [state.point, state]));
  for (const [point, artefacts] of own) {
    const facts = known.get(point)?.facts;
    for (const { artefact, attempt } of artefacts) {
      if (artefact.status === "available" && !facts?.has(presenceFact(place))) {
        needs.actions.push({ do: "record-present", source, point, artefact });
      }
      if (artefact.status === "failed" && !facts?.has(`failed-${place.region}-${attempt}`)) {
        const reason = `${artefact.id} went to status "failed"; AWS gives no reason`;
        needs.actions.push({ do: "record-failed", source, point, attempt, reason });
      }
    }
  }
  const newest = newestOf(own, "available");
  if (place.role === "recovery" && newest) {
    const wrong = wrongWithCopy(newest.artefact, situation.vaultKeyArn);
    if (wrong) {
      needs.findings.push({
        kind: "copy-wrong",
        source: source.name,
        detail: newest.point.toLowerCase(),
        since: new Date(pointMs(newest.point)).toISOString(),
        region: place.region,
        message: `The copy ${newest.artefact.id} in ${place.region} ${wrong}.`,
        fix: "Encrypt the source; check the vault's key.",
      });
    }
  }
}

function noticeLosses({ situation, source, place, points, own }: View, needs: DatabaseNeeds): void {
  const newest = newestPresent(points, place);
  let lastLoss = "";
  let losses = 0;
  for (const state of points) {
    const there = own.get(state.point)?.some(({ artefact }) => artefact.status === "available");
    if (isPresent(state, place) && !there) {
      const expired = explainsLoss(state, place.region, situation.now);
      needs.actions.push({ do: expired ? "confirm-expired" : "confirm-lost", source, point: state.point });
    }
    const lostAt = state.facts.get(`lost-${place.region}`);
    if (lostAt) losses += 1;
    if (lostAt && lostAt > lastLoss) lastLoss = lostAt;
  }
  // Evidence that ends it: a point that was made after the last loss. Older points never come back.
  if (!lastLoss || (newest?.facts.get(presenceFact(place)) ?? "") > lastLoss) return;
  needs.findings.push({
    kind: "artefact-lost",
    source: source.name,
    detail: place.region,
    since: lastLoss,
    region: place.region,
    message: `${losses} snapshot(s) of "${source.name}" in ${place.region} were deleted, and not by Holdfast.`,
    fix: "Find who deleted them (CloudTrail: DeleteDBSnapshot).",
  });
}

/** Reports what is stuck; says whether something that is not stuck is still being made. */
function noticeStuck({ situation, source, place, points, own }: View, needs: DatabaseNeeds): boolean {
  let busy = false;
  for (const [point, artefacts] of own) {
    for (const { artefact } of artefacts) {
      if (artefact.status !== "creating" && artefact.status !== "copying") continue;
      const limit = place.role === "primary" ? creatingIsStuckSeconds : copyingIsStuckSeconds;
      const known = points.find((state) => state.point === point)?.facts.get("available");
      const beganMs = Date.parse(artefact.createdAt ?? known ?? "") || pointMs(point);
      if (situation.now.getTime() - beganMs < limit * 1_000) {
        busy = true;
        continue;
      }
      needs.findings.push({
        kind: "artefact-stuck",
        source: source.name,
        detail: `${place.region}-${point.toLowerCase()}`,
        since: new Date(beganMs + limit * 1_000).toISOString(),
        region: place.region,
        message: `${artefact.id} in ${place.region} has been "${artefact.status}" for over ${limit / 3_600} hours.`,
        fix: "Look at it in the RDS console; ask AWS support.",
      });
    }
  }
  return busy;
}

function decideTake(
  view: View,
  needs: DatabaseNeeds,
  observation: Observation,
  foreignIds: ReadonlySet<string>,
  busy: boolean,
): void {
  const { situation, source, points } = view;
  const instance = observation.sources.get(identifierOf(source));
  if (!instance) {
    needs.findings.push({
      kind: "source-missing",
      source: source.name,
      detail: situation.region,
      since: situation.now.toISOString(),
      region: situation.region,
      message: `The database "${identifierOf(source)}" of source "${source.name}" is not in ${situation.region}.`,
      fix: "Restore it, or take it out of the environment file.",
    });
    return;
  }
  noticeNoContext(view, needs);
  // What a person asked for comes after the slot that is owed.
  const owed = [
    ...slotOwed(situation, source),
    ...points.filter((state) => state.facts.has("requested")).map((state) => state.point),
  ];
  for (const point of owed) {
    const state = points.find((candidate) => candidate.point === point);
    if (state?.facts.has("available")) continue;
    const attempt = nextAttempt(view, state, point, foreignIds, needs);
    if (attempt && !busy && instance.available && !needs.begin)
      needs.begin = { do: "take", source, point, attempt };
  }
}

/** A point without its context comes back as AWS makes it, not as it was. */
function noticeNoContext({ situation, source, place, points }: View, needs: DatabaseNeeds): void {
  const oldest = points.find((state) => isPresent(state, place));
  if (!oldest || situation.contexts.has(source.name)) return;
  needs.findings.push({
    kind: "context-unknown",
    source: source.name,
    detail: place.region,
    since: new Date(pointMs(oldest.point)).toISOString(),
    region: place.region,
    message: `The settings of "${identifierOf(source)}" could not be kept with its points.`,
    fix: "Read the log of reconcile for what it was refused.",
  });
}

function decideCopy(view: View, needs: DatabaseNeeds, foreignIds: ReadonlySet<string>, busy: boolean): void {
  const { situation, source, place, points } = view;
  for (const state of points.toReversed()) {
    if (!isPresent(state, { region: situation.environment.primaryRegion, role: "primary" })) continue;
    if (state.facts.has(presenceFact(place)) || state.facts.has(`expired-${place.region}`)) continue;
    if (expiringAtSource(situation, state)) continue;
    const attempt = nextAttempt(view, state, state.point, foreignIds, needs);
    // Newest first, and one at a time: AWS runs copies of one source one after the other anyway.
    if (attempt && !busy && !needs.begin) needs.begin = { do: "copy", source, point: state.point, attempt };
  }
}

/** A copy of what is about to be deleted would fail when that goes (RDS user guide, copying a snapshot). */
function expiringAtSource({ environment, now }: Situation, state: PointState): boolean {
  return markStage(marksOf(state, environment.primaryRegion), now.getTime()).stage !== "none";
}

/**
 * The attempt to begin for the point now; `undefined` while one is under way or done, while the backoff lasts,
 * and when there is none left. A failed artefact keeps its name, so the next attempt has the next name.
 */
function nextAttempt(
  { situation, source, place, own }: View,
  state: PointState | undefined,
  point: PointId,
  foreignIds: ReadonlySet<string>,
  needs: DatabaseNeeds,
): number | undefined {
  const artefacts = own.get(point) ?? [];
  const failedArtefacts = artefacts.filter(({ artefact }) => artefact.status === "failed");
  const failure = lastFailure(state, place.region);
  const failures = Math.max(failure.attempt, ...failedArtefacts.map(({ attempt }) => attempt), 0);
  if (failures >= 2) needs.findings.push(attemptsFailed(source, place, point, failures));
  if (artefacts.length > failedArtefacts.length) return undefined;
  const attempt = Math.max(0, ...failedArtefacts.map((failed) => failed.attempt)) + 1;
  if (attempt > maxAttempts) return undefined;
  const retryMs =
    Date.parse(failure.storedAt || "1970-01-01T00:00:00Z") + backoffSeconds(failure.attempt) * 1_000;
  if (failures > failure.attempt || (failure.attempt > 0 && situation.now.getTime() < retryMs))
    return undefined;
  const id = snapshotId(situation.environment, source.name, point, attempt);
  if (!foreignIds.has(id)) return attempt;
  needs.findings.push({
    kind: "name-taken",
    source: source.name,
    detail: `${place.region}-${point.toLowerCase()}`,
    since: new Date(pointMs(point)).toISOString(),
    region: place.region,
    message: `A snapshot named ${id} that is not Holdfast's stands in the way in ${place.region}.`,
    fix: "Delete or rename that snapshot.",
  });
  return undefined;
}

/** After the n-th failure: 5 minutes, doubled each time, at most an hour. */
function backoffSeconds(attempt: number): number {
  return Math.min(3_600, 300 * 2 ** (attempt - 1));
}

function attemptsFailed(source: Source, { region, role }: Place, point: PointId, failures: number): Finding {
  const what = role === "primary" ? "snapshot" : "copy";
  return {
    kind: role === "primary" ? "snapshot-failed" : "copy-failed",
    source: source.name,
    detail: point.toLowerCase(),
    since: new Date(pointMs(point)).toISOString(),
    region,
    message: `The ${what} of "${source.name}" for ${point} failed ${failures} times in ${region}.`,
    fix: "Look at the RDS events of the source.",
  };
}

function newestOf(
  own: View["own"],
  status: string,
): { point: PointId; artefact: OwnArtefact["artefact"] } | undefined {
  let newest: { point: PointId; artefact: OwnArtefact["artefact"] } | undefined;
  for (const [point, artefacts] of own) {
    if (newest && point <= newest.point) continue;
    const usable = artefacts.find(({ artefact }) => artefact.status === status);
    if (usable) newest = { point, artefact: usable.artefact };
  }
  return newest;
}

function wrongWithCopy(artefact: OwnArtefact["artefact"], vaultKeyArn: string): string | undefined {
  if (!artefact.encrypted) return "is not encrypted (AWS cannot encrypt a cluster snapshot while copying it)";
  if (artefact.keyArn && artefact.keyArn !== vaultKeyArn)
    return `is encrypted with ${artefact.keyArn}, not with the vault's key`;
  return undefined;
}
