import {
  type Answer,
  Cancelled,
  errorFrom,
  foundBy,
  type Kept,
  type KeptError,
  keepError,
  keepValue,
  orderly,
  type PollState,
  pollInSeconds,
  pollOnce,
  type Retry,
  retryInSeconds,
  type Steps,
  wholeSeconds,
} from "../functions/core/workflow.ts";
import type { VirtualClock } from "../local/clock.ts";

/** One operation of an execution, as its checkpoint keeps it. */
export type Operation = {
  name: string;
  kind: "step" | "wait" | "until" | "callback";
  status: "started" | "pending" | "succeeded" | "failed";
  /** Attempts that were told to the checkpoint: one that a crash cut off is not counted. */
  attempts: number;
  /** When a wait, a retry or the next poll is due, or a callback times out. */
  dueMs?: number;
  /** JSON text: the result, what polls keep, or a callback's answer. */
  kept?: string;
  error?: KeptError;
};

/** Where an invocation can be cut off: before an effect, after it, or after its checkpoint. */
export type Moment = {
  name: string;
  when: "before" | "unsaved" | "saved";
  /** How many moments there were, over all invocations: the same run has the same numbers. */
  count: number;
};

export type DurableOptions = {
  clock: VirtualClock;
  /** Whether the invocation is cut off here. It is invoked again at once, as after a crash on Lambda. */
  crash?: (at: Moment) => boolean;
  /** Whether what a step threw is the end of its process rather than an error. */
  isCrash?: (thrown: unknown) => boolean;
  cancelled?: () => Promise<string | undefined>;
  /** By what it is known to who asks whether it goes on. */
  arn?: string;
  /** What `save` gave: the execution goes on from there. */
  saved?: string;
};

/** What an invocation needs of its execution. */
export type Execution = {
  readonly status: string;
  readonly operations: Operation[];
  readonly invocations: number;
  moments: number;
  fail(message: string): void;
};

type Heed = () => Promise<void>;
type Changes = Partial<Operation>;

/** One run of a workflow from its beginning: what is kept is given back, what is not is done. */
export class Invocation {
  readonly #of: Execution;
  readonly #options: DurableOptions;
  readonly #number: number;
  readonly #leave: (how: "crashed" | "over") => void;
  readonly #inOrder = orderly();
  #position = 0;

  constructor(
    of: Execution,
    options: DurableOptions,
    number: number,
    leave: (how: "crashed" | "over") => void,
  ) {
    this.#of = of;
    this.#options = options;
    this.#number = number;
    this.#leave = leave;
  }

  get current(): boolean {
    return this.#of.invocations === this.#number;
  }

  steps(): Steps {
    const heed = async () => {
      const why = await this.#options.cancelled?.();
      if (why !== undefined) throw new Cancelled(why);
    };
    const always: Steps = {
      ...this.#make(async () => {}),
      get always() {
        return always;
      },
    };
    return { ...this.#make(heed), always };
  }

  #make(heed: Heed): Omit<Steps, "always"> {
    return {
      execution:
        this.#options.arn ??
        "arn:aws:lambda:eu-west-1:000000000000:function:some:1/durable-execution/in/memory",
      step: <T>(name: string, run: () => Promise<T>, retry = {}) =>
        this.#inOrder(name, () => this.#step(name, run, heed, retry) as Promise<Kept<T>>),
      waitFor: (name, seconds) => this.#inOrder(name, () => this.#wait(name, seconds)),
      until: <T>(name: string, poll: () => Promise<T | undefined>, timing: Parameters<Steps["until"]>[2]) =>
        this.#inOrder(name, () => this.#until(name, poll, heed, timing) as Promise<Kept<T>>),
      callback: (name, announce, timing) =>
        this.#inOrder(name, () => this.#callback(name, announce, heed, timing)),
    };
  }

