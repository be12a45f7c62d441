import { join } from "node:path";

/*
 * The reconcile function, as its bundle, in a process of its own that stays warm as Lambda's would. Argument: the
 * bundle's folder. To each message it makes one pass, and answers with its seconds, CPU seconds and peak MiB so far.
 */
const [folder = ""] = process.argv.slice(2);
const { handler } = await import(join(folder, "index.mjs"));
const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 600_000 };
console.log = () => {};
process.on("message", async () => {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await handler({}, context);
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const peakMiB = process.resourceUsage().maxRSS / 1_024;
  process.send?.({ seconds, cpuSeconds: (user + system) / 1e6, peakMiB });
});
process.send?.("ready");
