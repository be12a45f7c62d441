import { Delivery } from "../core/notice.ts";
import { deliverWorld } from "../deliver-world.ts";
import { queueTask } from "../glue.ts";
import { deliver } from "./deliver.ts";

/** Runs on each message for a channel that is posted to. Those that failed and may be taken later come back. */
export const handler = queueTask(Delivery, deliver, deliverWorld);
