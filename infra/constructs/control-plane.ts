import { Duration } from "aws-cdk-lib";
import { EventBus, Match, Rule } from "aws-cdk-lib/aws-events";
import {
  EventBus as BusTarget,
  LambdaFunction as FunctionTarget,
  SqsQueue as QueueTarget,
} from "aws-cdk-lib/aws-events-targets";
import { Schedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type Environment, otherRegion } from "../../functions/core/environment.ts";
import { type DomainEventType, eventSource } from "../../functions/core/event.ts";
import { busName, partitionOf, queueName } from "../../functions/core/names.ts";
import { Alarms } from "./alarms.ts";
import type { TaskName } from "./bundle.ts";
import { grantMirrorFrom, grantObserve, grantReadArchives } from "./source-access.ts";
import { type Surroundings, Task } from "./task.ts";
import { deadLetterQueue, TaskQueue } from "./task-queue.ts";
import { Topics } from "./topics.ts";
import { allow, type Vault } from "./vault.ts";

/** The events of RDS that make a pass run sooner (RDS user guide, event categories and messages). */
const rdsEvents = {
  "RDS DB Snapshot Event": [
    "RDS-EVENT-0042",
    "RDS-EVENT-0041",
    "RDS-EVENT-0060",
    "RDS-EVENT-0061",
    "RDS-EVENT-0190",
  ],
  "RDS DB Cluster Snapshot Event": ["RDS-EVENT-0075"],
  "RDS DB Instance Event": [
    "RDS-EVENT-0002",
    "RDS-EVENT-0003",
    "RDS-EVENT-0028",
    "RDS-EVENT-0031",
    "RDS-EVENT-0418",
    "RDS-EVENT-0419",
  ],
  "RDS DB Cluster Event": ["RDS-EVENT-0171"],
};

/** What both regions have: reconcile, verify and alert, the bus, the topics and the queues, each able to act alone. */
export class ControlPlane extends Construct {
  readonly surroundings: Surroundings;
  readonly bus: EventBus;
  readonly reconcile: Task;
  readonly verify: Task;
  readonly verifyQueue: TaskQueue;
  readonly undelivered: Queue;

  constructor(
    scope: Construct,
    at: { environment: Environment; region: string; vault: Vault; codeOf: (task: TaskName) => string },
  ) {
    super(scope, "ControlPlane");
    const { environment, region, vault, codeOf } = at;
    const topics = new Topics(this, { environment, key: vault.key });
    const alarms = new Alarms(topics.page);
    const variables = {
      HOLDFAST_VAULT_KEY_ARN: vault.key.keyArn,
      HOLDFAST_PAGE_TOPIC_ARN: topics.page.topicArn,
      HOLDFAST_NOTIFY_TOPIC_ARN: topics.notify.topicArn,
    };
    this.surroundings = { environment, region, codeOf, variables, alarms };
    this.bus = new EventBus(this, "Bus", { eventBusName: busName(environment) });
    this.undelivered = deadLetterQueue(this, "Undelivered", {
      name: queueName(environment, "undelivered"),
      alarms,
      section: "dead-letters",
    });

    this.reconcile = new Task(this, "reconcile", this.surroundings, { memoryMb: 512, timeoutSeconds: 300 });
    vault.grantRecord(this.reconcile.function);
    vault.grantReadFacts(this.reconcile.function);
    grantMirrorFrom(this.reconcile.function, environment, otherRegion(environment, region));
    grantObserve(this.reconcile.function);
    this.grantPublish(this.reconcile);
    this.#wakeReconcile(environment, region, vault, alarms);

    this.verify = new Task(this, "verify", this.surroundings, { memoryMb: 512, timeoutSeconds: 900 });
    vault.grantRecord(this.verify.function);
    vault.grantReadFacts(this.verify.function);
    grantReadArchives(this.verify.function, environment);
    this.grantPublish(this.verify);
    this.verifyQueue = new TaskQueue(this, "verify", {
      environment,
      alarms,
      timeoutSeconds: 900,
      oldestSeconds: 7_200,
    });
    this.verifyQueue.feed(this.verify, { batch: 1, windowSeconds: 0, atOnce: 10 });

    const alert = new Task(this, "alert", this.surroundings, { memoryMb: 256, timeoutSeconds: 60 });
    vault.grantRecord(alert.function);
    vault.grantReadFacts(alert.function);
    vault.key.grantEncryptDecrypt(alert.function);
    allow(alert.function, ["sns:Publish"], [topics.page.topicArn, topics.notify.topicArn]);
    new Rule(this, "FindingRule", {
      eventBus: this.bus,
      eventPattern: { source: [eventSource], detailType: ["Finding Changed" satisfies DomainEventType] },
      targets: [new FunctionTarget(alert.function, { deadLetterQueue: this.undelivered })],
    });
  }

  /** Sends domain events of these types to a queue. */
  route(id: string, types: DomainEventType[], queue: Queue): void {
    new Rule(this, id, {
      eventBus: this.bus,
      eventPattern: { source: [eventSource], detailType: types },
      targets: [new QueueTarget(queue, { deadLetterQueue: this.undelivered })],
    });
  }

  /** Lets a task put events on this region's bus. */
  grantPublish(task: Task): void {
    allow(task.function, ["events:PutEvents"], [this.bus.eventBusArn]);
  }

  /** The schedule runs it whatever happens; hints, gathered for five seconds into one pass, only make it run sooner. */
  #wakeReconcile(environment: Environment, region: string, vault: Vault, alarms: Alarms): void {
    const wake = new TaskQueue(this, "reconcile", {
      environment,
      alarms,
      timeoutSeconds: 300,
      oldestSeconds: 1_800,
    });
    wake.feed(this.reconcile, { batch: 1_000, windowSeconds: 5, atOnce: 2 });
    const toWake = () => new QueueTarget(wake.queue, { deadLetterQueue: this.undelivered });
    for (const [index, [detailType, ids]] of Object.entries(rdsEvents).entries()) {
      new Rule(this, `RdsRule${index}`, {
        eventPattern: { source: ["aws.rds"], detailType: [detailType], detail: { EventID: ids } },
        targets: [toWake()],
      });
    }
    const other = otherRegion(environment, region);
    const otherBus = `arn:${partitionOf(other)}:events:${other}:${environment.account}:event-bus/${busName(environment)}`;
    new Rule(this, "FactRule", {
      eventPattern: {
        source: ["aws.s3"],
        detailType: ["Object Created"],
        detail: {
          bucket: { name: [vault.bucket.bucketName] },
          object: { key: Match.prefix("catalog/points/") },
        },
      },
      // This region's reconciler, and the other's: it mirrors what this one recorded.
      targets: [
        toWake(),
        new BusTarget(EventBus.fromEventBusArn(this, "OtherBus", otherBus), {
          deadLetterQueue: this.undelivered,
        }),
      ],
    });
    new Rule(this, "OtherFactRule", {
      eventBus: this.bus,
      eventPattern: { source: ["aws.s3"], detailType: ["Object Created"] },
      targets: [toWake()],
    });
    new Schedule(this, "Schedule", {
      schedule: ScheduleExpression.rate(Duration.minutes(5)),
      description: `Holdfast ${environment.name}: one pass of the reconciler`,
      target: new LambdaInvoke(this.reconcile.function, {
        deadLetterQueue: this.undelivered,
        // A pass that could not be started is made up for by the next one.
        maxEventAge: Duration.minutes(5),
        retryAttempts: 2,
      }),
    });
    alarms.onSilence(this.reconcile, this.reconcile.function);
  }
}
