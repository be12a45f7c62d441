import * as z from "zod/mini";
import { isContinuousAt } from "../core/continuity.ts";
import { domainEvents, eventSource } from "../core/event.ts";
import { log } from "../glue.ts";
import type { World } from "../world.ts";

/** The reconciler's request, as EventBridge delivers it. */
export const BackupsRequest = z.object({
  source: z.literal(eventSource),
  "detail-type": z.literal("Automated Backups Requested"),
  detail: domainEvents["Automated Backups Requested"],
});

/**
 * Has a source's automated backups kept as its plan asks. The request only names the source: for how many days is read
 * from what was deployed with this function, and the database is looked at here again, so that whoever sends a request
 * can have nothing done but this. Throws `Problem`; Lambda tries again, and the next pass asks again.
 */
export async function keepBackups(world: World, name: string): Promise<void> {
  const source = world.environment.sources.find((one) => one.name === name);
  if (!source || !isContinuousAt(source, { role: "primary" })) return;
  const { days } = source.plan.pointInTime;
  await world.providers[source.kind].continuous?.keep(source, days);
  log("automated backups are kept", { source: name, days });
}
