import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";

/*
 * Runs one function's own bundle in its own thread, with its own environment: what the Lambda runtime does. It
 * takes one invocation at a time, as a Lambda execution environment does.
 */
const { folder, handler } = workerData as { folder: string; handler: string };
const [file, name] = handler.split(".") as [string, string];
const loaded = import(join(folder, `${file}.mjs`)) as Promise<
  Record<string, (event: unknown, context: unknown) => Promise<unknown>>
>;

parentPort?.on("message", async ({ id, event, deadlineMs, functionName, functionVersion }) => {
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
