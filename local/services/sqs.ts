import { AwsError, type Call, type Operation, type Service, type Twin } from "../twin.ts";
import { md5, parseArn } from "./ids.ts";
import { Queue, type QueuedMessage, type SavedQueue } from "./sqs-queue.ts";

/** Where the stand-in answers over HTTP; `server.ts` sets it when it listens. */
export type Endpoint = { url: string };

/**
 * SQS: standard queues with long polling, visibility timeouts, delays and redrive to a dead-letter queue.
 * `endpoint` is the origin of queue URLs: the SDK sends to that origin whatever its own endpoint is.
 */
export function sqsService(
  twin: Twin,
  endpoint: Endpoint = { url: "http://localhost" },
): Service & { queues: ReadonlyMap<string, Queue> } {
  const queues = new Map<string, Queue>();

  const add = (arn: string, attributes: Record<string, string>): Queue => {
    const queue = new Queue(arn, attributes, twin.clock, (message, deadLetterArn) => {
      const deadLetters = queues.get(deadLetterArn);
      // The message keeps its id and its age, so it can expire in the dead-letter queue early (developer guide).
      deadLetters?.put({
        ...message,
        receiveCount: 0,
        visibleAt: twin.clock.now(),
        deadLetterSourceArn: arn,
      });
      return deadLetters !== undefined;
    });
    queues.set(arn, queue);
    return queue;
  };
  const arnOf = (call: Call, name: string) => `arn:aws:sqs:${call.region}:${twin.account}:${name}`;
  const urlOf = (arn: string) => `${endpoint.url}/${twin.account}/${parseArn(arn).resource}`;
  const find = (call: Call): Queue => {
    const name =
      call.input.QueueName ??
      String(call.input.QueueUrl ?? "")
        .split("/")
        .at(-1);
    const queue = queues.get(arnOf(call, String(name)));
    if (queue) return queue;
    throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.", 400);
  };

  const operations: Record<string, Operation> = {
    CreateQueue({ QueueName, Attributes = {} }, call) {
      if (!/^[A-Za-z0-9_-]{1,80}$/.test(QueueName)) {
        throw new AwsError(
          "InvalidParameterValue",
          "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        );
      }
      const arn = arnOf(call, QueueName);
      const known = queues.get(arn);
      if (known && Object.entries(Attributes).some(([name, value]) => known.attributes[name] !== value)) {
        throw new AwsError(
          "QueueNameExists",
          "A queue already exists with the same name and a different value for attribute",
        );
      }
      if (!known) add(arn, { ...Attributes });
      return { QueueUrl: urlOf(arn) };
    },
    SetQueueAttributes({ Attributes }, call) {
      Object.assign(find(call).attributes, Attributes);
      return {};
    },
    GetQueueUrl: (_input, call) => ({ QueueUrl: urlOf(find(call).arn) }),
    ListQueues({ QueueNamePrefix = "" }, call) {
      const arns = [...queues.keys()].filter((arn) => arn.startsWith(arnOf(call, QueueNamePrefix)));
      return { QueueUrls: arns.map(urlOf) };
    },
    DeleteQueue(_input, call) {
      const queue = find(call);
      queues.delete(queue.arn);
      queue.wake();
      return {};
    },
    PurgeQueue(_input, call) {
      find(call).messages = [];
      return {};
    },
    GetQueueAttributes({ AttributeNames = [] }, call) {
      const all = attributesOf(find(call));
      const wanted = (name: string) => AttributeNames.includes("All") || AttributeNames.includes(name);
      return { Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name))) };
    },
    SendMessage: (input, call) => sendOne(find(call), input),
    SendMessageBatch({ Entries }, call) {
      const queue = find(call);
      return eachEntry(Entries, (entry) => sendOne(queue, entry));
    },
    async ReceiveMessage(input, call) {
      const queue = find(call);
      const max = Number(input.MaxNumberOfMessages ?? 1);
      if (max < 1 || max > 10) throw outOfRange("MaxNumberOfMessages", max, "1 to 10");
      const wait = Number(input.WaitTimeSeconds ?? queue.attributes.ReceiveMessageWaitTimeSeconds ?? 0);
      if (wait > 20) throw outOfRange("WaitTimeSeconds", wait, ">= 0 and <= 20");
      const visibility = Number(input.VisibilityTimeout ?? queue.setting("VisibilityTimeout"));
      const messages = await queue.receive(max, wait, visibility);
      return messages.length > 0 ? { Messages: messages.map((message) => shown(message, input)) } : {};
    },
    DeleteMessage({ ReceiptHandle }, call) {
      find(call).delete(ReceiptHandle);
      return {};
    },
    DeleteMessageBatch({ Entries }, call) {
      const queue = find(call);
      return eachEntry(Entries, (entry) => queue.delete(String(entry.ReceiptHandle)));
    },
    ChangeMessageVisibility({ ReceiptHandle, VisibilityTimeout }, call) {
      hide(find(call), ReceiptHandle, VisibilityTimeout);
      return {};
    },
    ChangeMessageVisibilityBatch({ Entries }, call) {
      const queue = find(call);
      return eachEntry(Entries, (entry) =>
        hide(queue, String(entry.ReceiptHandle), Number(entry.VisibilityTimeout)),
      );
    },
  };

  return {
    name: "sqs",
    queues,
    operations,
    save: () =>
      Object.fromEntries(
        [...queues].map(([arn, { attributes, messages }]) => [arn, { attributes, messages }]),
      ),
    load(state) {
      for (const [arn, saved] of Object.entries(state as Record<string, SavedQueue>)) {
        const queue = add(arn, saved.attributes);
        for (const message of saved.messages) queue.put(message);
      }
    },
  };
}

