import type { ApiWorld, RegionWorld } from "../api-world.ts";
import { parseRestoreKey, restoresPrefix } from "../catalog/keys.ts";
import { readRestoreFacts } from "../catalog/read-restore.ts";
import type { RestoreFacts } from "../catalog/restore-state.ts";
import { otherRegion } from "../core/environment.ts";
import { functionName } from "../core/names.ts";
import { Problem } from "../core/problem.ts";
import type { RestoreFact } from "../core/restore.ts";
import { placesOf } from "./find.ts";
import type { Look } from "./operation.ts";
import { pageFrom } from "./paging.ts";
import { toldTo } from "./problem.ts";
import { type Told, withItsEnd } from "./restore-end.ts";
import { restoreView } from "./restore-view.ts";

/** All restores, newest first. */
export const listRestores: Look<"listRestores"> = async ({ query }, { world }) => {
  const ids = new Set<string>();
  for await (const { key } of world.catalog.list(restoresPrefix)) {
    const fact = parseRestoreKey(key);
    if (fact) ids.add(fact.id);
  }
  const newestFirst = [...ids].sort((a, b) => (newness(a) < newness(b) ? 1 : -1));
  const { items, ...more } = pageFrom(newestFirst, query, {
    nameOf: (id) => id,
    after: (id, name) => newness(id) < newness(name),
  });
  const views = await Promise.all(
    items.map(async (id) => restoreView(id, await readRestoreFacts(world.catalog, id), world.now())),
  );
  return { items: views, ...more };
};

/** One restore, with each step's elapsed and expected time, and whether it still goes on. */
export const getRestore: Look<"getRestore"> = async ({ params, query }, { world, caller }) => {
  const id = params.restore;
  const { facts, unknown } = await told(id, query.execution, world);
  return {
    ...restoreView(id, facts, world.now()),
    // What answers a callback is for who may approve, and not to be looked at.
    facts: Object.fromEntries(
      Object.entries(facts).flatMap(([name, fact]) => (fact ? [[name, withoutCallback(fact)]] : [])),
    ),
    ...(unknown === undefined ? {} : { unknown: toldTo(caller, unknown).message }),
  };
};

function withoutCallback({ callbackId: _, ...fact }: RestoreFact): RestoreFact {
  return fact;
}

async function told(id: string, execution: string | undefined, world: ApiWorld): Promise<Told> {
  try {
    const { facts, at } = await restoreOf(world, id);
    return await withItsEnd(at, id, facts, execution);
  } catch (thrown) {
    const [, , , region = ""] = execution?.split(":") ?? [];
    const of = `:function:${functionName(world.environment, "restore")}:`;
    const its = execution?.includes(of) && execution.includes(id);
    if (!its || !placesOf(world.environment).some((place) => place.region === region)) throw thrown;
    const begun = await withItsEnd(world.at(region), id, {}, execution);
    if (begun.facts.failed) return begun;
    throw thrown;
  }
}

/** A restore by its id, with the region in which it runs: its facts are there first. */
export type Found = { facts: RestoreFacts; requested: RestoreFact; at: RegionWorld };

/** Finds a restore. Throws `Problem` not-found. */
export async function restoreOf(world: ApiWorld, id: string): Promise<Found> {
  const first = await readRestoreFacts(world.catalog, id);
  const region = first.requested?.region ?? otherRegion(world.environment, world.region);
  if (first.requested && region === world.region)
    return { facts: first, requested: first.requested, at: world };
  const at = world.at(region);
  // A region that does not answer leaves what was mirrored from it.
  const facts = await readRestoreFacts(at.catalog, id, first).catch(() => first);
  if (facts.requested) return { facts, requested: facts.requested, at };
  throw new Problem("not-found", `There is no restore "${id}"`, "Its id was told when it was begun.");
}

/** Restores of one source in the order of time, of all in that of their instants. */
function newness(id: string): string {
  return `${id.slice(-16)} ${id}`;
}
