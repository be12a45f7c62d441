import { Duration, Stack } from "aws-cdk-lib";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { type Environment, isHttp } from "../../functions/core/environment.ts";
import { busName } from "../../functions/core/names.ts";
import { regionalArn } from "./arns.ts";
import type { ControlPlane } from "./control-plane.ts";
import { route } from "./rules.ts";
import { runEvery } from "./schedule.ts";
import type { Task } from "./task.ts";
import type { Vault } from "./vault.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Minutes between two looks at the channels. */
export const channelsEveryMinutes = 360;

/**
 * What posts messages to webhooks: a queue, so that each is tried again by itself, and the function that it feeds. It may
 * read the secrets that the environment names, and no other. Gives the queue, for those who tell.
 */
export function addDelivery(plane: ControlPlane, environment: Environment, vault: Vault): WorkQueue {
  const deliver = plane.addTask("deliver", { timeout: Duration.minutes(1), memoryMiB: 256 });
  grantPost(plane, environment, vault, deliver);
  vault.grantReceipts(deliver);
  // A channel that does not answer takes its ten seconds: alone, so that no other message waits for it.
  return plane.addQueue(deliver, { batch: 1, window: Duration.seconds(0), concurrency: 5 });
}

/**
 * What looks whether the channels of a region reach anybody: by the clock, when a stack of the environment was deployed, and
 * when somebody wants a test of them.
 */
export function addChannelHealth(plane: ControlPlane, environment: Environment, vault: Vault): void {
  const channels = plane.addTask("channels", { timeout: Duration.minutes(2), memoryMiB: 256 });
  grantPost(plane, environment, vault, channels);
  vault.grantWriteIndex(channels, "channels");
  plane.topics.grantPublish(channels);
  plane.topics.grantSeeSubscribers(channels);
  channels.allow(["cloudwatch:GetMetricData"], ["*"], { why: "CloudWatch knows no resource for it." });
  runEvery(plane, "ChannelsSchedule", channelsEveryMinutes, channels);
  const { region } = Stack.of(plane);
  route(plane, "Deployed", {
    // CloudFormation's events are delivered at least once (EventBridge reference).
    pattern: {
      source: ["aws.cloudformation"],
      detailType: ["CloudFormation Stack Status Change"],
      detail: {
        "stack-id": [
          {
            prefix: regionalArn(environment, "cloudformation", region, `stack/holdfast-${environment.name}-`),
          },
        ],
        "status-details": { status: ["CREATE_COMPLETE", "UPDATE_COMPLETE"] },
      },
    },
    to: new LambdaFunction(channels.function, { deadLetterQueue: channels.deadLetters }),
  });
}

/** Lets a task post to the channels, and open and end what it finds of them. */
function grantPost(plane: ControlPlane, environment: Environment, vault: Vault, task: Task): void {
  const { region } = Stack.of(plane);
  task.allow(["secretsmanager:GetSecretValue"], secretsOf(environment, region));
  vault.grantRead(task);
  vault.grantRecordFindings(task);
  task.allow(
    ["events:PutEvents"],
    [regionalArn(environment, "events", region, `event-bus/${busName(environment)}`)],
  );
}

/** Secrets Manager puts a hyphen and six characters of its own after a secret's name (user guide, ARNs of secrets). */
function secretsOf(environment: Environment, region: string): string[] {
  const { page, notify } = environment.alerts;
  const names = new Set([...page, ...notify].filter(isHttp).map(({ secret }) => secret));
  return [...names].map((name) =>
    regionalArn(environment, "secretsmanager", region, `secret:${name}-??????`),
  );
}
