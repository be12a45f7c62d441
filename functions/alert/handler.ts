import * as z from "zod/mini";
import { type Call, logProblem, task } from "../glue.ts";
import { type World, world } from "../world.ts";
import { alert } from "./alert.ts";

/** What a queue of hints sends. */
const Hints = z.object({ Records: z.array(z.unknown()) });

/**
 * Runs each minute by its schedule, and sooner when something hints that a finding changed. A pass that failed is made again
 * within a minute: hints are not given back to their queue, where they would only come to nothing again and again.
 */
export const handler = task(z.unknown(), run, world);

async function run(event: unknown, here: World, call: Call): Promise<void> {
  const pass = alert(here, call);
  await (Hints.safeParse(event).success ? pass.catch((thrown: unknown) => logProblem(thrown)) : pass);
}
