import { CheckRequest } from "../core/fingerprint.ts";
import { log, task } from "../glue.ts";
import { networkWorld } from "../network-world.ts";
import { check } from "./check.ts";

/** Checks a restored database, in the VPC in which it is; called by drills and restores. */
export const handler = task(
  CheckRequest,
  (request, { now, secrets }, { remainingMs }) =>
    check(request, {
      ...{ secret: secrets.text, now, remainingMs },
      progress: (done) => log("table fingerprinted", done),
    }),
  networkWorld,
);
