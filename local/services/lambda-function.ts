import { Worker } from "node:worker_threads";
import type { Clock } from "../clock.ts";
import { newId } from "./ids.ts";

/** What a function is, as CreateFunction says it. */
export type FunctionSpec = {
  name: string;
  arn: string;
  folder: string;
  handler: string;
  timeoutSeconds: number;
  memoryMb: number;
  variables: Record<string, string>;
  onFailureArn?: string;
  /** Makes it a durable function (DurableConfig). */
  durable?: { executionTimeoutSeconds: number; retentionDays: number };
  /** Runs in this process in the place of the folder's handler: for tests. */
  run?: (event: unknown, context: InvocationContext) => Promise<unknown>;
};

/** What a handler is told of its invocation, as far as the functions here ask. */
export type InvocationContext = {
  awsRequestId: string;
  functionName: string;
  functionVersion: string;
  getRemainingTimeInMillis(): number;
};

/** How an invocation ended. */
export type Ended = { result: unknown } | { error: { errorType: string; errorMessage: string } };

/** One execution environment: a worker thread that runs a bundle, one invocation at a time. */
class Environment {
  busy = false;
  readonly #spec: FunctionSpec;
  readonly #onLine: (line: string) => void;
  readonly #version: string;
  #worker: Worker | undefined;

  constructor(spec: FunctionSpec, version: string, onLine: (line: string) => void) {
    this.#spec = spec;
    this.#version = version;
    this.#onLine = onLine;
  }

  invoke(event: string): Promise<Ended> {
    this.busy = true;
    const { timeoutSeconds, name, run } = this.#spec;
    if (run) return this.#runHere(run, event);
    const worker = this.#start();
    const id = newId();
    return new Promise<Ended>((resolve) => {
      const end = (ended: Ended) => {
        clearTimeout(timer);
        worker.off("message", answered);
        worker.off("error", crashed);
        worker.off("exit", exited);
        this.busy = false;
        resolve(ended);
      };
      const stop = (errorType: string, errorMessage: string) => {
        this.#worker = undefined;
        void worker.terminate();
        end({ error: { errorType, errorMessage } });
      };
      const answered = (answer: { id: string } & Ended) => {
        if (answer.id === id) end(answer);
      };
      const crashed = (error: Error) => stop("Runtime.ExitError", error.message);
      // Also the stand-in's own end; whoever invoked is gone then, too.
      const exited = (code: number) => stop("Runtime.ExitError", `exited with status ${code}`);
      const timer = setTimeout(
        () => stop("Sandbox.Timedout", `Task timed out after ${timeoutSeconds} seconds`),
        timeoutSeconds * 1_000,
      );
      worker.on("message", answered);
      worker.once("error", crashed);
      worker.once("exit", exited);
      const deadlineMs = Date.now() + timeoutSeconds * 1_000;
      worker.postMessage({ id, event, deadlineMs, functionName: name, functionVersion: this.#version });
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #runHere(run: NonNullable<FunctionSpec["run"]>, event: string): Promise<Ended> {
    const { name, timeoutSeconds } = this.#spec;
    try {
      const context = {
        awsRequestId: newId(),
        functionName: name,
        functionVersion: this.#version,
        getRemainingTimeInMillis: () => timeoutSeconds * 1_000,
      };
      return { result: (await run(JSON.parse(event), context)) ?? null };
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      return { error: { errorType: error.name, errorMessage: error.message } };
    } finally {
      this.busy = false;
    }
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const { folder, handler, variables, memoryMb } = this.#spec;
    this.#worker = new Worker(new URL("lambda-worker.ts", import.meta.url), {
      workerData: { folder, handler },
      env: variables,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        for (const line of text.split("\n")) if (line) this.#onLine(line);
      });
    }
    this.#worker.unref();
    return this.#worker;
  }
}

/** A function with its execution environments: at most so many, for one machine; more invocations wait. */
export class LambdaFunction {
  readonly spec: FunctionSpec;
  readonly #environments: Environment[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #onLine: (line: string) => void;
  readonly #max: number;
  readonly #version: string;
  readonly #onRun: () => (ended: Ended) => void;

  /** `onRun` hears when an invocation begins, and what it gives hears how that ended. */
  constructor(
    spec: FunctionSpec,
    made: {
      onLine: (line: string) => void;
      maxAtOnce: number;
      version: string;
      onRun?: () => (ended: Ended) => void;
    },
  ) {
    this.spec = spec;
    this.#onRun = made.onRun ?? (() => () => {});
    this.#onLine = made.onLine;
    this.#max = made.maxAtOnce;
    this.#version = made.version;
  }

  async invoke(event: string): Promise<Ended> {
    let free = this.#environments.find(({ busy }) => !busy);
    if (!free && this.#environments.length < this.#max) {
      free = new Environment(this.spec, this.#version, this.#onLine);
      this.#environments.push(free);
    }
    if (!free) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return this.invoke(event);
    }
    const told = this.#onRun();
    try {
      const ended = await free.invoke(event);
      told(ended);
      return ended;
    } finally {
      this.#waiting.shift()?.();
    }
  }

  /** An asynchronous invocation: two retries, after one and two minutes, then the failure destination (developer guide). */
  async invokeLater(
    clock: Clock,
    event: string,
    failed: (ended: Ended) => Promise<void>,
    tries = 1,
  ): Promise<void> {
    const ended = await this.invoke(event);
    if (!("error" in ended)) return;
    if (tries < 3)
      clock.at(clock.now() + tries * 60_000, () => void this.invokeLater(clock, event, failed, tries + 1));
    else await failed(ended);
  }

  async close(): Promise<void> {
    await Promise.all(this.#environments.map((environment) => environment.close()));
  }
}
