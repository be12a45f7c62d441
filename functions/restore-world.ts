import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { Catalog } from "./catalog/catalog.ts";
import { Environment } from "./core/environment.ts";
import { vaultName } from "./core/names.ts";
import { Databases } from "./databases/databases.ts";
import { readEnv } from "./env.ts";
import { identityAt } from "./identity/identity.ts";
import { invokeAt } from "./invoke/invoke.ts";
import { busAt } from "./messages/bus.ts";
import { Objects } from "./objects/objects.ts";
import type { WorkflowWorld } from "./workflow-world.ts";

/** What of a world a restore needs: nothing of another region. A whole one would take its bundle over the bound. */
export type RestoreWorld = Pick<
  WorkflowWorld,
  "environment" | "region" | "now" | "catalog" | "databases" | "objects" | "publish" | "identity" | "invoke"
>;

/** That world in Lambda. */
export function restoreWorld(variables: Record<string, string | undefined> = process.env): RestoreWorld {
  const { AWS_REGION: region, LAMBDA_TASK_ROOT } = readEnv(variables);
  const file = readFileSync(join(LAMBDA_TASK_ROOT, "environment.json"), "utf8");
  const environment = Environment.parse(JSON.parse(file));
  const s3 = new S3Client({ region });
  return {
    environment,
    region,
    now: () => new Date(),
    catalog: new Catalog(s3, vaultName(environment, region)),
    databases: new Databases(environment, new RDSClient({ region })),
    objects: new Objects(s3, s3),
    publish: busAt(environment, new EventBridgeClient({ region })),
    identity: identityAt(new STSClient({ region })),
    // What reads a restored database may take most of its quarter of an hour.
    invoke: invokeAt(environment, new LambdaClient({ region, requestHandler: { requestTimeout: 905_000 } })),
  };
}
