import { S3Client } from "@aws-sdk/client-s3";
import { logProblem, once } from "../glue.ts";
import { world } from "../world.ts";
import { answer, ResourceRequest } from "./answer.ts";
import { switchEventsOn } from "./connect.ts";
import { BackupsRequest, keepBackups } from "./keep.ts";

const client = new S3Client({});
const here = once(world);

/**
 * The only function that changes sources. CloudFormation has it switch EventBridge on for existing buckets, while a stack
 * is deployed; deleting the resource switches nothing off: others, AWS Backup among them, may have come to rely on it,
 * and events that no rule matches cost nothing. The reconciler has it keep the automated backups of databases.
 */
export async function handler(event: unknown): Promise<void> {
  const asked = BackupsRequest.safeParse(event);
  if (asked.success) {
    await keepBackups(here(), asked.data.detail.source).catch((thrown: unknown) => {
      logProblem(thrown, { source: asked.data.detail.source });
      throw thrown;
    });
    return;
  }
  const request = ResourceRequest.parse(event);
  const { Bucket } = request.ResourceProperties;
  await answer(request, async () => {
    if (request.RequestType !== "Delete") await switchEventsOn(client, Bucket);
  });
}
