import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type * as z from "zod/mini";
import { asProblem, Problem } from "./core/problem.ts";
import { maxReceives, retryAfterSeconds } from "./core/retry.ts";
import type { World } from "./world.ts";

/** What a task does with one parsed input. */
export type Task<I, O = void, W = World> = (input: I, world: W, call: Call) => Promise<O>;

/** What a task may know of the invocation it runs in. */
export type Call = {
  /** Milliseconds until Lambda ends the invocation. */
  remainingMs(): number;
  /** True on the last try before a queue gives the message to its dead-letter queue. */
  lastTry: boolean;
  /** Of a queue's message: should it fail, it is not shown again sooner than after so many seconds. */
  tryAgainAfter?(seconds: number): void;
};

/** A handler for direct and asynchronous invocations: parses the input, runs the task, logs one line, fails loudly. */
export function task<I, O, W>(schema: z.ZodMiniType<I>, run: Task<I, O, W>, world: () => W) {
  const here = once(world);
  return middy<unknown, O, Error, Context>(inTime)
    .use(logged())
    .handler((event, context) =>
      run(parse(schema, event), here(), {
        remainingMs: () => context.getRemainingTimeInMillis(),
        lastTry: false,
      }),
    );
}

/**
 * A handler for an SQS event source with ReportBatchItemFailures: each message is parsed and run by itself, up
 * to `concurrency` at a time, and only those that failed go back to the queue, which shows them again after
 * `retryAfterSeconds`.
 */
export function queueTask<I, W extends Pick<World, "queues"> = World>(
  schema: z.ZodMiniType<I>,
  run: Task<I, void, W>,
  world: () => W,
  { concurrency = 10 }: { concurrency?: number } = {},
) {
  const theWorld = once(world);
  return middy<SQSEvent, SQSBatchResponse, Error, Context>(inTime)
    .use(logged())
    .handler(async (event, context) => {
      const here = theWorld();
      const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
      const waiting = [...event.Records];
      const worker = async () => {
        for (let record = waiting.shift(); record; record = waiting.shift()) {
          const receives = Number(record.attributes.ApproximateReceiveCount);
          const lastTry = receives >= maxReceives;
          let leastSeconds = 0;
          const call: Call = {
            remainingMs: () => context.getRemainingTimeInMillis(),
            lastTry,
            tryAgainAfter: (seconds) => {
              leastSeconds = seconds;
            },
          };
          try {
            const input = parse(schema, JSON.parse(record.body));
            await run(input, here, call);
          } catch (thrown) {
            logProblem(thrown, { messageId: record.messageId, lastTry });
            batchItemFailures.push({ itemIdentifier: record.messageId });
            const message = { queueArn: record.eventSourceARN, receiptHandle: record.receiptHandle };
            // On the last try too: the queue gives a message up only when it would show it again.
            const afterSeconds = Math.max(retryAfterSeconds(receives), leastSeconds);
            await here.queues.showAgain(message, afterSeconds).catch(logProblem);
          }
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      return { batchItemFailures };
    });
}

/**
 * Writes one JSON log line; CloudWatch Logs Insights reads its fields, as `message.<field>`. As an object: Lambda writes it
 * with its time, level and request id (Lambda developer guide, JSON log format), and a text would be one string there.
 */
export function log(message: string, fields: Record<string, unknown> = {}): void {
  console.log({ message, ...fields });
}

/** Writes a problem as one JSON log line, of level ERROR, with its code, fix and cause. */
export function logProblem(thrown: unknown, fields: Record<string, unknown> = {}): void {
  const { code, message, fix, cause } = asProblem(thrown);
  const why = cause instanceof Error ? { cause: `${cause.name}: ${cause.message}` } : {};
  console.error({ message, code, fix, ...why, ...fields });
}

/** One world for all invocations of a warm function: its clients keep their connections. */
export function once<W>(world: () => W): () => W {
  let made: W | undefined;
  return () => {
    made ??= world();
    return made;
  };
}

/** The event as the schema has it. Throws `Problem` invalid, naming each field that is not. */
export function parse<I>(schema: z.ZodMiniType<I>, event: unknown): I {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues
    .map((issue) => `${issue.path.join(".") || "(all)"}: ${issue.message}`)
    .join("; ");
  throw new Problem(
    "invalid",
    `the event is not one this function takes: ${where}`,
    "Look at the rule that sent it.",
  );
}

/**
 * Just before Lambda ends an invocation it says so itself. What middy throws there by itself, an AbortError, would be told as
 * a mistake of ours that somebody has to report; mostly it is a call that was never answered.
 */
const inTime = {
  timeoutEarlyInMillis: 50,
  timeoutEarlyResponse: () => {
    throw new Problem(
      "unavailable",
      "the function was not done when its time was up",
      "It is run again; if it goes on, see the AWS Health Dashboard for what does not answer.",
    );
  },
};

function logged(): middy.MiddlewareObj<unknown, unknown, Error, Context> {
  return {
    onError: (request) => {
      logProblem(request.error, { requestId: request.context.awsRequestId });
    },
  };
}
