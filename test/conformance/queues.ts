import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { present } from "./expect.ts";
import type { Place } from "./place.ts";

/** An event or notification as its receiver finds it in a queue. */
export type Told = Record<string, unknown>;

/** A queue of its own for one case. */
export type HeldQueue = Awaited<ReturnType<typeof queueIn>>;

/** Makes a queue; `from` is the service that may send to it. */
export async function queueIn(
  place: Place,
  how: { from?: string; attributes?: Record<string, string> } = {},
) {
  const { sqs } = place.here;
  const name = place.name("sqs");
  const made = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: how.attributes ?? {} }));
  const QueueUrl = present("the queue's URL", made.QueueUrl);
  place.afterwards(`queue ${name}`, () => sqs.send(new DeleteQueueCommand({ QueueUrl })));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  const arn = present("the queue's ARN", Attributes?.QueueArn);
  if (how.from) {
    const statement = {
      Effect: "Allow",
      Principal: { Service: how.from },
      Action: "sqs:SendMessage",
      Resource: arn,
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  }
  const take = async (WaitTimeSeconds = 1): Promise<Message | undefined> => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds }));
    return Messages[0];
  };
  /** Takes one message and deletes it; gives its body, which is JSON. */
  const receive = async (): Promise<Told | undefined> => {
    const message = await take();
    if (!message) return undefined;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return JSON.parse(message.Body ?? "") as Told;
  };
  return {
    name,
    arn,
    QueueUrl,
    sqs,
    take,
    receive,
    /**
     * The next message; `again` repeats what should bring it: rules and subscriptions take effect only after a
     * while, which loses what comes before.
     */
    next: (what: string, again: () => Promise<unknown>) =>
      place.until(what, async () => {
        const told = await receive();
        if (!told) await again();
        return told;
      }),
  };
}
