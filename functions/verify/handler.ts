import { queueTask } from "../glue.ts";
import { world } from "../world.ts";
import { VerifyMessage, verify } from "./verify.ts";

/** Verifies archives as they arrive; fed by the queue `verify`, one message at a time. */
export const handler = queueTask(VerifyMessage, verify, world, { concurrency: 1 });
