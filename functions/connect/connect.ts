import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { awsProblem } from "../core/aws-error.ts";

/**
 * Switches EventBridge on for a bucket and leaves its other notifications as they are. S3 can only replace the
 * whole configuration, so what is there is read and written back with the switch; where it is on already nothing
 * is written, which keeps the moment in which another's change could be lost as rare as it can be. Destinations
 * are not tested again: one of them being broken is not ours to find. Throws `Problem` not-found, access-denied,
 * throttled or unavailable.
 */
export async function switchEventsOn(client: S3Client, bucket: string): Promise<void> {
  try {
    const { $metadata: _, ...current } = await client.send(
      new GetBucketNotificationConfigurationCommand({ Bucket: bucket }),
    );
    if (current.EventBridgeConfiguration) return;
    await client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: { ...current, EventBridgeConfiguration: {} },
        SkipDestinationValidation: true,
      }),
    );
  } catch (thrown) {
    throw awsProblem(thrown, `the notifications of bucket ${bucket}`);
  }
}
