import { asProblem, Problem, type ProblemCode, problemCodes } from "./problem.ts";

/**
 * What a workflow (a restore, a drill) is written against: straight-line TypeScript whose every effect is a named
 * step. A workflow may be cut off anywhere and is then run again from its beginning; what a step gave before is
 * given back without running it. So, in the body of a workflow:
 *
 * - Everything that reads or changes the world, asks for the time or makes an id is inside a step. Between steps
 *   there are only values: no Date, no randomness, no environment, no I/O, no log line.
 * - Names are constants or built from the input and from results, each used once. Renaming, adding or moving a step
 *   breaks executions under way; the golden histories show it in review.
 * - One operation at a time, each awaited. Branch and loop on results only.
 * - A step runs at least once: a crash may come after its effect and before its result is kept. So effects are
 *   idempotent, by deterministic names. Its result is kept exactly once, as JSON (ISO strings, never a Date), and is
 *   small: at most 250 KB.
 * - What must happen in any case goes into `finally`, on `always`. A suspended or crashed invocation does not run
 *   `finally`; only the end of the work does. A stopped execution (StopDurableExecution) or one past its time limit
 *   runs nothing any more: what it leaves behind is the reaper's.
 */
export type Steps = {
  /**
   * Runs an effect and keeps what it gave. A `Problem` that is not retryable fails at once, anything else that is
   * thrown is tried again as `retry` says; what is thrown in the end is a `Problem`, the same on each replay.
   */
  step<T>(name: string, run: () => Promise<T>, retry?: Partial<Retry>): Promise<Kept<T>>;
  /** Waits without computing. A cancellation is seen only after it: wait long with `until`. */
  waitFor(name: string, seconds: number): Promise<void>;
  /**
   * Polls, ever less often, until there is something other than undefined. Trouble that may pass counts as "not yet".
   * Throws `Problem` unavailable when the time is over; the last poll is at its very end.
   */
  until<T>(name: string, poll: () => Promise<T | undefined>, timing: Polling): Promise<Kept<T>>;
  /** Gives a callback id to `announce`, then waits for whoever answers it. Costs nothing while it waits. */
  callback(
    name: string,
    announce: (callbackId: string) => Promise<void>,
    timing: { timeoutSeconds: number },
  ): Promise<Answer>;
  /** The same steps, heeding no cancellation: for what must be cleaned up. */
  readonly always: Steps;
  /** The ARN of the durable execution: by it anybody can ask AWS whether it goes on. */
  readonly execution: string;
};

/** A workflow: its result passes through JSON too. Run by `durableTask` (functions/durable.ts). */
export type Workflow<I, O, W> = (input: I, steps: Steps, world: W) => Promise<O>;

/** How often and when to try again: after `firstSeconds`, then twice as long each time, at most `maxSeconds`. */
export type Retry = { attempts: number; firstSeconds: number; maxSeconds: number };

/** Six tries in two and a half minutes: longer than throttling lasts, short enough for a restore. */
export const defaultRetry: Retry = { attempts: 6, firstSeconds: 5, maxSeconds: 300 };

/**
 * When to poll: after `everySeconds` (30), then twice as long each time, at most `upToSeconds` (600). Each poll is a
 * billed operation, of which an execution has 3,000: a day costs 147.
 */
export type Polling = { timeoutSeconds: number; everySeconds?: number; upToSeconds?: number };

/** How a callback ended. */
export type Answer =
  | { outcome: "answered"; value: unknown }
  | { outcome: "refused"; reason: string }
  | { outcome: "timed-out" };

/** What remains of a value after JSON. */
export type Kept<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null
    ? T
    : T extends { toJSON(): infer J }
      ? Kept<J>
      : T extends (...args: never[]) => unknown
        ? never
        : T extends object
          ? { [K in keyof T]: Kept<T[K]> }
          : T extends undefined
            ? T
            : undefined;

/** Thrown by the next step, poll or callback after somebody cancelled; never by those of `always`. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

/** An error as a checkpoint keeps it. */
export type KeptError = { message: string; code: ProblemCode | "cancelled"; fix: string };

/** What to keep of an error that a step ended with. */
export function keepError(thrown: unknown): KeptError {
  if (thrown instanceof Cancelled) return { message: thrown.message, code: "cancelled", fix: "" };
  const { message, code, fix } = asProblem(thrown);
  return { message, code, fix };
}

/** The error that a checkpoint kept, to be thrown on the first run and on each replay. */
export function errorFrom({ message, code, fix }: KeptError): Problem | Cancelled {
  return code === "cancelled" ? new Cancelled(message) : new Problem(code, message, fix);
}

/** A kept error read back from text; undefined if the text is not one. */
export function parseKeptError(message: string, data: string | undefined): KeptError | undefined {
  if (data === undefined) return undefined;
  const { code, fix } = JSON.parse(data) as Partial<KeptError>;
  if (code !== "cancelled" && !(code !== undefined && code in problemCodes)) return undefined;
  return { message, code, fix: fix ?? "" };
}

