import { Duration } from "aws-cdk-lib";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { queueName } from "../../functions/core/names.ts";
import type { Alarms } from "./alarms.ts";
import type { Task } from "./task.ts";

/** How often a message is tried before it goes to the dead-letter queue; the functions' handlers know it too. */
export const maxReceives = 5;

/** A queue that feeds one task, and the dead-letter queue for what the task cannot do. */
export class TaskQueue extends Construct {
  readonly queue: Queue;

  constructor(
    scope: Construct,
    task: string,
    at: { environment: Environment; alarms: Alarms; timeoutSeconds: number; oldestSeconds: number },
  ) {
    super(scope, `${task}-queue`);
    const name = queueName(at.environment, task);
    const dead = deadLetterQueue(this, "Dead", {
      name: `${name}-dlq`,
      alarms: at.alarms,
      section: "dead-letters",
    });
    this.queue = new Queue(this, "Queue", {
      queueName: name,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the function's timeout, so that a message is not given out again while it is still worked on
      // (Lambda developer guide, SQS event sources).
      visibilityTimeout: Duration.seconds(Math.min(43_200, 6 * at.timeoutSeconds)),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: dead, maxReceiveCount: maxReceives },
    });
    at.alarms.onOldMessages(this, this.queue, at.oldestSeconds);
  }

  /** Runs the task on the queue's messages; those that fail go back one by one. */
  feed(
    task: Task,
    { batch, windowSeconds, atOnce }: { batch: number; windowSeconds: number; atOnce: number },
  ): void {
    task.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: batch,
        maxBatchingWindow: Duration.seconds(windowSeconds),
        maxConcurrency: atOnce,
        reportBatchItemFailures: true,
      }),
    );
  }
}

/** A queue for what could not be delivered or done, with an alarm on its first message. */
export function deadLetterQueue(
  scope: Construct,
  id: string,
  at: { name: string; alarms: Alarms; section: string },
): Queue {
  const queue = new Queue(scope, id, {
    queueName: at.name,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  at.alarms.onDepth(scope, queue, at.section);
  return queue;
}
