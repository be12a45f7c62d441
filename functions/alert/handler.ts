import * as z from "zod/mini";
import { domainEvents } from "../core/event.ts";
import { task } from "../glue.ts";
import { world } from "../world.ts";
import { alert } from "./alert.ts";

/** Runs on each "Finding Changed" of the environment's bus. An error makes Lambda try again, twice. */
export const handler = task(
  z.object({ detail: domainEvents["Finding Changed"] }),
  ({ detail }, here) => alert(detail, here),
  world,
);
