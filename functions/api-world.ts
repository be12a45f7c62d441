import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { Catalog } from "./catalog/catalog.ts";
import { Environment, otherRegion, SignIn } from "./core/environment.ts";
import { vaultName } from "./core/names.ts";
import type { Provider } from "./core/provider.ts";
import { Databases } from "./databases/databases.ts";
import { readEnv } from "./env.ts";
import { identityAt } from "./identity/identity.ts";
import { invokeAt } from "./invoke/invoke.ts";
import { busAt } from "./messages/bus.ts";
import { Objects } from "./objects/objects.ts";
import { rdsClusterProvider } from "./providers/rds-cluster.ts";
import { rdsInstanceProvider } from "./providers/rds-instance.ts";
import type { RestoreWorld } from "./restore-world.ts";
import type { WorkflowWorld } from "./workflow-world.ts";

/** What of one region the API works with. */
export type RegionWorld = RestoreWorld &
  Pick<WorkflowWorld, "invoke"> & {
    /** What can be looked at of a snapshot, by kind of database. */
    providers: Record<"rds-instance" | "rds-cluster", Pick<Provider, "inspect">>;
  };

/**
 * What the API is given: its own region, whose vault it reads and writes, and the other one for what runs there. The
 * command line gives the same of its own when it breaks the glass.
 */
export type ApiWorld = RegionWorld & {
  otherCatalog: Catalog;
  /** Whose tokens it takes. */
  signIn?: SignIn;
  /** The folder of the console's files, where there is one. */
  consoleFolder?: string;
  /** The API's own description, as its file has it. */
  openApi(): string;
  /** One of the environment's two regions; its own is itself. */
  at(region: string): RegionWorld;
};

/** That world in Lambda. */
export function apiWorld(variables: Record<string, string | undefined> = process.env): ApiWorld {
  const { AWS_REGION: region, LAMBDA_TASK_ROOT, HOLDFAST_SIGN_IN: signIn } = readEnv(variables);
  const file = readFileSync(join(LAMBDA_TASK_ROOT, "environment.json"), "utf8");
  const environment = Environment.parse(JSON.parse(file));
  const there = otherRegion(environment, region);
  const here = regionWorld(environment, region);
  let other: RegionWorld | undefined;
  return {
    ...here,
    ...(signIn ? { signIn: SignIn.parse(JSON.parse(signIn)) } : {}),
    openApi: () => readFileSync(join(LAMBDA_TASK_ROOT, "openapi.json"), "utf8"),
    consoleFolder: join(LAMBDA_TASK_ROOT, "console"),
    otherCatalog: new Catalog(s3In(there), vaultName(environment, there)),
    at(wanted) {
      if (wanted === region) return here;
      other ??= regionWorld(environment, there);
      return other;
    },
  };
}

// An API Gateway waits for 30 seconds; a region that is away must leave time to say so.
const patience = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 8_000, throwOnRequestTimeout: true },
};

function regionWorld(environment: Environment, region: string): RegionWorld {
  const s3 = s3In(region);
  const settings = { region, ...patience };
  const rds = new RDSClient(settings);
  // It only looks: what it would encrypt copies with is not known, and not needed.
  const looking = { environment, region, client: rds, vaultKeyArn: "" };
  return {
    environment,
    region,
    now: () => new Date(),
    catalog: new Catalog(s3, vaultName(environment, region)),
    databases: new Databases(environment, rds),
    providers: {
      "rds-instance": rdsInstanceProvider(looking),
      "rds-cluster": rdsClusterProvider(looking),
    },
    objects: new Objects(s3, s3),
    publish: busAt(environment, new EventBridgeClient(settings)),
    identity: identityAt(new STSClient(settings)),
    // What is asked of another function may post to every channel: once, for as long as there is time.
    invoke: invokeAt(
      environment,
      new LambdaClient({
        ...{ ...settings, maxAttempts: 1 },
        requestHandler: { ...patience.requestHandler, requestTimeout: 22_000 },
      }),
    ),
  };
}

function s3In(region: string): S3Client {
  return new S3Client({ region, ...patience });
}
