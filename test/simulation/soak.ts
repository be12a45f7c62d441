import { parseArgs } from "node:util";
import { fleetOf } from "./fleet.ts";
import { explain, simulate } from "./reconciliation.ts";

/*
 * `npm run soak -- [--runs 100000] [--from 1]`: random histories of the reconciler, one seed each.
 * `npm run soak -- --runs 1 --from <seed>` replays one that failed. Exits with 1 at the first broken promise.
 */
const { values } = parseArgs({
  options: { runs: { type: "string", default: "100000" }, from: { type: "string", default: "1" } },
});
const first = Number(values.from);
const last = first + Number(values.runs) - 1;
console.log = () => {};
console.error = () => {};
for (let seed = first; seed <= last; seed++) {
  const outcome = await simulate(seed, fleetOf(seed));
  if (outcome.broken.length > 0) {
    process.stdout.write(`${explain(outcome)}\n`);
    process.exit(1);
  }
  if (seed % 100 === 0 || seed === last)
    process.stdout.write(`\rseeds ${first}..${seed} of ${last}: all promises kept`);
}
process.stdout.write("\n");
