import { join } from "node:path";
import { format } from "node:util";
import { parentPort, workerData } from "node:worker_threads";

/*
 * Runs one function's own bundle in its own thread, with its own environment: what the Lambda runtime does. It
 * takes one invocation at a time, as a Lambda execution environment does.
 */
if (process.env.AWS_LAMBDA_LOG_FORMAT === "JSON") wrapConsole();
let requestId = "";
const { folder, handler } = workerData as { folder: string; handler: string };
const [file, name] = handler.split(".") as [string, string];
const loaded = import(join(folder, `${file}.mjs`)) as Promise<
  Record<string, (event: unknown, context: unknown) => Promise<unknown>>
>;

parentPort?.on("message", async ({ id, event, deadlineMs, functionName, functionVersion }) => {
  requestId = id;
  const context = {
    awsRequestId: id,
    functionName,
    functionVersion,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
  try {
    const run = (await loaded)[name];
    if (!run) throw new Error(`the bundle exports no ${name}`);
    parentPort?.postMessage({ id, result: (await run(JSON.parse(event), context)) ?? null });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    parentPort?.postMessage({
      id,
      error: { errorType: error.name, errorMessage: error.message, stack: error.stack },
    });
  }
});

/** Lambda puts what a function says by `console` into an object of its own; what it writes to stdout stays as it is. */
function wrapConsole(): void {
  const levels = { debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" } as const;
  for (const [method, level] of Object.entries(levels) as [keyof typeof levels, string][]) {
    console[method] = (...said: unknown[]) => {
      const message = said.length === 1 ? said[0] : format(...said);
      const timestamp = new Date().toISOString();
      process.stdout.write(`${JSON.stringify({ timestamp, level, requestId, message })}\n`);
    };
  }
}
