import type { Steps } from "../core/workflow.ts";
import type { Database } from "../databases/describe.ts";
import type { RestoreWorld } from "../restore-world.ts";
import type { Renaming } from "./database-plan.ts";

/** A rename restarts the database and takes minutes; hours would be a fault. */
const renaming = { timeoutSeconds: 2 * 3_600, everySeconds: 10, upToSeconds: 60 };

/**
 * Renames one after the other, each waited for, and gives what the last one became. Who is renamed is known by its
 * resource id, so it can be repeated from anywhere; `why` keeps the names of the steps apart.
 */
export async function renameAll(
  renamings: readonly Renaming[],
  why: string,
  steps: Steps,
  world: RestoreWorld,
): Promise<Database | undefined> {
  let last: Database | undefined;
  for (const one of renamings) {
    const { kind, id, resourceId, to } = one;
    const rename = () => world.databases.rename({ kind, id, resourceId }, to);
    last = (await steps.until(`${why} ${kind} ${id} to ${to}`, rename, renaming)) as Database;
  }
  return last;
}

/** The renamings that take others back, in the order in which they must be. */
export function reversed(renamings: readonly Renaming[]): Renaming[] {
  return renamings.toReversed().map((one) => ({ ...one, id: one.to, to: one.id }));
}
