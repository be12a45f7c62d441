import type { Twin } from "../twin.ts";
import { shownForReplay, statePage } from "./durable-shapes.ts";
import {
  close,
  type ErrorObject,
  type Execution,
  type ExecutionStatus,
  elapse,
  nextDue,
  type Operation,
  payload,
  tell,
} from "./durable-state.ts";
import type { Ended } from "./lambda-function.ts";
import type { Functions } from "./lambda-functions.ts";

/** How executions reach the functions, and who hears of those that failed. */
export type Means = {
  functions: Functions;
  /** An execution that nobody waits for ended badly: for the dead-letter queue. */
  failed: (execution: Execution) => Promise<void>;
};

/**
 * Invokes the functions of executions: when there is something new for one, when time is up for what it waits for,
 * and again after an invocation that ended in an error, until the execution ends.
 */
export class DurableRunner {
  readonly #twin: Twin;
  readonly #means: Means;
  readonly #timers = new Map<string, () => void>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #closed = false;

  constructor(twin: Twin, means: Means) {
    this.#twin = twin;
    this.#means = means;
  }

  /** Resolves when the execution has ended. */
  async ended(execution: Execution): Promise<void> {
    if (execution.status !== "RUNNING") return;
    await new Promise<void>((resolve) => {
      this.#waiting.set(execution.arn, [...(this.#waiting.get(execution.arn) ?? []), resolve]);
    });
  }

  /** Goes on with what was under way when the stand-in ended: an invocation that was cut off is tried again. */
  resume(execution: Execution): void {
    if (execution.invoked) execution.retryMs = this.#now();
    execution.invoked = false;
    this.wake(execution);
  }

  shut(): void {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
  }

  /** One invocation of the function, with the state of its execution. */
  async invoke(execution: Execution): Promise<void> {
    execution.invoked = true;
    execution.invocation += 1;
    execution.checkpoint = 0;
    delete execution.retryMs;
    const { arn, invocation, functionArn, version, region } = execution;
    const UpdatedOperationIds = [...execution.changed];
    told(execution);
    const input = {
      DurableExecutionArn: arn,
      CheckpointToken: tokenOf(execution),
      InitialExecutionState: statePage(execution, {}),
      UpdatedOperationIds,
    };
    const began = this.#now();
    this.arm(execution);
    let ended: Ended;
    try {
      ended = await this.#means.functions
        .resolve(functionArn, region, version)
        .fn.invoke(JSON.stringify(input));
    } catch (thrown) {
      // The function is no more: the execution fails (developer guide, deleting functions).
      ended = { result: { Status: "FAILED", Error: { ErrorMessage: String(thrown) } } };
    }
    if (this.#closed || execution.invocation !== invocation) return;
    execution.invoked = false;
    const error = "error" in ended ? asErrorObject(ended.error) : undefined;
    const times = { StartTimestamp: new Date(began), EndTimestamp: new Date(this.#now()) };
    const details = { ...times, RequestId: `${invocation}`, ...(error ? { Error: payload(error) } : {}) };
    tell(execution, "InvocationCompleted", this.#now(), details);
    if (execution.status !== "RUNNING") return;
    if ("result" in ended) this.#take(execution, ended.result as Output | null);
    else {
      execution.failures += 1;
      // Exponential, until the execution's own timeout; AWS does not say how long (developer guide, backend retries).
      execution.retryMs = this.#now() + Math.min(2 ** (execution.failures - 1), 60) * 1_000;
    }
    this.wake(execution);
  }

  /** What an invocation gave. */
  #take(execution: Execution, output: Output | null): void {
    execution.failures = 0;
    const { Status, Result, Error: error } = output ?? {};
    const failed = (ErrorMessage: string) => this.close(execution, "FAILED", { error: { ErrorMessage } });
    if (Status === "SUCCEEDED")
      this.close(execution, "SUCCEEDED", Result === undefined ? {} : { result: Result });
    else if (Status === "FAILED") this.close(execution, "FAILED", error ? { error } : {});
    else if (Status !== "PENDING") failed("Invalid Status in invocation output.");
    else if (execution.changed.length === 0 && !execution.operations.some(isPending))
      failed("Cannot return PENDING status with no pending operations.");
  }

  /** Lets time have its effect, and invokes the function if there is something new for it. */
  wake(execution: Execution): void {
    if (this.#closed || execution.status !== "RUNNING") return;
    const now = this.#now();
    if (now >= execution.startMs + execution.timeoutSeconds * 1_000) {
      this.close(execution, "TIMED_OUT", { error: { ErrorMessage: "Execution timed out" } });
      return;
    }
    elapse(execution, now);
    const { invoked, retryMs, changed, operations } = execution;
    const news = changed.length > 0 || operations.some(({ status }) => status === "READY");
    const due = retryMs === undefined ? news : retryMs <= now;
    if (!invoked && due) void this.invoke(execution);
    else this.arm(execution);
  }

  /** Sees to it that the execution wakes when time has an effect on it. */
  arm(execution: Execution): void {
    this.#timers.get(execution.arn)?.();
    this.#timers.delete(execution.arn);
    if (this.#closed || execution.status !== "RUNNING") return;
    const dueMs = nextDue(execution);
    this.#timers.set(
      execution.arn,
      this.#twin.clock.at(dueMs, () => this.wake(execution)),
    );
  }

  /** Ends the execution. */
  close(
    execution: Execution,
    status: Exclude<ExecutionStatus, "RUNNING">,
    outcome: { result?: string; error?: ErrorObject },
  ): void {
    close(execution, status, this.#now(), outcome);
    this.over(execution);
  }

  /** What there is to do once an execution has ended. */
  over(execution: Execution): void {
    this.arm(execution);
    const waiting = this.#waiting.get(execution.arn);
    this.#waiting.delete(execution.arn);
    for (const resolve of waiting ?? []) resolve();
    if (!waiting && execution.status !== "SUCCEEDED") void this.#means.failed(execution);
  }

  #now(): number {
    return this.#twin.clock.now();
  }
}

type Output = { Status?: string; Result?: string; Error?: ErrorObject };

/** What has changed since the function was last told, and that it is told now. */
export function told(execution: Execution) {
  const { changed, operations } = execution;
  execution.changed = [];
  return operations.filter(({ id }) => changed.includes(id)).map(shownForReplay);
}

/** The token of an execution's latest checkpoint. */
export function tokenOf({ arn, invocation, checkpoint }: Execution): string {
  return Buffer.from(JSON.stringify({ arn, invocation, checkpoint })).toString("base64");
}

function isPending({ type, status }: Operation): boolean {
  if (type === "STEP") return status === "PENDING" || status === "READY";
  return (type === "WAIT" || type === "CALLBACK") && status === "STARTED";
}

function asErrorObject({
  errorType,
  errorMessage,
}: {
  errorType: string;
  errorMessage: string;
}): ErrorObject {
  return { ErrorType: errorType, ErrorMessage: errorMessage };
}
