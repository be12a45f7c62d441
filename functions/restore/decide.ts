import type { Owner } from "../core/clone.ts";
import { Problem } from "../core/problem.ts";
import type { RestoreRequest } from "../core/restore.ts";
import type { World } from "../world.ts";
import { type DatabasePlan, planDatabase } from "./database-plan.ts";
import { viewDatabase } from "./database-view.ts";
import { holdPoint, record } from "./record.ts";
import { sourceNamed } from "./view.ts";

/** After so long what a restore left behind is taken away by the reaper; no restore takes so long. */
const scratchSeconds = 7 * 24 * 3_600;

/** What is decided in the first step and holds for all others. */
export type Planned = { owner: Owner } & DatabasePlan;

/** Plans a restore from what this region knows. Changes nothing: `holdfast restore --dry-run` shows it. Throws `Problem`. */
export async function planRestore(request: RestoreRequest, world: World): Promise<DatabasePlan> {
  const source = sourceNamed(world, request.source);
  if (source.kind === "rds-instance" || source.kind === "rds-cluster")
    return planDatabase(await viewDatabase(world, source, request));
  throw new Problem("unsupported", `"${source.name}" is no database`, "Restore it by hand.");
}

/** Plans a restore, keeps expiry from what it reads, and says what it will do. */
export async function decide(request: RestoreRequest, world: World): Promise<Planned> {
  const plan = await planRestore(request, world);
  if (plan.fact.point) await holdPoint(world, request, plan.fact.point);
  await record(world, request, "planned", { plan: plan.fact });
  const expiresMs = world.now().getTime() + scratchSeconds * 1_000;
  const expiresAt = `${new Date(expiresMs).toISOString().slice(0, 19)}Z`;
  return { ...plan, owner: { by: "restore", id: request.id, expiresAt } };
}
