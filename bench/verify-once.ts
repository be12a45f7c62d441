import { join } from "node:path";

/*
 * One invocation of the verify function, as its bundle, in a process of its own. Arguments: the bundle's folder, the
 * source and the key, which is read whatever the catalog says. Prints one JSON line: seconds, CPU seconds, peak MiB, and whether it failed.
 */
const [folder = "", source = "", key = ""] = process.argv.slice(2);
const { handler } = await import(join(folder, "index.mjs"));
const body = JSON.stringify({
  source: "holdfast",
  "detail-type": "Archive Verification Requested",
  detail: { source, key, checkId: String(Date.now()) },
});
const record = { messageId: "1", body, attributes: { ApproximateReceiveCount: "1" } };
const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 900_000 };
const cpu = process.cpuUsage();
const began = performance.now();
const { batchItemFailures } = await handler({ Records: [record] }, context);
const seconds = (performance.now() - began) / 1_000;
const { user, system } = process.cpuUsage(cpu);
const peakMiB = process.resourceUsage().maxRSS / 1_024;
const failed = batchItemFailures.length > 0;
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMiB, failed })}\n`);
