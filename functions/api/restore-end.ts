import type { RegionWorld } from "../api-world.ts";
import { readRestoreFacts } from "../catalog/read-restore.ts";
import { type RestoreFacts as Facts, factNames, restoreState as stateOf } from "../catalog/restore-state.ts";
import { undoFactName, undoTries } from "../catalog/undo-facts.ts";
import { isOver, whyEnded } from "../core/execution.ts";
import { asProblem, Problem } from "../core/problem.ts";
import type { RestoreFact } from "../core/restore.ts";

/** The facts of a restore with what AWS says of its execution, and why it could not be asked, if it could not. */
export type Told = { facts: Facts; silent?: RestoreFact; unknown?: Problem };

/**
 * Asks AWS about a restore, or the undoing of one, that by its facts goes on. If its execution has ended, and has told
 * nothing even now, the end is put in the place of the fact that the reconciler records of it a quarter of an hour later.
 * `started`: the ARN that the start gave, for who asks before there is a first fact.
 */
export async function withItsEnd(
  world: RegionWorld,
  id: string,
  facts: Facts,
  started?: string,
): Promise<Told> {
  const state = stateOf(facts);
  if (!["running", "awaiting approval", "undoing"].includes(state)) return { facts };
  const { tries } = undoTries(factNames(facts));
  const began = state === "undoing" ? facts[undoFactName("undo-requested", tries)] : facts.requested;
  const arn = began?.execution ?? started;
  if (!arn) return { facts };
  try {
    const execution = await world.invoke.execution(arn);
    if (execution.state === "running") return { facts };
    const latest = await readRestoreFacts(world.catalog, id, facts);
    if (stateOf(latest) !== state) return { facts: latest };
    // Asked too soon: one that has just begun is not known everywhere yet.
    const { how, endedAt } = execution;
    if (how === "forgotten" && !isOver(execution, began?.at ?? world.now().toISOString(), world.now()))
      return { facts };
    const silent: RestoreFact = {
      ...{ schema: 1, at: endedAt ?? world.now().toISOString(), restore: id },
      ...{ source: began?.source ?? "", region: world.region, code: "unavailable", endedAs: how },
      fact: state === "undoing" ? "undo-failed" : "failed",
      reason: whyEnded(execution),
    };
    const name = state === "undoing" ? undoFactName("undo-failed", tries) : "failed";
    return { facts: { ...latest, [name]: silent }, silent };
  } catch (thrown) {
    return { facts, unknown: asProblem(thrown) };
  }
}

/** Refuses to begin anew what was stopped just now: an invocation of it may still be at work. */
export function refuseTooSoon({ silent }: Told, now: Date): void {
  const ended = silent && { state: "ended" as const, how: silent.endedAs ?? "stopped", endedAt: silent.at };
  if (!ended || isOver(ended, silent.at, now)) return;
  throw new Problem(
    "unavailable",
    `The restore ${silent.restore} is not being undone any more (${silent.reason}), but may still change names`,
    "Ask again a quarter of an hour after its end.",
  );
}
