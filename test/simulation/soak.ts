import { parseArgs } from "node:util";
import { simulateExpiry } from "./expiry.ts";
import { fleetOf } from "./fleet.ts";
import { simulateHealthy } from "./healthy.ts";
import { explain, type Outcome, simulate } from "./reconciliation.ts";
import { simulateReplication } from "./replication.ts";
import { simulateSilence } from "./silence.ts";
import { simulateTelling } from "./telling.ts";
import { simulateWatched } from "./watched.ts";

/*
 * `npm run soak -- [--of expiry] [--runs 100000] [--from 1]`: random histories, one seed each, of the reconciler, of
 * replication, of expiry, of telling people, and of houses in which nothing is wrong, or of that which `--of` names.
 * `npm run soak -- --of expiry --runs 1 --from <seed>` replays one that failed. Exits with 1 at the first broken promise.
 */
const simulations: Record<string, (seed: number) => Promise<Outcome>> = {
  reconciliation: (seed) => simulate(seed, fleetOf(seed)),
  replication: simulateReplication,
  expiry: simulateExpiry,
  telling: (seed) => simulateTelling(seed),
  healthy: (seed) => simulateHealthy(seed),
  watch: (seed) => simulateWatched(seed),
  silence: (seed) => simulateSilence(seed),
};
const { values } = parseArgs({
  options: {
    of: { type: "string" },
    runs: { type: "string", default: "100000" },
    from: { type: "string", default: "1" },
  },
});
if (values.of && !(values.of in simulations)) {
  process.stderr.write(`--of ${values.of} is none of ${Object.keys(simulations).join(", ")}\n`);
  process.exit(2);
}
const first = wholeNumber("from");
const last = first + wholeNumber("runs") - 1;
console.log = () => {};
console.error = () => {};
for (const [name, run] of Object.entries(simulations)) {
  if (values.of && values.of !== name) continue;
  for (let seed = first; seed <= last; seed++) {
    const outcome = await run(seed);
    if (outcome.broken.length > 0) {
      process.stdout.write(`\n${name}: ${explain(outcome)}\n`);
      process.exit(1);
    }
    if (seed % 100 === 0 || seed === last)
      process.stdout.write(`\r${name}: seeds ${first}..${seed} of ${last}: all promises kept`);
  }
  process.stdout.write("\n");
}

function wholeNumber(name: "from" | "runs"): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number > 0) return number;
  process.stderr.write(`--${name} is "${values[name]}", but must be a whole number from 1\n`);
  process.exit(2);
}
