import type { Twin } from "../twin.ts";
import { parseArn } from "./ids.ts";
import type { s3Service } from "./s3.ts";
import type { sqsService } from "./sqs.ts";

/** What SQS reports each minute of its queues (SQS developer guide, CloudWatch metrics): how many messages, and how old. */
export function measureQueues(twin: Twin): void {
  const sqs = twin.service("sqs") as ReturnType<typeof sqsService> | undefined;
  for (const [arn, queue] of sqs?.queues ?? []) {
    const { region, resource } = parseArn(arn);
    const measure = (name: string, value: number, unit = "Count") =>
      twin.measure({ region, namespace: "AWS/SQS", name, dimensions: { QueueName: resource }, value, unit });
    const { visible, inFlight, delayed } = queue.counts();
    measure("ApproximateNumberOfMessagesVisible", visible);
    measure("ApproximateNumberOfMessagesNotVisible", inFlight);
    measure("ApproximateNumberOfMessagesDelayed", delayed);
    // A message that was received more than three times goes to the back of the queue and is not looked at any more.
    const sent = queue.messages.filter(({ receiveCount }) => receiveCount <= 3).map(({ sentAt }) => sentAt);
    const oldestMs = sent.length > 0 ? twin.clock.now() - Math.min(...sent) : 0;
    measure("ApproximateAgeOfOldestMessage", Math.floor(oldestMs / 1_000), "Seconds");
  }
}

/** What S3 reports once a day of each bucket: the bytes of all versions, and how many there are. */
export function measureBuckets(twin: Twin): void {
  const s3 = twin.service("s3") as ReturnType<typeof s3Service> | undefined;
  const midnight = Math.floor(twin.clock.now() / 86_400_000) * 86_400_000;
  for (const { name: bucket, region, keys } of s3?.store.buckets.values() ?? []) {
    let bytes = 0;
    let versions = 0;
    for (const history of keys) {
      versions += history.versions.length;
      for (const version of history.versions) if (version.kind === "data") bytes += version.sizeBytes;
    }
    const measure = (name: string, storage: string, value: number, unit: string) => {
      const dimensions = { BucketName: bucket, StorageType: storage };
      twin.measure({ region, namespace: "AWS/S3", name, dimensions, value, unit, atMs: midnight });
    };
    measure("BucketSizeBytes", "StandardStorage", bytes, "Bytes");
    measure("NumberOfObjects", "AllStorageTypes", versions, "Count");
  }
}
