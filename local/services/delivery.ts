import type { Clock } from "../clock.ts";
import { AwsError, type Twin } from "../twin.ts";
import { parseArn } from "./ids.ts";

/** How long and how often a delivery is tried again, and who hears of its end. */
export type RetryPolicy = {
  maxAgeSeconds: number;
  maxRetries: number;
  /** The wait before a retry, in seconds; by default it doubles from 1 s up to 10 minutes. */
  delaySeconds?: (retry: number) => number;
  gaveUp?: (error: AwsError, attempts: number) => Promise<void>;
};

/** What EventBridge and Scheduler do by default: 24 hours or 185 retries (user guide, retry policy). */
export const defaultRetries = { maxAgeSeconds: 86_400, maxRetries: 185 } as const;

/** Errors that no retry mends: they go to the dead-letter queue at once (EventBridge user guide, DLQ). */
const final = /^(AccessDenied|QueueDoesNotExist|ResourceNotFound|NotFound|NotEmulated)/;

/** Tries until it works, its error is final, or the policy ends. Resolves when the first try is over. */
export async function deliver(
  clock: Clock,
  policy: RetryPolicy,
  attempt: () => Promise<unknown>,
): Promise<void> {
  const began = clock.now();
  const wait = policy.delaySeconds ?? ((retry) => Math.min(2 ** (retry - 1), 600));
  const run = async (tries: number): Promise<void> => {
    try {
      await attempt();
    } catch (thrown) {
      const error = thrown instanceof AwsError ? thrown : new AwsError("InternalError", String(thrown), 500);
      const next = clock.now() + wait(tries) * 1_000;
      const over = tries > policy.maxRetries || next > began + policy.maxAgeSeconds * 1_000;
      if (over || final.test(error.code)) await policy.gaveUp?.(error, tries);
      else clock.at(next, () => void run(tries + 1));
    }
  };
  await run(1);
}

/** Who sends, for access control: a service (`events.amazonaws.com`), and the rule or topic that it sends for. */
export type Sender = { principal: string; sourceArn: string };

/** The services to which `send` can deliver. */
export const deliverable = new Set(["sqs", "lambda", "sns"]);

/** Hands a text to an SQS queue, a Lambda function (asynchronously) or an SNS topic. */
export async function send(
  twin: Twin,
  targetArn: string,
  text: string,
  sender: Sender,
  attributes: Record<string, unknown> = {},
): Promise<void> {
  const { service, region, resource } = parseArn(targetArn);
  const from = { region, principal: sender.principal, sourceArn: sender.sourceArn };
  if (service === "sqs") {
    const input = { QueueUrl: `/${resource}`, MessageBody: text, MessageAttributes: attributes };
    await twin.call({ ...from, service, operation: "SendMessage", input });
  } else if (service === "lambda") {
    const input = { FunctionName: targetArn, InvocationType: "Event", Payload: Buffer.from(text) };
    await twin.call({ ...from, service, operation: "Invoke", input });
  } else if (service === "sns") {
    await twin.call({
      ...from,
      service,
      operation: "Publish",
      input: { TopicArn: targetArn, Message: text },
    });
  } else {
    throw new AwsError("NotEmulated", `not emulated: delivery to ${targetArn}`, 501);
  }
}

/** A string message attribute, as dead-letter queues carry them. */
export function stringAttribute(value: string): { DataType: string; StringValue: string } {
  return { DataType: "String", StringValue: value };
}
