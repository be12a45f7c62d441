import { purposes, type RestoreOrder, type RestoreRequest } from "../core/restore.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { actorOf } from "./actor.ts";
import { record } from "./record.ts";

/** Finds out who wants a restore, and records that it was asked for. Gives the ARN of who asked. */
export async function recordRequest(
  { proof, onBehalfOf }: RestoreOrder,
  request: RestoreRequest,
  execution: string,
  world: RestoreWorld,
): Promise<string> {
  const known = await world.catalog.readRestore(request.id, "requested");
  // A proof is good for some minutes only: whoever it was stays who it was.
  if (known?.by) return known.by;
  const proved = await world.identity.identify(proof, purposes.restore(request.id));
  const by = actorOf(proved, onBehalfOf, world);
  await record(world, request, "requested", { request, by, execution });
  return by;
}
