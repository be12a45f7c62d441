import { purposes, type RestoreOrder, type RestoreRequest } from "../core/restore.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { record } from "./record.ts";

/** Finds out who wants a restore, and records that it was asked for. Gives the ARN of who asked. */
export async function recordRequest(
  { proof }: RestoreOrder,
  request: RestoreRequest,
  execution: string,
  world: RestoreWorld,
): Promise<string> {
  const known = await world.catalog.readRestore(request.id, "requested");
  // A proof is good for some minutes only: whoever it was stays who it was.
  if (known?.by) return known.by;
  const by = await world.identity.identify(proof, purposes.restore(request.id));
  await record(world, request, "requested", { request, by, execution });
  return by;
}
