import { queueTask } from "../glue.ts";
import { world } from "../world.ts";
import { ReplicateMessage, replicate } from "./replicate.ts";

/** Brings replicas to what their sources are; fed by the queue `replicate`, ten messages at a time. */
export const handler = queueTask(ReplicateMessage, replicate, world);
