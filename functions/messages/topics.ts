import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Severity } from "../core/finding.ts";
import { Problem } from "../core/problem.ts";

/** One message in the forms that its subscribers get. */
export type Message = {
  /** At most 100 printable ASCII characters (SNS API reference, Publish). */
  subject: string;
  email: string;
  /** At most 140 characters, so that it is one SMS in GSM-7 and in most carriers' segments. */
  sms: string;
};

/** Publishes to the topic of a severity; gives the SNS message id. Throws `Problem` unavailable when SNS refuses. */
export type Topics = { publish(severity: Severity, message: Message): Promise<string> };

/** The environment's topics in the client's region, by severity. */
export function topicsAt(client: SNSClient, arns: Record<Severity, string>): Topics {
  return {
    async publish(severity, { subject, email, sms }) {
      const TopicArn = arns[severity];
      try {
        const { MessageId } = await client.send(
          new PublishCommand({
            TopicArn,
            Subject: subject,
            // "json" lets one publish carry a text for each protocol (SNS developer guide, message structure).
            MessageStructure: "json",
            Message: JSON.stringify({ default: email, email, sms }),
          }),
        );
        return MessageId ?? "";
      } catch (thrown) {
        const reason = thrown instanceof Error ? thrown.message : String(thrown);
        throw new Problem(
          "unavailable",
          `SNS did not take the message for ${TopicArn}: ${reason}`,
          "Nothing is lost: the next reconcile pass sends it again.",
          thrown,
        );
      }
    },
  };
}
