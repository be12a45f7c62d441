import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { awsProblem } from "../core/aws-error.ts";

/**
 * Switches a bucket's events to EventBridge on, and leaves its other notifications as they are: S3 replaces the
 * whole configuration, so it is read, added to and put back. Does nothing where it is on. Throws `Problem`.
 */
export async function connect(client: S3Client, bucket: string): Promise<void> {
  try {
    const { $metadata: _, ...configuration } = await client.send(
      new GetBucketNotificationConfigurationCommand({ Bucket: bucket }),
    );
    if (configuration.EventBridgeConfiguration) return;
    await client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: { ...configuration, EventBridgeConfiguration: {} },
        // The targets that are there already are the owner's business.
        SkipDestinationValidation: true,
      }),
    );
  } catch (thrown) {
    throw awsProblem(thrown, `the notifications of bucket "${bucket}"`);
  }
}
