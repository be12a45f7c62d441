import type { Owner } from "../core/clone.ts";
import type { RestoreRequest } from "../core/restore.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { type Plan, planRestore } from "./planning.ts";
import { holdPoint, record } from "./record.ts";

/** After so long what a restore left behind is taken away by the reaper; no restore takes so long. */
const scratchSeconds = 7 * 24 * 3_600;

/** What is decided in the first step and holds for all others. */
export type Planned = Plan & { owner: Owner };

/** Plans a restore, keeps expiry from what it reads, and says what it will do. */
export async function decide(request: RestoreRequest, world: RestoreWorld): Promise<Planned> {
  const plan = await planRestore(request, world);
  if (plan.fact.point) await holdPoint(world, request, plan.fact.point);
  await record(world, request, "planned", { plan: plan.fact });
  const expiresMs = world.now().getTime() + scratchSeconds * 1_000;
  const expiresAt = `${new Date(expiresMs).toISOString().slice(0, 19)}Z`;
  return { ...plan, owner: { by: "restore", id: request.id, expiresAt } };
}
