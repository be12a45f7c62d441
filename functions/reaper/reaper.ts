import type { Owner } from "../core/clone.ts";
import { type Finding, findingId } from "../core/finding.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import { log, logProblem } from "../glue.ts";
import type { World } from "../world.ts";
import { openLeaks, settleLeaks } from "./findings.ts";

/**
 * Takes away what drills and restores made in this region and left behind: what carries our tags and this environment's
 * name, and whose time is past. Nothing else is ever touched. What it finds is told, until it is gone. It may be run at
 * any time and twice at once. Throws `Problem` when the region cannot be looked at, and, after all the rest was done, the
 * first problem that will not pass by itself.
 */
export async function reap(world: World): Promise<void> {
  const { databases, now } = world;
  const problems: Problem[] = [];
  const leaked: Finding[] = [];
  for (const one of await databases.scratch()) {
    if (Date.parse(one.owner.expiresAt) > now().getTime()) continue;
    leaked.push(leak(world, one.id, one.owner));
    try {
      await databases.remove(one, one.owner);
    } catch (thrown) {
      logProblem(thrown, { database: one.id });
      problems.push(asProblem(thrown));
    }
  }
  const open = await openLeaks(world);
  await settleLeaks(world, open, leaked);
  log("reaped", { region: world.region, leaked: leaked.map(findingId), failed: problems.length });
  const final = problems.find(({ retryable }) => !retryable);
  if (final) throw final;
}

function leak({ environment, region }: World, id: string, { by, id: owner, expiresAt }: Owner): Finding {
  // What "orders-eu" left behind begins with "orders-" too: the longest name is the one.
  const named = environment.sources.filter(({ name }) => owner.startsWith(`${name}-`));
  const source = named.sort((a, b) => b.name.length - a.name.length)[0]?.name ?? "account";
  return {
    ...{ kind: "clone-leaked", source, detail: id, since: new Date(expiresAt).toISOString(), region },
    message: `The database ${id} of the ${by} ${owner} was still there at ${expiresAt}; it is being deleted.`,
    fix: `See in the log of ${by} why it did not clean up.`,
  };
}
