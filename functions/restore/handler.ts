import { RestoreOrder } from "../core/restore.ts";
import { durableTask } from "../durable.ts";
import { restoreWorld } from "../restore-world.ts";
import { whyCancelled } from "./record.ts";
import { carryOut } from "./run.ts";

/** Restores, as a durable execution of the restore's name; an undo is one of its own, which nobody can cancel. */
export const handler = durableTask(RestoreOrder, carryOut, restoreWorld, {
  cancelled: async (order, here) => (order.do === "restore" ? whyCancelled(order.request, here) : undefined),
});
