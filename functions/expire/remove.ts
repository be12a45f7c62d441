import { parsePointKey, pointPrefix } from "../catalog/keys.ts";
import { readingOf } from "../catalog/reading.ts";
import { holders, markStage, marksOf, readers } from "../core/marks.ts";
import { PointFacts, type PointState } from "../core/point.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { type Call, logProblem } from "../glue.ts";
import type { World } from "../world.ts";
import { type Planned, recordExpired, recordLocked } from "./record.ts";

/** Nothing more is deleted with less time than this left, so that what was deleted is recorded too. */
const marginMs = 60_000;

/** So many deletions may fail in a row before the rest is left to the next pass. */
const maxFailures = 5;

/**
 * Deletes what was decided, oldest first and one after the other: deleting is never urgent. One that fails stops no
 * other. What Object Lock keeps is recorded as locked until then. Gives the problems.
 */
export async function removePoints(
  world: World,
  planned: readonly Planned[],
  call: Pick<Call, "remainingMs">,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const one of planned.filter(({ step }) => step === "delete").toReversed()) {
    if (call.remainingMs() < marginMs || problems.length >= maxFailures) break;
    try {
      await removePoint(world, one);
    } catch (thrown) {
      logProblem(thrown, { source: one.source.name, point: one.point });
      problems.push(asProblem(thrown));
    }
  }
  return problems;
}

async function removePoint(world: World, planned: Planned): Promise<void> {
  const { source, point, attempts, reasons } = planned;
  // The last look: since the pass began, a drill may have begun to read it, somebody may have put a hold on it, or
  // another pass taken its mark back.
  for (const attempt of attempts) {
    if (!(await mayStillGo(world, planned))) return;
    const { lockedUntil } = await world.providers[source.kind].remove(source, point, attempt);
    if (lockedUntil) {
      await recordLocked(world, planned, lockedUntil);
      return;
    }
  }
  await recordExpired(world, planned, reasons);
}

async function mayStillGo(world: World, { source, point }: Planned): Promise<boolean> {
  const facts = new PointFacts();
  const vaults = [world.otherCatalog, world.catalog];
  for (const catalog of vaults) {
    for await (const { key, storedAt } of catalog.list(pointPrefix(source.name, point))) {
      const fact = parsePointKey(key);
      if (fact) facts.add({ ...fact, storedAt });
    }
  }
  const state: PointState | undefined = facts.sorted().get(source.name)?.[0];
  if (!state)
    throw new Problem("internal", `the facts of ${point} have gone`, "See who can write to the vault.");
  const marks = marksOf(state, world.region);
  const nowMs = world.now().getTime();
  const reading = await readingOf(vaults, source.name);
  return (
    markStage(marks, nowMs).stage === "ripe" &&
    holders(marks, nowMs).length === 0 &&
    readers(reading, source.name, point, nowMs).length === 0 &&
    marks.lockedUntilMs <= nowMs
  );
}
