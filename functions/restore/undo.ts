import { type RestoredObjects, type RestoreOrder, restoreStamp } from "../core/restore.ts";
import type { Steps } from "../core/workflow.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { approved, NotApproved } from "./approval.ts";
import { tellLong } from "./end.ts";
import { takeBackObjects } from "./objects.ts";
import { renameAll, reversed } from "./rename.ts";
import { beginUndo, tellUndoFailed, tellUndone, type Undoing } from "./undoing.ts";

/**
 * Puts back what a restore took the place of. What had come back stays, under another name: people may have written
 * into it. Whatever stops it, all names are as the restore or as the undo wants them.
 */
export async function undo(order: Extract<RestoreOrder, { do: "undo" }>, steps: Steps, world: RestoreWorld) {
  const { id } = order;
  const undoing = (await steps.step("plan", () => beginUndo(order, world))) as Undoing;
  const { asker, finished, renamings } = undoing;
  const request = { id, source: finished.source };
  const { always } = steps;
  let objects: RestoredObjects | undefined;
  try {
    if (world.environment.restores?.approval === "required") {
      const does = `what was there before ${restoreStamp(id)} gets its names back`;
      await approved({ request, what: "undo", asker, does }, steps, world);
    }
    try {
      await renameAll(renamings, "undo", always, world);
      if (undoing.objects) objects = await takeBackObjects(undoing.objects, steps, world);
    } catch (thrown) {
      await renameAll(reversed(renamings), "take back", always, world);
      throw thrown;
    }
  } catch (thrown) {
    await always.step("tell that it failed", () => tellUndoFailed(request, thrown, world), tellLong);
    if (thrown instanceof NotApproved) return {};
    throw thrown;
  }
  const tell = () => tellUndone(request, finished, objects, world);
  return always.step("tell that it is done", tell, tellLong);
}
