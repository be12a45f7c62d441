import { HydrateRequest } from "../core/hydrate.ts";
import { log, task } from "../glue.ts";
import { networkWorld } from "../network-world.ts";
import { hydrate } from "./hydrate.ts";

/** Reads a restored database whole, in the network in which it is; asked by restores. */
export const handler = task(
  HydrateRequest,
  (request, { now, secrets }, { remainingMs }) =>
    hydrate(request, {
      ...{ secret: secrets.text, now, remainingMs },
      progress: (done) => log("database read", done),
    }),
  networkWorld,
);