  async #step(name: string, run: () => Promise<unknown>, heed: Heed, retry: Partial<Retry>) {
    const op = await this.#next(name, "step");
    const once = async (): Promise<Changes> => {
      await heed();
      return succeeded(keepValue(name, await run()));
    };
    while (!over(op))
      await this.#attempt(op, once, (thrown) => retryInSeconds(thrown, op.attempts + 1, retry));
    return given(op);
  }

  async #wait(name: string, seconds: number): Promise<void> {
    const op = await this.#next(name, "wait");
    const { clock } = this.#options;
    if (op.status === "started")
      await this.#save(op, { status: "pending", dueMs: clock.now() + wholeSeconds(seconds) * 1_000 });
    if (op.status === "pending") await this.#due(op);
    op.status = "succeeded";
  }

  async #until(
    name: string,
    poll: () => Promise<unknown>,
    heed: Heed,
    timing: Parameters<Steps["until"]>[2],
  ) {
    const op = await this.#next(name, "until");
    const { clock } = this.#options;
    const once = async (): Promise<Changes> => {
      const heedAndPoll = async () => {
        await heed();
        return poll();
      };
      const state = await pollOnce(heedAndPoll, JSON.parse(op.kept ?? "{}"), clock.now());
      const kept = keepValue(name, state);
      const seconds = pollInSeconds(state, op.attempts + 1, clock.now(), timing);
      if (seconds === undefined) return succeeded(kept);
      return { ...succeeded(kept), status: "pending", dueMs: clock.now() + seconds * 1_000 };
    };
    while (!over(op)) await this.#attempt(op, once, () => undefined);
    return foundBy(name, given(op) as PollState, timing);
  }

  async #callback(
    name: string,
    announce: (callbackId: string) => Promise<void>,
    heed: Heed,
    { timeoutSeconds }: { timeoutSeconds: number },
  ): Promise<Answer> {
    const op = await this.#next(name, "callback");
    const { clock } = this.#options;
    if (op.status === "started")
      await this.#save(op, { status: "pending", dueMs: clock.now() + wholeSeconds(timeoutSeconds) * 1_000 });
    await this.#step(`${name}: announced`, () => announce(idOf(name)), heed, {});
    if (op.kept === undefined) await this.#due(op);
    op.kept ??= JSON.stringify({ outcome: "timed-out" } satisfies Answer);
    op.status = "succeeded";
    return given(op) as Answer;
  }

  /** The operation at this position: as it is kept, or a new one. */
  async #next(name: string, kind: Operation["kind"]): Promise<Operation> {
    const { operations } = this.#of;
    const at = this.#position++;
    const known = operations[at];
    if (known?.name === name && known.kind === kind) return known;
    if (known)
      this.#of.fail(`not deterministic: ${kind} ${name} comes where there was ${known.kind} ${known.name}`);
    if (known || !this.current) return this.#end("over");
    const op: Operation = { name, kind, status: "started", attempts: 0 };
    operations.push(op);
    return op;
  }

  /** One attempt of a step or poll, when it is due: its effect, then its checkpoint. */
  async #attempt(
    op: Operation,
    once: () => Promise<Changes>,
    retryIn: (thrown: unknown) => number | undefined,
  ): Promise<void> {
    if (op.status === "pending") await this.#due(op);
    await this.#moment(op.name, "before");
    const changes = await once().catch(async (thrown): Promise<Changes> => {
      if (this.#options.isCrash?.(thrown)) await this.#end("crashed");
      const seconds = retryIn(thrown);
      if (seconds === undefined) return { status: "failed", error: keepError(thrown) };
      return { status: "pending", dueMs: this.#options.clock.now() + seconds * 1_000 };
    });
    await this.#moment(op.name, "unsaved");
    await this.#save(op, { ...changes, attempts: op.attempts + 1 });
  }

  /** Ends the invocation unless the operation is due. */
  async #due({ dueMs = 0 }: Operation): Promise<void> {
    if (dueMs > this.#options.clock.now()) await this.#end("over");
  }

  async #save(op: Operation, changes: Changes): Promise<void> {
    if (!this.current || this.#of.status !== "running") await this.#end("over");
    Object.assign(op, changes);
    await this.#moment(op.name, "saved");
  }

  async #moment(name: string, when: Moment["when"]): Promise<void> {
    const at = { name, when, count: this.#of.moments++ };
    if (this.#options.crash?.(at)) await this.#end("crashed");
  }

  /** The invocation is gone: what awaited it never goes on, so that no `finally` of the workflow runs. */
  #end(how: "crashed" | "over"): Promise<never> {
    this.#leave(how);
    return new Promise(() => {});
  }
}

/** The id of a callback. */
export function idOf(name: string): string {
  return `callback of ${name}`;
}

function over({ status }: Operation): boolean {
  return status === "succeeded" || status === "failed";
}

function succeeded(kept: string | undefined): Changes {
  return { status: "succeeded", ...(kept === undefined ? {} : { kept }) };
}

function given({ error, kept }: Operation): unknown {
  if (error) throw errorFrom(error);
  return kept === undefined ? undefined : JSON.parse(kept);
}
