import type { DrillOutcome, DrillRequest } from "../core/drill.ts";
import type { Steps } from "../core/workflow.ts";
import type { DrillWorld } from "../drill-world.ts";
import { begin } from "./begin.ts";
import { drillBucket } from "./bucket.ts";
import { certify } from "./certify.ts";
import { drillDatabase } from "./database.ts";

/** What a drill came to. All of it is in the fact that it recorded. */
export type DrillEnd = { source: string; drill: string; outcome: DrillOutcome; reason?: string };

/**
 * Rehearses a restore of the newest point that is in this region: restores it where it can do no harm, checks it,
 * measures, takes it away again whatever came of it, and records all that, signed. It calls no other region.
 */
export async function drill(request: DrillRequest, steps: Steps, world: DrillWorld): Promise<DrillEnd> {
  const begun = await steps.step("begin", () => begin(request, steps.execution, world));
  const found =
    begun.source.kind === "bucket"
      ? await drillBucket(begun, steps, world)
      : await drillDatabase(begun, steps, world);
  return steps.always.step("certify", () => certify(begun, found, world));
}
