import { S3Client } from "@aws-sdk/client-s3";
import { answer, ResourceRequest } from "./answer.ts";
import { switchEventsOn } from "./connect.ts";

const client = new S3Client({});

/**
 * The function of the custom resource that switches EventBridge on for existing buckets. Deleting the resource
 * switches nothing off: others, AWS Backup among them, may have come to rely on it, and events that no rule
 * matches cost nothing.
 */
export async function handler(event: unknown): Promise<void> {
  const request = ResourceRequest.parse(event);
  const { Bucket } = request.ResourceProperties;
  await answer(request, async () => {
    if (request.RequestType !== "Delete") await switchEventsOn(client, Bucket);
  });
}
