import * as z from "zod/mini";
import { task } from "../glue.ts";
import { startingWorld } from "../workflow-world.ts";
import { reconcile } from "./reconcile.ts";

/**
 * Whatever wakes it (the schedule, a batch of hints from the wake queue), it makes one pass over everything. An
 * error sends the whole batch back, and makes the schedule's invocation fail, which an alarm sees.
 */
export const handler = task(z.unknown(), (_hint, here) => reconcile(here), startingWorld);
