import type { Twin } from "../twin.ts";
import { parseArn } from "./ids.ts";
import type { LambdaFunction } from "./lambda-function.ts";

/** An SQS event source mapping. */
export type Mapping = {
  queueArn: string;
  functionName: string;
  region: string;
  batch: number;
  windowSeconds: number;
  /** Batches worked on at one time, at most. */
  concurrency: number;
};

type Feeding = {
  /** Execution environments of one function, at most. */
  maxAtOnce: number;
  find: (mapping: Mapping) => LambdaFunction;
  onLine: (functionName: string, region: string, line: string) => void;
};

/** Feeds functions from their queues, with partial batch failures, once `start` is called and until `close`. */
export class Feeds {
  readonly #twin: Twin;
  readonly #feeding: Feeding;
  readonly #mappings: Mapping[] = [];
  #closed = false;

  constructor(twin: Twin, feeding: Feeding) {
    this.#twin = twin;
    this.#feeding = feeding;
  }

  /** Adds a mapping. */
  add(mapping: Mapping): void {
    this.#mappings.push(mapping);
  }

  /** Begins to feed functions from their queues: everything that they need is put up by now. */
  start(): void {
    for (const mapping of this.#mappings)
      for (let poller = 0; poller < Math.min(mapping.concurrency, this.#feeding.maxAtOnce); poller++)
        void this.#feed(mapping);
  }

  /** Stops polling. */
  close(): void {
    this.#closed = true;
  }

  async #feed(mapping: Mapping): Promise<void> {
    const fn = this.#feeding.find(mapping);
    const call = (operation: string, input: Record<string, unknown>) =>
      this.#twin.call({
        service: "sqs",
        region: mapping.region,
        operation,
        input,
        principal: "lambda.amazonaws.com",
      });
    const QueueUrl = `/${parseArn(mapping.queueArn).resource}`;
    while (!this.#closed) {
      try {
        await this.#feedOnce(fn, mapping, call, QueueUrl);
      } catch (thrown) {
        // The queue did not answer, or a message was shown again while it was worked on. Lambda goes on polling.
        this.#feeding.onLine(fn.spec.name, mapping.region, `event source ${mapping.queueArn}: ${thrown}`);
        await new Promise((resolve) =>
          this.#twin.clock.at(this.#twin.clock.now() + 1_000, () => resolve(undefined)),
        );
      }
    }
  }

  async #feedOnce(fn: LambdaFunction, mapping: Mapping, call: SqsCall, QueueUrl: string): Promise<void> {
    const messages = await receiveBatch(call, QueueUrl, mapping);
    if (messages.length === 0) return;
    const Records = messages.map((message) => ({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes,
      messageAttributes: {},
      eventSource: "aws:sqs",
      eventSourceARN: mapping.queueArn,
      awsRegion: mapping.region,
    }));
    const ended = await fn.invoke(JSON.stringify({ Records }));
    // An error sends all of them back; a list of failures only those (developer guide, SQS error handling).
    const all = messages.map(({ MessageId }) => MessageId);
    const failed = "error" in ended ? all : failuresOf(ended.result, all);
    for (const { MessageId, ReceiptHandle } of messages) {
      // A failed message is left alone: it is shown again as its visibility timeout ends.
      if (!failed.includes(MessageId)) await call("DeleteMessage", { QueueUrl, ReceiptHandle });
    }
  }
}

type SqsCall = (operation: string, input: Record<string, unknown>) => Promise<unknown>;

type Received = {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  Attributes: Record<string, string>;
};

/** One batch: waits for a first message, then gathers more until the window is over or the batch is full. */
async function receiveBatch(
  call: SqsCall,
  QueueUrl: string,
  { batch, windowSeconds }: Mapping,
): Promise<Received[]> {
  const receive = async (WaitTimeSeconds: number) => {
    const input = {
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds,
      AttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    };
    return ((await call("ReceiveMessage", input)) as { Messages?: Received[] }).Messages ?? [];
  };
  const messages = await receive(20);
  if (messages.length === 0) return messages;
  const until = Date.now() + windowSeconds * 1_000;
  while (messages.length < batch && Date.now() < until) messages.push(...(await receive(1)));
  while (messages.length < batch) {
    const more = await receive(0);
    if (more.length === 0) break;
    messages.push(...more);
  }
  return messages;
}

/** The failed messages; all of them where a failure names none of the batch (developer guide, batch item failures). */
function failuresOf(result: unknown, all: string[]): string[] {
  const failures =
    (result as { batchItemFailures?: { itemIdentifier?: string }[] } | null)?.batchItemFailures ?? [];
  const named = failures.map(({ itemIdentifier }) => itemIdentifier ?? "");
  return named.every((id) => all.includes(id)) ? named : all;
}
