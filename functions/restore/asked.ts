import { Problem } from "../core/problem.ts";
import { purposes, type RestoreFact, type RestoreOrder, type RestoreRequest } from "../core/restore.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { actorOf } from "./actor.ts";
import { record } from "./record.ts";

/**
 * Who asked, as an execution has recorded it. Throws `Problem` access-denied for another execution: whoever starts one may
 * name in it what somebody else has asked for, and must not become them.
 */
export function ownBy({ by = "", execution, restore }: RestoreFact, own: string): string {
  if (execution === own) return by;
  const what = `${restore} is another execution's, and what was asked for there is not taken up here`;
  throw new Problem("access-denied", what, "Ask for one of your own.");
}

/** Finds out who wants a restore, and records that it was asked for. Gives the ARN of who asked. */
export async function recordRequest(
  { proof, onBehalfOf }: RestoreOrder,
  request: RestoreRequest,
  execution: string,
  world: RestoreWorld,
): Promise<string> {
  const known = await world.catalog.readRestore(request.id, "requested");
  // A proof is good for some minutes only: whoever it was stays who it was, to this execution and to no other.
  if (known?.by) return ownBy(known, execution);
  const proved = await world.identity.identify(proof, purposes.restore(request.id, onBehalfOf));
  const by = actorOf(proved, onBehalfOf, world);
  await record(world, request, "requested", { request, by, execution });
  return by;
}
