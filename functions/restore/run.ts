import type { RestoreOrder } from "../core/restore.ts";
import type { Workflow } from "../core/workflow.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { undo } from "./undo.ts";
import { restore } from "./workflow.ts";

/** Carries out an order: a restore, or the undoing of one. */
export const carryOut: Workflow<RestoreOrder, unknown, RestoreWorld> = (order, steps, world) =>
  order.do === "restore" ? restore(order, steps, world) : undo(order, steps, world);
