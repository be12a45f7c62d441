import { otherRegion } from "../core/environment.ts";
import type { Look, Looks } from "../core/looks.ts";
import { Problem } from "../core/problem.ts";
import { observeKinds } from "../passes/look.ts";
import type { Observers, WatchWorld } from "../watch-world.ts";

/**
 * A region that has not answered within so long does not count as seen. It leaves time for the pages of some thousand
 * snapshots, and for the rest of the pass.
 */
export const patienceSeconds = 60;

/** Looks at both regions at once. It never throws: what did not answer is a problem in its place, and never guessed. */
export async function lookAtBoth(world: WatchWorld): Promise<Looks> {
  const { environment, region, providers, otherObservers } = world;
  const other = otherRegion(environment, region);
  const [here, there] = await Promise.all([
    lookAt(world, region, providers),
    lookAt(world, other, otherObservers),
  ]);
  return new Map([
    [region, here],
    [other, there],
  ]);
}

/** What was asked of a region, if it answers in time. Throws `Problem` unavailable if not, and what the asking throws. */
export function withPatience<T>(
  { wait }: Pick<WatchWorld, "wait">,
  region: string,
  asked: Promise<T>,
): Promise<T> {
  const tooLate = wait(patienceSeconds * 1_000).then(() => {
    const fix = "See the AWS Health Dashboard; the next pass asks again.";
    throw new Problem("unavailable", `${region} did not answer within ${patienceSeconds} seconds`, fix);
  });
  return Promise.race([asked, tooLate]);
}

/** Kind by kind, so that one that answers counts though another does not. */
async function lookAt(world: WatchWorld, region: string, observers: Observers): Promise<Look> {
  const patient = (kind: keyof Observers) => ({
    observe: () => withPatience(world, region, observers[kind].observe()),
  });
  return observeKinds({
    environment: world.environment,
    providers: {
      "rds-instance": patient("rds-instance"),
      "rds-cluster": patient("rds-cluster"),
      bucket: patient("bucket"),
    },
  });
}
