import type { RestoreRequest } from "../core/restore.ts";
import type { Steps } from "../core/workflow.ts";
import type { World } from "../world.ts";
import { type Run, restoreDatabase } from "./database.ts";
import { decide, type Planned } from "./decide.ts";
import { discardDatabase } from "./discard.ts";
import { type Begun, type Restored, tellEnded, tellFinished, tellLong } from "./end.ts";
import { record } from "./record.ts";

/**
 * Brings a source back in this region, from this region's vault, snapshots and backups alone. Whatever stops it, it
 * leaves either a finished restore or what was there before.
 */
export async function restore(request: RestoreRequest, steps: Steps, world: World): Promise<Restored> {
  const { always } = steps;
  await always.step("request", () => record(world, request, "requested", { request }));
  let planned: Planned;
  try {
    planned = (await steps.step("plan", () => decide(request, world))) as Planned;
  } catch (thrown) {
    const nothing = { left: [], point: undefined };
    await always.step("tell that it ended", () => tellEnded(request, thrown, nothing, world), tellLong);
    throw thrown;
  }
  const { fact, owner } = planned;
  const { point } = fact;
  const begun: Begun[] = [];
  const begin = async (step: string) => {
    const name = `began-${fact.steps.findIndex((one) => one.name === step) + 1}` as const;
    const at = await steps.step(`begin ${step}`, () => record(world, request, name, { step }));
    begun.push({ step, at });
  };
  const run: Run = { request, owner, steps, world, begin };
  let database: Restored["database"];
  try {
    database = await restoreDatabase(planned, run);
  } catch (thrown) {
    const left = await discardDatabase(planned, run);
    await always.step(
      "tell that it ended",
      () => tellEnded(request, thrown, { left, point }, world),
      tellLong,
    );
    throw thrown;
  }
  const tell = () => tellFinished(request, { database, point }, begun, world);
  return always.step("tell that it is done", tell, tellLong);
}
