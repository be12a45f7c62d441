import type { RestoreOrder } from "../core/restore.ts";
import type { Steps } from "../core/workflow.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { approved } from "./approval.ts";
import { recordRequest } from "./asked.ts";
import type { Run } from "./database.ts";
import { decide, type Planned } from "./decide.ts";
import { type Begun, endOf, type Restored, tellEnded, tellFinished, tellLong } from "./end.ts";
import { bringBack, takeBack } from "./kinds.ts";
import { record } from "./record.ts";

/**
 * Brings a source back in this region, from this region's vault, snapshots and backups alone. Whatever stops it, it
 * leaves either a finished restore or what was there before.
 */
export async function restore(
  order: Extract<RestoreOrder, { do: "restore" }>,
  steps: Steps,
  world: RestoreWorld,
): Promise<Restored> {
  const { request } = order;
  const { always } = steps;
  const asker = await always.step("request", () => recordRequest(order, request, steps.execution, world));
  let planned: Planned;
  try {
    planned = (await steps.step("plan", () => decide(request, world))) as Planned;
  } catch (thrown) {
    const nothing = { left: [], point: undefined };
    await always.step("tell that it ended", () => tellEnded(request, thrown, nothing, world), tellLong);
    return endOf(thrown);
  }
  const { fact, owner } = planned;
  const { point } = fact;
  const begun: Begun[] = [];
  const begin = async (step: string) => {
    const name = `began-${fact.steps.findIndex((one) => one.name === step) + 1}` as const;
    const at = await steps.step(`begin ${step}`, () => record(world, request, name, { step }));
    begun.push({ step, at });
  };
  const run: Run = { request, owner, steps, world, begin, begun };
  let back: Restored["back"];
  try {
    if (fact.steps.some(({ name }) => name === "approval")) {
      await begin("approval");
      const does = `${fact.from} comes back as ${fact.into}`;
      await approved({ request, what: "restore", asker, does }, steps, world);
    }
    back = await bringBack(planned, run);
  } catch (thrown) {
    const left = await takeBack(planned, run);
    await always.step(
      "tell that it ended",
      () => tellEnded(request, thrown, { left, point }, world),
      tellLong,
    );
    return endOf(thrown);
  }
  return always.step(
    "tell that it is done",
    () => tellFinished(request, { back, point }, begun, world),
    tellLong,
  );
}
