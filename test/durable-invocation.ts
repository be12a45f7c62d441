import {
  type Answer,
  Cancelled,
  errorFrom,
  foundBy,
  type Kept,
  type KeptError,
  keepError,
  orderly,
  type PollState,
  pollInSeconds,
  pollOnce,
  retryInSeconds,
  type Steps,
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
  /** Of a callback: whether its id was given out, and when that is tried again. */
  announced?: boolean;
  announceMs?: number;
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
    const always: Steps = { ...this.#make(async () => {}), always: undefined as never };
    Object.assign(always, { always });
    return { ...this.#make(heed), always };
  }

  #make(heed: () => Promise<void>): Omit<Steps, "always"> {
    const { clock } = this.#options;
    return {
      step: <T>(name: string, run: () => Promise<T>, retry = {}) =>
        this.#operate<Kept<T>>(name, "step", async (op) => {
          await this.#attempt(
            op,
            async () => {
              await heed();
              const result = JSON.stringify(await run());
              return { status: "succeeded", ...(result === undefined ? {} : { kept: result }) };
            },
            (thrown) => retryInSeconds(thrown, op.attempts + 1, retry),
          );
        }),
      waitFor: (name, seconds) =>
        this.#operate<void>(name, "wait", async (op) => {
          if (op.status === "started")
            await this.#save(op, {
              status: "pending",
              dueMs: clock.now() + Math.max(1, Math.ceil(seconds)) * 1_000,
            });
          if ((op.dueMs ?? 0) > clock.now()) await this.#suspend();
          Object.assign(op, { status: "succeeded" });
        }),
      until: async <T>(
        name: string,
        poll: () => Promise<T | undefined>,
        timing: Parameters<Steps["until"]>[2],
      ) => {
        const state = await this.#operate<PollState<T>>(name, "until", async (op) => {
          await this.#attempt(
            op,
            async () => {
              await heed();
              const next = await pollOnce(poll, JSON.parse(op.kept ?? "{}"), clock.now());
              const seconds = pollInSeconds(next, op.attempts + 1, clock.now(), timing);
              const kept = JSON.stringify(next);
              if (seconds === undefined) return { status: "succeeded", kept };
              return { status: "pending", kept, dueMs: clock.now() + seconds * 1_000 };
            },
            () => undefined,
          );
        });
        return foundBy(name, state, timing) as Kept<T>;
      },
      callback: (name, announce, { timeoutSeconds }) =>
        this.#operate<Answer>(name, "callback", async (op) => {
          if (op.status === "started")
            await this.#save(op, { status: "pending", dueMs: clock.now() + timeoutSeconds * 1_000 });
          if (!op.announced) await this.#announce(op, heed, announce);
          if (op.status === "failed") return;
          if (op.kept === undefined && (op.dueMs ?? 0) > clock.now()) await this.#suspend();
          op.kept ??= JSON.stringify({ outcome: "timed-out" } satisfies Answer);
          Object.assign(op, { status: "succeeded" });
        }),
    };
  }

  /** Gives back what is kept of the operation at this position, or does `go` until there is something to give. */
  #operate<R>(name: string, kind: Operation["kind"], go: (op: Operation) => Promise<void>): Promise<R> {
    return this.#inOrder(name, async () => {
      const { operations } = this.#of;
      const at = this.#position++;
      const op: Operation = operations[at] ?? { name, kind, status: "started", attempts: 0 };
      if (op.name !== name || op.kind !== kind) {
        this.#of.fail(`not deterministic: ${kind} ${name} comes where there was ${op.kind} ${op.name}`);
        await this.#suspend();
      }
      if (op.status !== "succeeded" && op.status !== "failed") {
        if (!operations[at]) {
          if (!this.current) await this.#suspend();
          operations.push(op);
        }
        await go(op);
      }
      if (op.error) throw errorFrom(op.error);
      return (op.kept === undefined ? undefined : JSON.parse(op.kept)) as R;
    });
  }

  /** One attempt of a step or poll, if it is due: its effect, then its checkpoint. */
  async #attempt(
    op: Operation,
    run: () => Promise<Partial<Operation>>,
    retryIn: (thrown: unknown) => number | undefined,
  ): Promise<void> {
    const { clock } = this.#options;
    if (op.status === "pending" && (op.dueMs ?? 0) > clock.now()) await this.#suspend();
    await this.#moment(op.name, "before");
    const after = await this.#outcome(run, retryIn);
    await this.#moment(op.name, "unsaved");
    await this.#save(op, { ...after, attempts: op.attempts + 1 });
    if (op.status === "pending") await this.#suspend();
  }

  async #announce(op: Operation, heed: () => Promise<void>, announce: (id: string) => Promise<void>) {
    const { clock } = this.#options;
    if ((op.announceMs ?? 0) > clock.now()) await this.#suspend();
    await this.#moment(op.name, "before");
    const after = await this.#outcome(
      async () => {
        await heed();
        await announce(idOf(op.name));
        return { status: "succeeded" };
      },
      (thrown) => retryInSeconds(thrown, op.attempts + 1),
    );
    await this.#moment(op.name, "unsaved");
    const { announceMs: _, ...rest } = op;
    delete op.announceMs;
    if (after.status === "succeeded")
      await this.#save(op, { ...rest, announced: true, attempts: op.attempts + 1 });
    else if (after.status === "failed") await this.#save(op, { ...after, attempts: op.attempts + 1 });
    else {
      await this.#save(op, { announceMs: after.dueMs ?? 0, attempts: op.attempts + 1 });
      await this.#suspend();
    }
  }

  async #outcome(
    run: () => Promise<Partial<Operation>>,
    retryIn: (thrown: unknown) => number | undefined,
  ): Promise<Partial<Operation>> {
    try {
      return await run();
    } catch (thrown) {
      if (this.#options.isCrash?.(thrown)) await this.#end("crashed");
      const seconds = retryIn(thrown);
      if (seconds === undefined) return { status: "failed", error: keepError(thrown) };
      return { status: "pending", dueMs: this.#options.clock.now() + seconds * 1_000 };
    }
  }

  async #save(op: Operation, changes: Partial<Operation>): Promise<void> {
    if (!this.current || this.#of.status !== "running") await this.#suspend();
    Object.assign(op, changes);
    await this.#moment(op.name, "saved");
  }

  async #moment(name: string, when: Moment["when"]): Promise<void> {
    const at = { name, when, count: this.#of.moments++ };
    if (this.#options.crash?.(at)) await this.#end("crashed");
  }

  #suspend(): Promise<never> {
    return this.#end("over");
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
