import { cloneTagNames, type Owner } from "../core/clone.ts";
import { asProblem } from "../core/problem.ts";
import type { Steps } from "../core/workflow.ts";
import type { Database } from "../databases/describe.ts";
import type { RestoreWorld } from "../restore-world.ts";
import type { Run } from "./database.ts";
import type { DatabasePlan, Renaming } from "./database-plan.ts";
import { renameAll, reversed } from "./rename.ts";

/**
 * Takes back what a restore did that did not come to its end: names go back to whom they were taken from, and what it
 * made is deleted. Gives what could not be taken back, one sentence each; what is left carries a tag with an instant at
 * which the reaper takes it away.
 */
export async function discardDatabase(plan: DatabasePlan, { owner, steps, world }: Run): Promise<string[]> {
  const { always } = steps;
  const left: string[] = [];
  const attempt = async (what: string, run: () => Promise<unknown>) => {
    try {
      await run();
    } catch (thrown) {
      left.push(`${what}: ${asProblem(thrown).message}`);
    }
  };
  if (plan.made.id !== plan.name) {
    await attempt(`${plan.name} could not be given back its name`, () =>
      giveBack(plan, plan.replaces?.away ?? [], owner, always, world),
    );
  }
  const gone = async () => (await world.databases.discard(plan.made, owner)) || undefined;
  await attempt(`${plan.made.id} could not be deleted`, () => always.until("discard", gone, deleting));
  for (const { kind, name, make } of plan.groups) {
    const remove = () => world.databases.removeParameterGroup(kind, name, owner);
    if (make)
      await attempt(`the parameter group ${name} could not be deleted`, () =>
        always.step(`discard parameter group ${name}`, remove),
      );
  }
  const { options } = plan;
  if (options?.make) {
    const remove = () => world.databases.optionGroups.remove(options.name, owner);
    await attempt(`the option group ${options.name} could not be deleted`, () =>
      always.step(`discard option group ${options.name}`, remove),
    );
  }
  return left;
}

const deleting = { timeoutSeconds: 4 * 3_600, everySeconds: 15, upToSeconds: 120 };

async function giveBack(
  plan: DatabasePlan,
  away: readonly Renaming[],
  owner: Owner,
  steps: Steps,
  world: RestoreWorld,
): Promise<void> {
  const made = await steps.step("look for what was made", async () => {
    return (await findMade(plan, owner, world)) ?? null;
  });
  if (made) await renameAll(outOfTheWay(plan, made as Database), "take back", steps, world);
  await renameAll(reversed(away), "give back", steps, world);
}

/** What was made may have its new name already, or some of its instances theirs. */
async function findMade({ made, name }: DatabasePlan, owner: Owner, { databases }: RestoreWorld) {
  for (const id of [made.id, name]) {
    const found = await databases.describe({ ...made, id });
    if (found?.tags[cloneTagNames[owner.by]] === owner.id) return found;
  }
  return undefined;
}

/** Back to the names under which it was made, whichever of its instances had which. */
function outOfTheWay({ made, members }: DatabasePlan, found: Database): Renaming[] {
  const used = new Set(found.instances.map(({ id }) => id));
  const free = members.map(({ id }) => id).filter((id) => !used.has(id));
  const own = new Set(members.map(({ id }) => id));
  const moves = found.instances.flatMap(({ id, resourceId }): Renaming[] => {
    const to = found.kind === "cluster" && !own.has(id) ? free.shift() : undefined;
    return to ? [{ kind: "instance", id, resourceId, to }] : [];
  });
  const { kind, id, resourceId } = found;
  // What failed to come about cannot be renamed, and has no name that it would have to give back.
  return id === made.id ? moves : [{ kind, id, resourceId, to: made.id }, ...moves];
}
