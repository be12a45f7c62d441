import { AwsError, type Service, type Twin } from "../twin.ts";
import { send } from "./delivery.ts";
import { parseArn } from "./ids.ts";
import { type Ended, type FunctionSpec, LambdaFunction } from "./lambda-function.ts";

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

/** Execution environments of one function, at most: enough for two invocations to meet, few enough for a laptop. */
const maxAtOnce = 2;

/** Lambda: functions in worker threads, asynchronous retries with a failure destination, and SQS event sources. */
export class Lambda {
  readonly #twin: Twin;
  readonly #functions = new Map<string, LambdaFunction>();
  readonly #onLine: (functionName: string, region: string, line: string) => void;
  readonly #mappings: Mapping[] = [];
  #closed = false;

  constructor(twin: Twin, onLine: (functionName: string, region: string, line: string) => void) {
    this.#twin = twin;
    this.#onLine = onLine;
  }

  readonly service: Service = {
    name: "lambda",
    operations: {
      Invoke: async ({ FunctionName, InvocationType = "RequestResponse", Payload }, { region }) => {
        const fn = this.#find(FunctionName, region);
        const event = Buffer.from(Payload ?? "{}").toString();
        if (InvocationType === "Event") {
          void fn.invokeLater(this.#twin.clock, event, (ended) => this.#tellFailure(fn.spec, event, ended));
          return { StatusCode: 202 };
        }
        const ended = await fn.invoke(event);
        if ("error" in ended)
          return {
            StatusCode: 200,
            FunctionError: "Unhandled",
            Payload: Buffer.from(JSON.stringify(ended.error)),
          };
        return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(ended.result)) };
      },
      ListFunctions: (_input, { region }) => ({
        Functions: [...this.#functions.values()]
          .map(({ spec }) => spec)
          .filter(({ arn }) => parseArn(arn).region === region)
          .map(({ name, arn, handler }) => ({
            FunctionName: name,
            FunctionArn: arn,
            Handler: handler,
            Runtime: "nodejs24.x",
          })),
      }),
    },
  };

  /** Puts up a function. */
  create(spec: FunctionSpec): void {
    const { region } = parseArn(spec.arn);
    this.#functions.set(
      spec.arn,
      new LambdaFunction(spec, { onLine: (line) => this.#onLine(spec.name, region, line), maxAtOnce }),
    );
  }

  /** Feeds a function from a queue, with partial batch failures, once `start` is called and until `close`. */
  map(mapping: Mapping): void {
    this.#mappings.push(mapping);
  }

  /** Begins to feed functions from their queues: everything that they need is put up by now. */
  start(): void {
    for (const mapping of this.#mappings)
      for (let poller = 0; poller < Math.min(mapping.concurrency, maxAtOnce); poller++)
        void this.#feed(mapping);
  }

  async #feed(mapping: Mapping): Promise<void> {
    const fn = this.#find(mapping.functionName, mapping.region);
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
        this.#onLine(fn.spec.name, mapping.region, `event source ${mapping.queueArn}: ${thrown}`);
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

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#functions.values()].map((fn) => fn.close()));
  }

  async #tellFailure(spec: FunctionSpec, event: string, ended: Ended): Promise<void> {
    if (!spec.onFailureArn) return;
    const text = JSON.stringify({ requestPayload: JSON.parse(event), responsePayload: ended });
    await send(this.#twin, spec.onFailureArn, text, {
      principal: "lambda.amazonaws.com",
      sourceArn: spec.arn,
    });
  }

  #find(given: string, region: string): LambdaFunction {
    const arn = given.startsWith("arn:")
      ? given
      : `arn:aws:lambda:${region}:${this.#twin.account}:function:${given}`;
    const found = this.#functions.get(arn);
    if (!found) throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
    return found;
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