type Entry = Record<string, unknown> & { Id: string };

function sendOne(queue: Queue, input: Record<string, unknown>) {
  const body = String(input.MessageBody ?? "");
  if (body === "")
    throw new AwsError("MissingParameter", "The request must contain the parameter MessageBody.");
  if (Buffer.byteLength(body) > queue.setting("MaximumMessageSize")) {
    throw new AwsError(
      "InvalidParameterValue",
      "One or more parameters are invalid. Reason: Message must be shorter than the queue's MaximumMessageSize.",
    );
  }
  const delay = Number(input.DelaySeconds ?? queue.setting("DelaySeconds"));
  if (delay < 0 || delay > 900) throw outOfRange("DelaySeconds", delay, ">= 0 and <= 900");
  const attributes = (input.MessageAttributes ?? {}) as Record<string, unknown>;
  const message = queue.send(body, attributes, delay);
  return { MessageId: message.id, MD5OfMessageBody: md5(body) };
}

function hide(queue: Queue, receipt: string, seconds: number): void {
  if (!(seconds >= 0 && seconds <= 43_200))
    throw outOfRange("VisibilityTimeout", seconds, "between 0 and 43200");
  if (!queue.hide(receipt, seconds)) {
    throw new AwsError("MessageNotInflight", "The specified message isn't in flight.", 400);
  }
}

function eachEntry(entries: Entry[] | undefined, act: (entry: Entry) => unknown) {
  if (!entries?.length)
    throw new AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.");
  if (entries.length > 10) {
    throw new AwsError("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.");
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError(
      "BatchEntryIdsNotDistinct",
      "Two or more batch entries in the request have the same Id.",
    );
  }
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...(act(entry) as object | undefined) });
    } catch (thrown) {
      if (!(thrown instanceof AwsError)) throw thrown;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: thrown.code, Message: thrown.message });
    }
  }
  return { Successful, ...(Failed.length > 0 ? { Failed } : {}) };
}

/** What a receive asks for besides bodies; `AttributeNames` is the older name of the first. */
type Asked = {
  MessageSystemAttributeNames?: string[];
  AttributeNames?: string[];
  MessageAttributeNames?: string[];
};

function shown(message: QueuedMessage, asked: Asked) {
  const system = {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    SenderId: "AIDACKCEVSQ6C2EXAMPLE",
    ...(message.deadLetterSourceArn ? { DeadLetterQueueSourceArn: message.deadLetterSourceArn } : {}),
  };
  const names = [...(asked.MessageSystemAttributeNames ?? []), ...(asked.AttributeNames ?? [])];
  const Attributes = among(system, (name) => names.includes("All") || names.includes(name));
  // A name, all that begin as `foo.*` does, or All (API reference, ReceiveMessage).
  const own = (asked.MessageAttributeNames ?? []).map((wish) => (wish === "All" ? ".*" : wish));
  const MessageAttributes = among(message.attributes, (name) =>
    own.some((wish) => (wish.endsWith(".*") ? name.startsWith(wish.slice(0, -2)) : wish === name)),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(Attributes ? { Attributes } : {}),
    ...(MessageAttributes ? { MessageAttributes } : {}),
  };
}

function among<T>(all: Record<string, T>, wanted: (name: string) => boolean): Record<string, T> | undefined {
  const some = Object.entries(all).filter(([name]) => wanted(name));
  return some.length > 0 ? Object.fromEntries(some) : undefined;
}

function attributesOf(queue: Queue): Record<string, string> {
  const { visible, inFlight, delayed } = queue.counts();
  return {
    ...queue.attributes,
    QueueArn: queue.arn,
    VisibilityTimeout: String(queue.setting("VisibilityTimeout")),
    DelaySeconds: String(queue.setting("DelaySeconds")),
    MessageRetentionPeriod: String(queue.setting("MessageRetentionPeriod")),
    MaximumMessageSize: String(queue.setting("MaximumMessageSize")),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}

function outOfRange(name: string, value: number, range: string): AwsError {
  return new AwsError(
    "InvalidParameterValue",
    `Value ${value} for parameter ${name} is invalid. Reason: Must be ${range}.`,
  );
}
