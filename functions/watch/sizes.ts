import { otherRegion } from "../core/environment.ts";
import type { WatchView } from "../core/judging.ts";
import { keptBuckets } from "../core/reporting.ts";
import { logProblem } from "../glue.ts";
import type { BucketSizes } from "../metrics/bucket-sizes.ts";
import type { WatchWorld } from "../watch-world.ts";
import { withPatience } from "./look.ts";

/** How large the buckets of both regions were. What CloudWatch does not say is absent: it is shown nowhere, and no alarm. */
export async function readSizes(world: WatchWorld): Promise<WatchView["sizes"]> {
  const { environment, region, bucketSizes } = world;
  const other = otherRegion(environment, region);
  const asked = async (where: string, ask: BucketSizes) => {
    try {
      return [...(await withPatience(world, where, ask(keptBuckets(environment, where))))];
    } catch (thrown) {
      logProblem(thrown, { sizes: where });
      return [];
    }
  };
  const both = await Promise.all([asked(region, bucketSizes.here), asked(other, bucketSizes.there)]);
  return new Map(both.flat());
}
