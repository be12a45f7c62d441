import { slotOwed } from "./decide-pause.ts";
import type { Action, Situation } from "./decision.ts";
import { lastFailure, type PointState } from "./point.ts";
import { slotAt } from "./slot.ts";
import type { ArchivesSource, BucketSource } from "./source.ts";

/** A sweep or a copy that was asked for and has left no trace after so long is asked for again. */
export const askAgainSeconds = 1_800;

/**
 * Decides for a bucket in the primary region: a sweep is owed at each slot, and asked for again while it has
 * not proved that the replica is complete. (A sweep that finds failures leaves findings of its own.) Pure.
 */
export function decideBucket(situation: Situation, source: BucketSource): Action[] {
  const points = situation.points.get(source.name) ?? [];
  const slot = slotAt(situation.now, source.plan.everySeconds);
  const asked = points.filter((state) => state.facts.has("requested") && !state.facts.has("available"));
  // An older slot whose sweep never ended is overtaken by the newest one; a person's wish is kept.
  const owed = [
    ...slotOwed(situation, source),
    ...asked.map((state) => state.point).filter((point) => point > slot),
  ];
  return owed.flatMap((point) => {
    const state = points.find((candidate) => candidate.point === point);
    if (state?.facts.has("available")) return [];
    return askOnceInAWhile(situation, source, point, state);
  });
}

/** Decides for a drop in the primary region: it is listed at each slot, so that a lost event loses no archive. Pure. */
export function decideDrop(situation: Situation, source: ArchivesSource): Action[] {
  const points = situation.points.get(source.name) ?? [];
  const wished = points.filter((state) => state.facts.has("requested")).map((state) => state.point);
  return [...new Set([...slotOwed(situation, source), ...wished])].flatMap((point) => {
    const asked = points.find((state) => state.point === point)?.facts.has(`requested-${situation.region}`);
    return asked ? [] : [{ do: "take", source, point, attempt: 1 } satisfies Action];
  });
}

/** Decides for a drop in the recovery region: every archive that is intact in the primary one is owed here. Pure. */
export function decideArchiveCopies(situation: Situation, source: ArchivesSource): Action[] {
  const { region, environment } = situation;
  return (situation.points.get(source.name) ?? []).flatMap((state) => {
    const { facts } = state;
    if (!facts.has(`verified-${environment.primaryRegion}`) || facts.has(`verified-${region}`)) return [];
    return askOnceInAWhile(situation, source, state.point, state);
  });
}

function askOnceInAWhile(
  situation: Situation,
  source: BucketSource | ArchivesSource,
  point: string,
  state: PointState | undefined,
): Action[] {
  const askedAt = state?.facts.get(`requested-${situation.region}`);
  const failure = lastFailure(state, situation.region);
  const what = situation.region === situation.environment.primaryRegion ? "take" : "copy";
  const ask = (attempt: number): Action => ({ do: what, source, point, attempt });
  if (!askedAt) return [ask(failure.attempt + 1)];
  const lastMs = Date.parse(failure.attempt > 0 ? failure.storedAt : askedAt);
  if (situation.now.getTime() - lastMs < askAgainSeconds * 1_000) return [];
  const reason = `it was asked for and had not come after ${askAgainSeconds / 60} minutes`;
  return [
    { do: "record-failed", source, point, attempt: failure.attempt + 1, reason },
    ask(failure.attempt + 2),
  ];
}
