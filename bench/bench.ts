import { benchColdStart } from "./cold-start.ts";
import { benchDrill } from "./drill.ts";
import { benchFingerprint } from "./fingerprint.ts";
import { benchReconcile } from "./reconcile.ts";
import { benchReplicate } from "./replicate.ts";
import { benchRetention } from "./retention.ts";
import { benchVerify } from "./verify.ts";
import { benchWatch } from "./watch.ts";

/*
 * `npm run bench [-- cold-start|drill|fingerprint|reconcile|replicate|retention|verify|watch]`: medians and ratios, each measured side by
 * side in one run.
 */
const benches = {
  "cold-start": benchColdStart,
  drill: benchDrill,
  fingerprint: benchFingerprint,
  reconcile: benchReconcile,
  replicate: benchReplicate,
  retention: benchRetention,
  verify: benchVerify,
  watch: benchWatch,
};
const [wanted] = process.argv.slice(2);
if (wanted !== undefined && !(wanted in benches)) {
  console.error(`npm run bench: "${wanted}" is no benchmark; there are: ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(benches)) {
  if (wanted !== undefined && wanted !== name) continue;
  for (const { name: what, median, unit, ratio, against, goal } of await bench()) {
    const compared = ratio === undefined ? "" : `  ${ratio.toFixed(2)} x ${against ?? ""}`;
    console.log(`${what}: ${median} ${unit}${compared}${goal ? `  (goal ${goal})` : ""}`);
  }
}
