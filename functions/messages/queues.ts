import { ChangeMessageVisibilityCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { Problem } from "../core/problem.ts";

/** The queues that feed functions, as far as a function speaks to them itself. */
export type Queues = {
  /** Shows a received message again after so many seconds. Throws `Problem` unavailable. */
  showAgain(message: { queueArn: string; receiptHandle: string }, afterSeconds: number): Promise<void>;
};

/** The queues of the client's region. */
export function queuesAt(client: SQSClient): Queues {
  return {
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
}
