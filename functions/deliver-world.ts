import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { Catalog } from "./catalog/catalog.ts";
import { Environment } from "./core/environment.ts";
import { vaultName } from "./core/names.ts";
import { readEnv } from "./env.ts";
import { busAt } from "./messages/bus.ts";
import { queuesAt } from "./messages/queues.ts";
import { secretsAt } from "./secrets/secrets.ts";
import { type Webhooks, webhooksFrom } from "./webhooks/webhooks.ts";
import type { World } from "./world.ts";

/** What of a world it takes to post messages: nothing of sources, nothing of another region. */
export type DeliverWorld = Pick<
  World,
  "environment" | "region" | "now" | "catalog" | "publish" | "queues"
> & { webhooks: Webhooks };

/** That world in Lambda. */
export function deliverWorld(variables: Record<string, string | undefined> = process.env): DeliverWorld {
  const { AWS_REGION: region, LAMBDA_TASK_ROOT } = readEnv(variables);
  const file = readFileSync(join(LAMBDA_TASK_ROOT, "environment.json"), "utf8");
  const environment = Environment.parse(JSON.parse(file));
  const now = () => new Date();
  return {
    environment,
    region,
    now,
    catalog: new Catalog(new S3Client({ region }), vaultName(environment, region)),
    publish: busAt(environment, new EventBridgeClient({ region })),
    // What a function knows is the ARN; the URL made of it need not be where the queue answers.
    queues: queuesAt(environment, new SQSClient({ region, useQueueUrlAsEndpoint: false })),
    webhooks: webhooksFrom({ secrets: secretsAt(new SecretsManagerClient({ region })), fetch, now }),
  };
}
