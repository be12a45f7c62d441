import { Duration } from "aws-cdk-lib";
import type { IRuleTarget } from "aws-cdk-lib/aws-events";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { queueName } from "../../functions/core/names.ts";
import { maxReceives } from "../../functions/core/retry.ts";
import { pagingAlarm } from "./alarm.ts";
import { into, letRulesSend } from "./rules.ts";
import type { Task } from "./task.ts";

/** How a queue feeds its function. */
export type WorkQueueProps = {
  readonly environment: Environment;
  readonly task: Task;
  readonly page: ITopic;
  /** Messages in one invocation, at most. */
  readonly batch: number;
  /** How long an invocation waits for a batch to fill. */
  readonly window: Duration;
  /** Invocations at one time, at most; Lambda's least is 2. */
  readonly concurrency: number;
};

/**
 * The queue of a function: messages are raw EventBridge events, only those that failed come back, and after
 * `maxReceives` tries they become dead letters.
 */
export class WorkQueue extends Construct {
  readonly #queue: Queue;
  readonly #task: Task;

  constructor(scope: Construct, id: string, { environment, task, page, ...feed }: WorkQueueProps) {
    super(scope, id);
    this.#task = task;
    const timeout = task.function.timeout ?? Duration.minutes(15);
    // Six times the function's timeout, as AWS advises (Lambda developer guide, SQS event sources).
    const visibilityTimeout = Duration.seconds(6 * timeout.toSeconds());
    this.#queue = new Queue(this, "Queue", {
      queueName: queueName(environment, task.name),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout,
      deadLetterQueue: { queue: task.deadLetters, maxReceiveCount: maxReceives },
    });
    letRulesSend(this.#queue, environment);
    task.function.addEventSource(
      new SqsEventSource(this.#queue, {
        batchSize: feed.batch,
        maxBatchingWindow: feed.window,
        maxConcurrency: feed.concurrency,
        reportBatchItemFailures: true,
      }),
    );
    pagingAlarm(this, "Backlog", {
      ...{ environment, name: `${task.name}-backlog` },
      metric: this.#queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5) }),
      says: `${task.name} does not keep up with its queue.`,
      section: "alarm-backlog",
      page,
      // A message whose invocation was cut off comes back after the visibility timeout: that alone is no backlog.
      threshold: 2 * visibilityTimeout.toSeconds(),
    });
  }

  /** Lets a task put messages into it itself. */
  letSend(task: Task): void {
    task.allow(["sqs:SendMessage"], [this.#queue.queueArn]);
  }

  /** The queue as a rule's target. */
  get target(): IRuleTarget {
    return into(this.#queue, this.#task.deadLetters);
  }
}
