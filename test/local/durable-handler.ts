import { appendFileSync, readFileSync } from "node:fs";
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";

/*
 * A durable function as a bundle in a worker thread, for test/local/durable-http.test.ts. It notes what it does in a
 * file, and has its first try of the step "risky" end as the event says.
 */
type Event = { end?: "exit" | "hang" };
const file = process.env.NOTES ?? "";
const note = (what: string) => appendFileSync(file, `${what}\n`);

export const handler = withDurableExecution(async ({ end }: Event, context: DurableContext) => {
  await context.step("first", async () => note("first"));
  await context.step("risky", async () => {
    const before = readFileSync(file, "utf8").includes("risky");
    note("risky");
    if (before) return;
    if (end === "exit") process.exit(3);
    if (end === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
  await context.wait("a while", { seconds: 2 });
  await context.step("last", async () => note("last"));
  return { functionVersion: context.lambdaContext.functionVersion };
});
