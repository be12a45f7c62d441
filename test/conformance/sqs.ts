import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { holds, present, refused, same } from "./expect.ts";
import type { Case } from "./place.ts";
import { type HeldQueue, queueIn } from "./queues.ts";

const send = ({ sqs, QueueUrl }: HeldQueue, MessageBody: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

async function taken(queue: HeldQueue, seconds: number): Promise<Message> {
  return present("a message", await queue.take(seconds));
}

/** Standard queues: what feeds the tasks, and what keeps what could not be done. */
export const sqsCases: Case[] = [
  {
    name: "SQS: a message is received once while it is hidden, and deleted it stays away",
    async run(place) {
      const queue = await queueIn(place, { attributes: { VisibilityTimeout: "3" } });
      const sent = await send(queue, "hello");
      const one = await taken(queue, 5);
      same("the body", one.Body, "hello");
      same("the id", one.MessageId, sent.MessageId);
      same("while it is hidden", await queue.take(0), undefined);
      await queue.sqs.send(
        new DeleteMessageCommand({ QueueUrl: queue.QueueUrl, ReceiptHandle: one.ReceiptHandle }),
      );
      same("after its deletion", await queue.take(5), undefined);
    },
  },
  {
    name: "SQS: a message that is not deleted comes again after its visibility timeout, counted",
    async run(place) {
      const queue = await queueIn(place, { attributes: { VisibilityTimeout: "1" } });
      await send(queue, "hello");
      const receive = () => {
        const wish = {
          QueueUrl: queue.QueueUrl,
          WaitTimeSeconds: 5,
          MessageSystemAttributeNames: ["All" as const],
        };
        return queue.sqs.send(new ReceiveMessageCommand(wish));
      };
      const [first] = present("the first receive", (await receive()).Messages);
      same("the count", first?.Attributes?.ApproximateReceiveCount, "1");
      const [second] = present("the second receive", (await receive()).Messages);
      same("the message", second?.MessageId, first?.MessageId);
      same("the count the second time", second?.Attributes?.ApproximateReceiveCount, "2");
      const { SentTimestamp, ApproximateFirstReceiveTimestamp } = second?.Attributes ?? {};
      holds(
        "it was sent before it was received",
        Number(SentTimestamp) <= Number(ApproximateFirstReceiveTimestamp),
      );
      holds("the time is in milliseconds", Math.abs(Number(SentTimestamp) - Date.now()) < 600_000);
    },
  },
  {
    name: "SQS: a receive brings no attributes unless it asks for them",
    async run(place) {
      const queue = await queueIn(place);
      const MessageAttributes = { kind: { DataType: "String", StringValue: "test" } };
      const { sqs, QueueUrl } = queue;
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", MessageAttributes }));
      const wish = { QueueUrl, WaitTimeSeconds: 5, VisibilityTimeout: 0 };
      const [bare] = (await sqs.send(new ReceiveMessageCommand(wish))).Messages ?? [];
      same("its attributes", present("a message", bare).Attributes, undefined);
      same("the sender's", bare?.MessageAttributes, undefined);
      const names = {
        MessageSystemAttributeNames: ["SentTimestamp" as const],
        MessageAttributeNames: ["All"],
      };
      const [full] = (await sqs.send(new ReceiveMessageCommand({ ...wish, ...names }))).Messages ?? [];
      same("the names of its attributes", Object.keys(full?.Attributes ?? {}), ["SentTimestamp"]);
      same("the sender's attribute", full?.MessageAttributes?.kind?.StringValue, "test");
    },
  },
  {
    name: "SQS: a message is shown again at once when its visibility is set to 0",
    async run(place) {
      const queue = await queueIn(place);
      await send(queue, "hello");
      const { ReceiptHandle, MessageId } = await taken(queue, 5);
      const show = new ChangeMessageVisibilityCommand({
        QueueUrl: queue.QueueUrl,
        ReceiptHandle,
        VisibilityTimeout: 0,
      });
      await queue.sqs.send(show);
      same("the message", (await taken(queue, 5)).MessageId, MessageId);
    },
  },
  {
    name: "SQS: a message can be hidden for twelve hours at most",
    async run(place) {
      const queue = await queueIn(place);
      await send(queue, "hello");
      const { ReceiptHandle } = await taken(queue, 5);
      const change = (VisibilityTimeout: number) =>
        queue.sqs.send(
          new ChangeMessageVisibilityCommand({ QueueUrl: queue.QueueUrl, ReceiptHandle, VisibilityTimeout }),
        );
      await refused("a second more", change(43_201), { name: /^InvalidParameterValue$/, status: 400 });
      await change(43_200 - 60);
    },
  },
  {
    name: "SQS: a message that is no longer in flight cannot be hidden",
    async run(place) {
      const queue = await queueIn(place);
      await send(queue, "hello");
      const { ReceiptHandle } = await taken(queue, 5);
      const change = (VisibilityTimeout: number) =>
        queue.sqs.send(
          new ChangeMessageVisibilityCommand({ QueueUrl: queue.QueueUrl, ReceiptHandle, VisibilityTimeout }),
        );
      await change(0);
      await refused("the second change", change(10), {
        // The first is documented, the second is what a message that is gone is told.
        name: /^(MessageNotInflight|InvalidParameterValue)$/,
        status: 400,
      });
    },
  },
  {
    name: "SQS: a message received maxReceiveCount times goes to the dead-letter queue at the next receive",
    async run(place) {
      const dead = await queueIn(place);
      const redrive = { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 };
      const queue = await queueIn(place, {
        attributes: { VisibilityTimeout: "0", RedrivePolicy: JSON.stringify(redrive) },
      });
      const { MessageId } = await send(queue, "poison");
      same("the first receive", (await taken(queue, 5)).MessageId, MessageId);
      same("the second receive", (await taken(queue, 5)).MessageId, MessageId);
      same("the third receive", await queue.take(1), undefined);
      const letter = await place.until("the dead letter", () => dead.take());
      same("the dead letter's id", letter.MessageId, MessageId);
      same("its body", letter.Body, "poison");
    },
  },
  {
    name: "SQS: up to ten messages are sent and deleted at once, and a batch with one id twice is refused",
    async run(place) {
      const { sqs, QueueUrl } = await queueIn(place);
      const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `m${i}`, MessageBody: `body ${i}` }));
      const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      same("the number sent", sent.Successful?.length, 10);
      const bodies = new Set<string | undefined>();
      await place.until("ten messages", async () => {
        const wish = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(wish));
        for (const { Body } of Messages) bodies.add(Body);
        const done = Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
        if (done.length > 0) {
          const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: done }));
          same("the number deleted", deleted.Successful?.length, done.length);
        }
        return bodies.size === 10 || undefined;
      });
      const twice = [Entries[0], Entries[0]].map((entry) => present("an entry", entry));
      const doubled = sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: twice }));
      await refused("one id twice", doubled, { name: /BatchEntryIdsNotDistinct$/, status: 400 });
      const eleven = [...Entries, { Id: "m10", MessageBody: "x" }];
      const many = sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: eleven }));
      await refused("eleven messages", many, { name: /TooManyEntriesInBatchRequest$/, status: 400 });
    },
  },
  {
    name: "SQS: making a queue again gives the same URL, with other attributes it is refused",
    async run(place) {
      const { sqs, name, QueueUrl } = await queueIn(place, { attributes: { VisibilityTimeout: "7" } });
      const again = new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: "7" } });
      same("the URL", (await sqs.send(again)).QueueUrl, QueueUrl);
      same(
        "the URL asked for",
        (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl,
        QueueUrl,
      );
      const other = new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: "8" } });
      await refused("other attributes", sqs.send(other), {
        name: /QueueNameExists$|QueueAlreadyExists$/,
        status: 400,
      });
    },
  },
  {
    name: "SQS: a queue tells its defaults: 30 s of visibility, 4 days of retention, 1 MiB a message",
    async run(place) {
      const { sqs, QueueUrl } = await queueIn(place);
      const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
      const { VisibilityTimeout, MessageRetentionPeriod, MaximumMessageSize } = answer.Attributes ?? {};
      same("the visibility timeout", VisibilityTimeout, "30");
      same("the retention", MessageRetentionPeriod, "345600");
      same("the size of a message", MaximumMessageSize, "1048576");
    },
  },
  {
    name: "SQS: a queue that does not exist is QueueDoesNotExist",
    async run(place) {
      const url = place.here.sqs.send(new GetQueueUrlCommand({ QueueName: place.name("none") }));
      await refused("its URL", url, { name: /^QueueDoesNotExist$/, status: 400 });
    },
  },
];
