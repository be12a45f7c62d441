import {
  CallbackExternalError,
  CallbackTimeoutError,
  type DurableContext,
  DurableOperationError,
  type RetryDecision,
} from "@aws/durable-execution-sdk-js";
import middy from "@middy/core";
import { executionModeDurableContext } from "@middy/core/DurableContext";
import type * as z from "zod/mini";
import {
  type Answer,
  answered,
  Cancelled,
  errorFrom,
  foundBy,
  type Kept,
  keepError,
  keepValue,
  orderly,
  type PollState,
  parseKeptError,
  pollInSeconds,
  pollOnce,
  type Retry,
  retryInSeconds,
  type Steps,
  type Workflow,
  wholeSeconds,
} from "./core/workflow.ts";
import { log, logProblem, once, parse } from "./glue.ts";

/** What a durable task may know beside its workflow. */
export type DurableOptions<I, W> = {
  /**
   * Why the execution was cancelled, if it was; asked inside each step and each poll, before its effect. A workflow
   * that waits for a callback is not asked: whoever cancels answers the callback as refused.
   */
  cancelled?: (input: I, world: W) => Promise<string | undefined>;
};

/**
 * A handler for a Lambda durable function: parses the input, runs the workflow, fails loudly. It runs again from its
 * beginning after each wait and each crash, so nothing here has an effect outside of a step.
 */
export function durableTask<I, O, W extends { now(): Date }>(
  schema: z.ZodMiniType<I>,
  workflow: Workflow<I, O, W>,
  world: () => W,
  { cancelled }: DurableOptions<I, W> = {},
) {
  const here = once(world);
  return middy<unknown, O, Error, DurableContext>({
    executionMode: executionModeDurableContext,
    // middy's own early end would answer FAILED and so end an execution that Lambda would go on with.
    timeoutEarlyInMillis: 0,
  }).handler(async (event, context) => {
    try {
      const input = parse(schema, event);
      const its = here();
      const nowMs = () => its.now().getTime();
      const why = async () => cancelled?.(input, its);
      return await workflow(input, stepsOn(context, { nowMs, cancelled: why }), its);
    } catch (thrown) {
      if (thrown instanceof Cancelled) log("cancelled", { why: thrown.message });
      else logProblem(thrown);
      throw kept(thrown);
    }
  });
}

/** `Steps` over the context of a durable execution. */
export function stepsOn(
  context: DurableContext,
  { nowMs, cancelled }: { nowMs: () => number; cancelled: () => Promise<string | undefined> },
): Steps {
  const inOrder = orderly();
  const make = (heed: () => Promise<void>): Omit<Steps, "always"> => ({
    execution: context.executionContext.durableExecutionArn,
    step: <T>(name: string, run: () => Promise<T>, retry = {}) =>
      inOrder(name, async () => {
        const attempt = async () => {
          await heed();
          const result = await run();
          keepValue(name, result);
          return result;
        };
        const retryStrategy = retrying(retry);
        const result = context.step(name, () => attempt().catch(rethrow), { retryStrategy });
        return (await result.catch(restore)) as Kept<T>;
      }),
    waitFor: (name, seconds) =>
      inOrder(name, () => Promise.resolve(context.wait(name, { seconds: wholeSeconds(seconds) }))),
    until: <T>(name: string, poll: () => Promise<T | undefined>, timing: Parameters<Steps["until"]>[2]) =>
      inOrder(name, async () => {
        const heedAndPoll = async () => {
          await heed();
          return poll();
        };
        const check = async (last: PollState<T>) => {
          const state = await pollOnce(heedAndPoll, last, nowMs());
          keepValue(name, state);
          return state;
        };
        const state = context.waitForCondition<PollState<T>>(name, (last) => check(last).catch(rethrow), {
          initialState: {},
          waitStrategy: (last, attempt) => {
            const seconds = pollInSeconds(last, attempt, nowMs(), timing);
            return seconds === undefined
              ? { shouldContinue: false }
              : { shouldContinue: true, delay: { seconds } };
          },
        });
        return foundBy(name, await state.catch(restore), timing) as Kept<T>;
      }),
    callback: (name, announce, { timeoutSeconds }) =>
      inOrder(name, async () => {
        const submit = async (callbackId: string) => {
          await heed();
          await announce(callbackId);
        };
        const settings = { timeout: { seconds: wholeSeconds(timeoutSeconds) }, retryStrategy: retrying({}) };
        try {
          const text = context.waitForCallback(name, (id) => submit(id).catch(rethrow), settings);
          return answered(await text);
        } catch (thrown) {
          return ending(thrown);
        }
      }),
  });
  const always: Steps = {
    ...make(async () => {}),
    get always() {
      return always;
    },
  };
  const heed = async () => {
    const reason = await cancelled();
    if (reason !== undefined) throw new Cancelled(reason);
  };
  return { ...make(heed), always };
}

function retrying(retry: Partial<Retry>) {
  return (error: Error, attempts: number): RetryDecision => {
    const seconds = retryInSeconds(error.cause ?? error, attempts, retry);
    return seconds === undefined ? { shouldRetry: false } : { shouldRetry: true, delay: { seconds } };
  };
}

/** An error in the SDK's own shape, so that code and fix are kept beside the message. */
class KeptInCheckpoint extends DurableOperationError {
  override readonly errorType = "Problem";
}

function kept(thrown: unknown): KeptInCheckpoint {
  const { message, code, fix } = keepError(thrown);
  const cause = thrown instanceof Error ? thrown : new Error(message);
  return new KeptInCheckpoint(message, cause, JSON.stringify({ code, fix }));
}

function rethrow(thrown: unknown): never {
  throw kept(thrown);
}

/** Throws what a step threw, as it was before the checkpoint. */
function restore(thrown: unknown): never {
  const error = thrown instanceof DurableOperationError ? thrown : undefined;
  // What announced a callback is a step within the callback: its error is the cause.
  const read = error && parseKeptError(error.message, error.toErrorObject().ErrorData);
  throw read ? errorFrom(read) : thrown;
}

function ending(thrown: unknown): Answer {
  if (thrown instanceof CallbackTimeoutError) return { outcome: "timed-out" };
  if (thrown instanceof CallbackExternalError) return { outcome: "refused", reason: thrown.message };
  return restore(thrown);
}
