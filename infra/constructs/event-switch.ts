import { CustomResource, Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Task } from "./task.ts";

/**
 * Switches EventBridge on for buckets that exist already, by the `connect` function. CloudFormation cannot: its
 * notification configuration belongs to whoever made the bucket, and setting it here would wipe theirs.
 */
export class EventSwitch extends Construct {
  constructor(scope: Construct, id: string, { task, buckets }: { task: Task; buckets: string[] }) {
    super(scope, id);
    for (const bucket of buckets) {
      const resource = new CustomResource(this, bucket, {
        resourceType: "Custom::HoldfastBucketEvents",
        serviceToken: task.function.functionArn,
        serviceTimeout: Duration.minutes(5),
        properties: { Bucket: bucket },
      });
      // The function's rights are to be there before it is called.
      resource.node.addDependency(task);
    }
  }
}
