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
  const looks = await Promise.all([lookAt(world, region, providers), lookAt(world, other, otherObservers)]);
  return new Map([
    [region, looks[0]],
    [other, looks[1]],
  ]);
}

/** Kind by kind, so that one that answers counts though another does not. */
async function lookAt(
  { environment, wait }: WatchWorld,
  region: string,
  observers: Observers,
): Promise<Look> {
  const patient = (kind: keyof Observers) => ({
    observe: () => Promise.race([observers[kind].observe(), tooLate(wait, region)]),
  });
  return observeKinds({
    environment,
    providers: {
      "rds-instance": patient("rds-instance"),
      "rds-cluster": patient("rds-cluster"),
      bucket: patient("bucket"),
    },
  });
}

async function tooLate(wait: WatchWorld["wait"], region: string): Promise<never> {
  await wait(patienceSeconds * 1_000);
  const fix = "See the AWS Health Dashboard; the next pass asks again.";
  throw new Problem("unavailable", `${region} did not answer within ${patienceSeconds} seconds`, fix);
}
