import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { Catalog } from "./catalog/catalog.ts";
import { Environment, otherRegion } from "./core/environment.ts";
import { drillSubnetGroup, signingKeyAlias, vaultName } from "./core/names.ts";
import { Databases } from "./databases/databases.ts";
import { readEnv } from "./env.ts";
import { invokeAt } from "./invoke/invoke.ts";
import { Objects } from "./objects/objects.ts";
import { signingWith } from "./signing/signing.ts";
import type { WorkflowWorld } from "./workflow-world.ts";

/** What of the world of workflows a drill needs. With all of it, its bundle would be over the bound of 800 KB. */
export type DrillWorld = Pick<
  WorkflowWorld,
  | "environment"
  | "region"
  | "now"
  | "catalog"
  | "otherCatalog"
  | "databases"
  | "objects"
  | "invoke"
  | "signing"
  | "scratchPlace"
>;

/** That world in Lambda. */
export function drillWorld(variables: Record<string, string | undefined> = process.env): DrillWorld {
  const { AWS_REGION: region, ...env } = readEnv(variables);
  const file = readFileSync(join(env.LAMBDA_TASK_ROOT, "environment.json"), "utf8");
  const environment = Environment.parse(JSON.parse(file));
  const [other, group] = [otherRegion(environment, region), env.HOLDFAST_SCRATCH_SECURITY_GROUP_ID];
  // Objects are held to their checksums by the drill itself.
  const s3 = (where: string) => new S3Client({ region: where, responseChecksumValidation: "WHEN_REQUIRED" });
  const [here, there] = [s3(region), s3(other)];
  return {
    environment,
    region,
    now: () => new Date(),
    catalog: new Catalog(here, vaultName(environment, region)),
    otherCatalog: new Catalog(there, vaultName(environment, other)),
    databases: new Databases(environment, new RDSClient({ region })),
    objects: new Objects(here, there),
    // The checker may take most of its quarter of an hour.
    invoke: invokeAt(environment, new LambdaClient({ region, requestHandler: { requestTimeout: 905_000 } })),
    signing: signingWith(new KMSClient({ region }), signingKeyAlias(environment)),
    ...(group
      ? { scratchPlace: { subnetGroup: drillSubnetGroup(environment), securityGroupIds: [group] } }
      : {}),
  };
}
