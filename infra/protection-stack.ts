import { CustomResource, Stack, type StackProps } from "aws-cdk-lib";
import { Match, Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue as QueueTarget } from "aws-cdk-lib/aws-events-targets";
import type { Construct } from "constructs";
import type { Environment } from "../functions/core/environment.ts";
import { partitionOf } from "../functions/core/names.ts";
import type { TaskName } from "./constructs/bundle.ts";
import { ControlPlane } from "./constructs/control-plane.ts";
import { grantReadBuckets, grantTakeSnapshots, grantWriteReplicas } from "./constructs/source-access.ts";
import { Task } from "./constructs/task.ts";
import { TaskQueue } from "./constructs/task-queue.ts";
import { allow, type Vault } from "./constructs/vault.ts";

/** The primary region: what takes points, replicates objects and verifies arrivals. Stateless. */
export class ProtectionStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    {
      environment,
      vault,
      codeOf,
      ...props
    }: StackProps & { environment: Environment; vault: Vault; codeOf: (task: TaskName) => string },
  ) {
    super(scope, id, props);
    const plane = new ControlPlane(this, { environment, region: this.region, vault, codeOf });
    grantTakeSnapshots(plane.reconcile.function, environment);

    const replicate = new Task(this, "replicate", plane.surroundings, {
      memoryMb: 1_024,
      timeoutSeconds: 900,
    });
    vault.grantRecord(replicate.function);
    vault.grantReadFacts(replicate.function);
    grantReadBuckets(replicate.function, environment);
    grantWriteReplicas(replicate.function, environment);
    plane.grantPublish(replicate);
    const { alarms } = plane.surroundings;
    const replicateQueue = new TaskQueue(this, "replicate", {
      environment,
      alarms,
      timeoutSeconds: 900,
      oldestSeconds: 3_600,
    });
    replicateQueue.feed(replicate, { batch: 10, windowSeconds: 1, atOnce: 10 });
    plane.route("BucketSweepRule", ["Bucket Sweep Requested"], replicateQueue.queue);
    plane.route(
      "ArchiveRule",
      ["Archives Sweep Requested", "Archive Verification Requested"],
      plane.verifyQueue.queue,
    );

    const connect = new Task(this, "connect", plane.surroundings, { memoryMb: 256, timeoutSeconds: 60 });
    for (const source of environment.sources) {
      if (source.kind !== "bucket" && source.kind !== "archives") continue;
      const queue = source.kind === "bucket" ? replicateQueue.queue : plane.verifyQueue.queue;
      const key =
        source.kind === "archives" && source.prefix ? { object: { key: Match.prefix(source.prefix) } } : {};
      new Rule(this, `Objects-${source.name}`, {
        eventPattern: {
          source: ["aws.s3"],
          detailType: source.kind === "bucket" ? ["Object Created", "Object Deleted"] : ["Object Created"],
          detail: { bucket: { name: [source.bucket] }, ...key },
        },
        targets: [new QueueTarget(queue, { deadLetterQueue: plane.undelivered })],
      });
      const arn = `arn:${partitionOf(this.region)}:s3:::${source.bucket}`;
      allow(connect.function, ["s3:GetBucketNotification", "s3:PutBucketNotification"], [arn]);
      new CustomResource(this, `Connect-${source.name}`, {
        resourceType: "Custom::HoldfastBucketEvents",
        serviceToken: connect.function.functionArn,
        properties: { Bucket: source.bucket },
      });
    }
  }
}
