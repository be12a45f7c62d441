import * as z from "zod/mini";

/** How a durable execution ended. */
export const ExecutionEnd = z.enum(["succeeded", "failed", "timed-out", "stopped", "forgotten"]);
export type ExecutionEnd = z.infer<typeof ExecutionEnd>;

/** A durable execution as Lambda tells of it; `forgotten`: it ended so long ago that Lambda keeps nothing of it. */
export type Execution =
  | { state: "running" }
  | { state: "ended"; how: ExecutionEnd; endedAt?: string; error?: string };

/**
 * For so long an invocation may go on after its execution was ended from outside: Lambda's longest. Until then it may
 * still record an end of its own, and change things.
 */
export const invocationSeconds = 900;

/** Lambda keeps what has ended for a day at least; who asks sooner and is told that there is nothing asks too soon. */
const keptSeconds = 86_400;

/** Whether an execution that began at `begunAt` is over for good: nothing of it can come any more. Pure. */
export function isOver(execution: Execution, begunAt: string, now: Date): boolean {
  if (execution.state === "running") return false;
  const ageSeconds = (from: string) => (now.getTime() - Date.parse(from)) / 1_000;
  if (execution.how === "forgotten") return ageSeconds(begunAt) > keptSeconds;
  return ageSeconds(execution.endedAt ?? begunAt) > invocationSeconds;
}

/** Why nothing more is to come of an execution, in words that go after "because" or a colon. */
export function whyEnded({ how, endedAt, error }: Extract<Execution, { state: "ended" }>): string {
  const at = endedAt ? ` at ${endedAt.slice(0, 19)}Z` : "";
  const said = error ? ` ("${error.slice(0, 200)}")` : "";
  const why = {
    succeeded: `its execution ended${at} without a result`,
    failed: `its execution broke off${at}${said}`,
    "timed-out": `its execution ran out of time${at}`,
    stopped: `its execution was stopped from outside${at}${said}`,
    forgotten: "its execution ended so long ago that AWS keeps nothing of it",
  };
  return why[how];
}