/** In how many seconds to try again after attempt number `attempt` (from 1) threw; undefined for never. */
export function retryInSeconds(
  thrown: unknown,
  attempt: number,
  retry: Partial<Retry> = {},
): number | undefined {
  const { attempts, firstSeconds, maxSeconds } = { ...defaultRetry, ...retry };
  if (attempt >= attempts || !mayPass(thrown)) return undefined;
  return wholeSeconds(Math.min(firstSeconds * 2 ** (attempt - 1), maxSeconds));
}

/** As checkpoints take a time: whole seconds, one at least. */
export function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}

/**
 * The JSON text that a checkpoint keeps of a value; undefined if nothing remains of it. AWS ends an execution whose
 * checkpoint is larger than 256 KB and runs no `finally`: it is refused here instead, as an error of the step.
 */
export function keepValue(name: string, value: unknown): string | undefined {
  const text: string | undefined = JSON.stringify(value);
  const bytes = text === undefined ? 0 : new TextEncoder().encode(text).length;
  if (bytes <= maxKeptBytes) return text;
  throw new Problem(
    "internal",
    `"${name}" gave ${bytes} bytes to keep; a checkpoint takes ${maxKeptBytes}`,
    "Keep what is large in an object of the vault and give its key back.",
  );
}

/** Below 256 KB, since what polls keep is wrapped. (Some pages of AWS say 1 MB; the lower limit holds in either case.) */
export const maxKeptBytes = 250_000;

/** What polls keep from one to the next. */
export type PollState<T = unknown> = {
  /** When the first poll was, in ms since 1970. */
  sinceMs?: number;
  /** How many polls in a row threw something that is not a `Problem`, and what the last one said. */
  failures?: number;
  trouble?: string;
  /** Wrapped, so that null, 0 and "" are values. */
  found?: { value: T };
};

/** One poll: the state after it. Throws what will not pass. */
export async function pollOnce<T>(
  poll: () => Promise<T | undefined>,
  state: PollState<T>,
  nowMs: number,
): Promise<PollState<T>> {
  const sinceMs = state.sinceMs ?? nowMs;
  try {
    const value = await poll();
    return value === undefined ? { sinceMs } : { sinceMs, found: { value } };
  } catch (thrown) {
    const failures = thrown instanceof Problem ? 0 : (state.failures ?? 0) + 1;
    // What is not a Problem is a fault of the network or of ours; it is not polled for hours.
    if (!mayPass(thrown) || failures >= defaultRetry.attempts) throw thrown;
    return { sinceMs, failures, trouble: asProblem(thrown).message };
  }
}

/** In how many seconds to poll again after poll number `attempt` (from 1); undefined when it is done or too late. */
export function pollInSeconds(
  state: PollState,
  attempt: number,
  nowMs: number,
  timing: Polling,
): number | undefined {
  const { timeoutSeconds, everySeconds = 30, upToSeconds = 600 } = timing;
  const restSeconds = timeoutSeconds - (nowMs - (state.sinceMs ?? nowMs)) / 1_000;
  if (state.found || restSeconds <= 0) return undefined;
  // 2 ** 20 is beyond any upToSeconds: the power must not overflow in a long poll.
  const backoff = Math.min(everySeconds * 2 ** Math.min(attempt - 1, 20), upToSeconds);
  return wholeSeconds(Math.min(backoff, restSeconds));
}

/** What the polls came to. Throws `Problem` unavailable if nothing was found in time. */
export function foundBy<T>(name: string, state: PollState<T>, { timeoutSeconds }: Polling): T {
  if (state.found) return state.found.value;
  const trouble = state.trouble ? `; the last answer was: ${state.trouble}` : "";
  throw new Problem(
    "unavailable",
    `${name} did not come about within ${timeoutSeconds} s${trouble}`,
    "Look at the resource in the AWS console; start again when it is well.",
  );
}

/** The value of a callback's answer: JSON where it is JSON, else the text itself. */
export function answered(text: string | undefined): Answer {
  if (text === undefined || text === "") return { outcome: "answered", value: undefined };
  try {
    return { outcome: "answered", value: JSON.parse(text) };
  } catch {
    return { outcome: "answered", value: text };
  }
}

/**
 * Holds a workflow to its rules: each name once, one operation at a time. Both implementations of `Steps` run their
 * operations through it.
 */
export function orderly(): <T>(name: string, run: () => Promise<T>) => Promise<T> {
  const names = new Set<string>();
  let running: string | undefined;
  return async (name, run) => {
    if (running !== undefined) throw broken(`"${name}" was begun while "${running}" was under way`);
    if (names.has(name)) throw broken(`two operations are named "${name}"`);
    names.add(name);
    running = name;
    try {
      return await run();
    } finally {
      running = undefined;
    }
  };
}

function broken(what: string): Problem {
  return new Problem("internal", `the workflow breaks its rules: ${what}`, "Correct the workflow.");
}

function mayPass(thrown: unknown): boolean {
  if (thrown instanceof Cancelled) return false;
  return thrown instanceof Problem ? thrown.retryable : true;
}
