import { type RestoredObjects, restoreStamp } from "../core/restore.ts";
import type { Steps } from "../core/workflow.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { approved, NotApproved } from "./approval.ts";
import { tellLong } from "./end.ts";
import { takeBackObjects } from "./objects.ts";
import { renameAll, reversed } from "./rename.ts";
import { beginUndo, tellUndoFailed, tellUndone, type Undoing, type UndoOrder } from "./undoing.ts";

/**
 * Puts back what a restore took the place of. What had come back stays, under another name: people may have written
 * into it. Whatever it fails of, all names are as the restore or as the undo wants them; it can be tried again, also
 * when it was stopped among its renames.
 */
export async function undo(order: UndoOrder, steps: Steps, world: RestoreWorld) {
  const { id, attempt = 1 } = order;
  const { always, execution } = steps;
  let undoing: Undoing;
  let objects: RestoredObjects | undefined;
  try {
    undoing = (await steps.step("plan", () => beginUndo(order, execution, world))) as Undoing;
    const { asker, finished, renamings } = undoing;
    const request = { id, source: finished.source };
    if (world.environment.restores?.approval === "required") {
      const does = `what was there before ${restoreStamp(id)} gets its names back`;
      await approved({ request, what: "undo", attempt, asker, does }, steps, world);
    }
    try {
      await renameAll(renamings, "undo", always, world);
      if (undoing.objects) objects = await takeBackObjects(undoing.objects, steps, world);
    } catch (thrown) {
      await renameAll(reversed(renamings), "take back", always, world);
      throw thrown;
    }
  } catch (thrown) {
    await always.step("tell that it failed", () => tellUndoFailed(order, execution, thrown, world), tellLong);
    if (thrown instanceof NotApproved) return {};
    throw thrown;
  }
  const { finished } = undoing;
  const tell = () => tellUndone({ id, source: finished.source }, finished, objects, world);
  return always.step("tell that it is done", tell, tellLong);
}
