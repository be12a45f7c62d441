import { type Answer, errorFrom, type KeptError, keepError, type Steps } from "../functions/core/workflow.ts";
import { type DurableOptions, Invocation, idOf, type Moment, type Operation } from "./durable-invocation.ts";

type Outcome = { result?: string; error?: KeptError };

/** Cuts off at moment number `count`, once. */
export function crashAt(count: number): (at: Moment) => boolean {
  return (at) => at.count === count;
}

/**
 * One durable execution in memory, for tests and simulations: checkpoints are JSON, time is a virtual clock, and it
 * can be cut off at any moment. What functions/durable.ts does over AWS, without AWS.
 */
export class Durable<O> {
  status: "running" | "succeeded" | "failed" | "stopped" = "running";
  operations: Operation[] = [];
  invocations = 0;
  moments = 0;
  #outcome: Outcome = {};
  #endedMs?: number;
  readonly #workflow: (steps: Steps) => Promise<O>;
  readonly #options: DurableOptions;

  constructor(workflow: (steps: Steps) => Promise<O>, options: DurableOptions) {
    this.#workflow = workflow;
    this.#options = options;
    if (options.saved) {
      const { status, operations, outcome } = JSON.parse(options.saved);
      this.status = status;
      this.operations = operations;
      this.#outcome = outcome;
    }
  }

  /** All that is kept of it. */
  save(): string {
    return JSON.stringify({ status: this.status, operations: this.operations, outcome: this.#outcome });
  }

  /** One line for each operation, for golden histories. */
  history(): string[] {
    return this.operations.map(
      ({ kind, name, status, attempts }) => `${kind} ${name}: ${status} x${attempts}`,
    );
  }

  /** The instant at which it is due to run again; undefined if only an answer can wake it, or it ended. */
  get dueMs(): number | undefined {
    if (this.status !== "running") return undefined;
    const due = this.operations.flatMap(({ kind, status, kept, dueMs }) => {
      if (status !== "pending" || dueMs === undefined) return [];
      return kind === "callback" && kept !== undefined ? [0] : [dueMs];
    });
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Runs until it ends or waits; after a crash it is invoked again. */
  async run(): Promise<void> {
    for (let crashes = 0; this.status === "running"; crashes++) {
      if (crashes > 10_000) throw new Error("it crashes for ever");
      if ((await this.#invoke()) !== "crashed") return;
    }
  }

  /** Runs to its end, moving the clock to whatever is due. Gives the result, or throws what the workflow threw. */
  async finish(): Promise<O> {
    const { clock } = this.#options;
    for (;;) {
      await this.run();
      if (this.status !== "running") return this.result();
      const { dueMs } = this;
      if (dueMs === undefined) throw new Error(`nothing would wake it: ${this.history().at(-1)}`);
      clock.advanceTo(Math.max(dueMs, clock.now()));
      // What the clock has woken elsewhere does its work first.
      await new Promise(setImmediate);
    }
  }

  /** The result of an execution that succeeded; throws the error of one that failed. */
  result(): O {
    const { result, error } = this.#outcome;
    if (error) throw errorFrom(error);
    if (this.status !== "succeeded") throw new Error(`the execution is ${this.status}`);
    return result === undefined ? (undefined as O) : (JSON.parse(result) as O);
  }

  /** SendDurableExecutionCallbackSuccess and Failure. False if the callback is over or unknown. */
  answer(callbackId: string, answer: Exclude<Answer, { outcome: "timed-out" }>): boolean {
    const found = this.operations.find(({ kind, name }) => kind === "callback" && callbackId === idOf(name));
    const waits = found?.status === "pending" && found.kept === undefined && this.status === "running";
    if (!waits || (found.dueMs ?? 0) <= this.#options.clock.now()) return false;
    found.kept = JSON.stringify(answer);
    return true;
  }

  /** StopDurableExecution: nothing runs any more, not even what cleans up. */
  stop(): void {
    if (this.status !== "running") return;
    this.status = "stopped";
    this.#endedMs = this.#options.clock.now();
  }

  /** As GetDurableExecution shows it. */
  shown(): { Status: string; EndTimestamp?: Date; Error?: { ErrorMessage: string } } {
    const { error } = this.#outcome;
    return {
      Status: this.status.toUpperCase(),
      ...(this.#endedMs === undefined ? {} : { EndTimestamp: new Date(this.#endedMs) }),
      ...(error ? { Error: { ErrorMessage: error.message } } : {}),
    };
  }

  /** Fails the execution whatever its workflow does: it was not the same as before. */
  fail(message: string): void {
    this.#end("failed", { error: keepError(new Error(message)) });
  }

  #end(status: "succeeded" | "failed", outcome: Outcome): void {
    if (this.status !== "running") return;
    this.status = status;
    this.#outcome = outcome;
    this.#endedMs = this.#options.clock.now();
  }

  /** One invocation. A later one takes over: the earlier can no longer checkpoint, as with AWS's tokens. */
  #invoke(): Promise<"crashed" | "over"> {
    this.invocations += 1;
    return new Promise((resolve) => {
      const invocation = new Invocation(this, this.#options, this.invocations, resolve);
      const run = async () => {
        let status: "succeeded" | "failed" = "succeeded";
        const outcome: Outcome = {};
        try {
          const result = JSON.stringify(await this.#workflow(invocation.steps()));
          if (result !== undefined) outcome.result = result;
        } catch (thrown) {
          status = "failed";
          outcome.error = keepError(thrown);
        }
        if (invocation.current) this.#end(status, outcome);
        resolve("over");
      };
      void run();
    });
  }
}
