import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Environment } from "../core/environment.ts";
import { Problem } from "../core/problem.ts";

/** The queues that feed functions, as far as a function speaks to them itself. */
export type Queues = {
  /** Shows a received message again after so many seconds. Throws `Problem` unavailable. */
  showAgain(message: { queueArn: string; receiptHandle: string }, afterSeconds: number): Promise<void>;
  /**
   * Puts messages into a queue of the environment in this region; gives their ids. Throws `Problem` unavailable if any was
   * not taken: those of them that were are then sent twice by whoever tries again, and their receiver must bear that.
   */
  send(queue: string, bodies: readonly object[]): Promise<string[]>;
};

/** SQS API reference, SendMessageBatch. */
const batchSize = 10;

/** The queues of the client's region. */
export function queuesAt({ account }: Pick<Environment, "account">, client: SQSClient): Queues {
  return {
    async send(queue, bodies) {
      const ids: string[] = [];
      for (let from = 0; from < bodies.length; from += batchSize)
        ids.push(...(await sendBatch(queue, bodies.slice(from, from + batchSize))));
      return ids;
    },
    async showAgain({ queueArn, receiptHandle: ReceiptHandle }, VisibilityTimeout) {
      const [, , , region, account, name] = queueArn.split(":");
      const QueueUrl = `https://sqs.${region}.amazonaws.com/${account}/${name}`;
      try {
        await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
      } catch (thrown) {
        throw new Problem(
          "unavailable",
          `the queue ${name} could not be told when to show a message again`,
          "Nothing is lost: it shows it after its visibility timeout.",
          thrown,
        );
      }
    },
  };

  async function sendBatch(queue: string, bodies: readonly object[]): Promise<string[]> {
    const QueueUrl = `https://sqs.${await client.config.region()}.amazonaws.com/${account}/${queue}`;
    const Entries = bodies.map((body, index) => ({ Id: String(index), MessageBody: JSON.stringify(body) }));
    const refused = (why: string, cause?: unknown) =>
      new Problem(
        "unavailable",
        `the queue ${queue} did not take a message: ${why}`,
        "Try again later.",
        cause,
      );
    const { Successful = [], Failed = [] } = await client
      .send(new SendMessageBatchCommand({ QueueUrl, Entries }))
      .catch((thrown: unknown) => {
        throw refused(thrown instanceof Error ? thrown.message : String(thrown), thrown);
      });
    // It answers 200 even when it refuses some (SQS API reference).
    if (Failed.length > 0) throw refused(Failed[0]?.Code ?? "no reason given");
    return Successful.map(({ MessageId }) => MessageId ?? "");
  }
}
