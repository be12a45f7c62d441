import { task } from "../glue.ts";
import { networkWorld } from "../network-world.ts";
import { HeartbeatRequest, heartbeat } from "./heartbeat.ts";

/** Writes one beat each minute, in the network of the database that it is for. */
export const handler = task(HeartbeatRequest, heartbeat, networkWorld);
