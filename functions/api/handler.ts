import { apiWorld } from "../api-world.ts";
import { task } from "../glue.ts";
import { answer } from "./answer.ts";
import { HttpEvent } from "./event.ts";

/** Answers every request of this region's HTTP API. */
export const handler = task(HttpEvent, (event, world, call) => answer(event, world, call), apiWorld);
