import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { Catalog } from "./catalog/catalog.ts";
import { archivePrefix, catalogPrefix } from "./catalog/keys.ts";
import { scanListing } from "./catalog/listing.ts";
import { Environment, otherRegion } from "./core/environment.ts";
import type { Publish } from "./core/event.ts";
import { vaultName } from "./core/names.ts";
import type { Providers } from "./core/provider.ts";
import { Databases } from "./databases/databases.ts";
import { type Env, readEnv } from "./env.ts";
import { busAt } from "./messages/bus.ts";
import { type Queues, queuesAt } from "./messages/queues.ts";
import { type Tell, tellFrom } from "./messages/tell.ts";
import { type Topics, topicsAt } from "./messages/topics.ts";
import { Objects } from "./objects/objects.ts";
import { swift } from "./objects/swift.ts";
import { archivesProvider } from "./providers/archives.ts";
import { bucketProvider } from "./providers/bucket.ts";
import { rdsClusterProvider } from "./providers/rds-cluster.ts";
import { rdsInstanceProvider } from "./providers/rds-instance.ts";
import { scanningSnapshots } from "./providers/rds-scan.ts";

/** Everything that a task is given: arguments instead of singletons, so that tests can give others. */
export type World = {
  environment: Environment;
  /** The region in which the task runs. A task acts only in its own region. */
  region: string;
  /** The key of this region's vault: copies are encrypted with it and checked against it. */
  vaultKeyArn: string;
  /** Where this region's API answers; absent where there is none. */
  apiUrl?: string;
  now(): Date;
  /** The catalog in this region's vault. */
  catalog: Catalog;
  /** The catalog in the other region's vault: read only, to mirror from. */
  otherCatalog: Catalog;
  providers: Providers;
  /** Databases of this region. */
  databases: Databases;
  /** Objects in buckets of this region. */
  objects: Objects;
  /** Objects in buckets of the other region. */
  otherObjects: Objects;
  publish: Publish;
  topics: Topics;
  queues: Queues;
  tell: Tell;
};

/** The SDK clients of a world: those of its own region, and S3 in the other. */
export type Clients = {
  s3: S3Client;
  otherS3: S3Client;
  rds: RDSClient;
  sns: SNSClient;
  sqs: SQSClient;
  events: EventBridgeClient;
};

/** What a world is made from. */
export type WorldInput = {
  environment: Environment;
  region: string;
  vaultKeyArn: string;
  pageTopicArn: string;
  notifyTopicArn: string;
  apiUrl?: string;
  clients: Clients;
  now?: () => Date;
};

/** Puts a world together from its parts. */
export function compose({ environment, region, clients, ...input }: WorldInput): World {
  const other = otherRegion(environment, region);
  const publish = busAt(environment, clients.events);
  const now = input.now ?? (() => new Date());
  const objects = new Objects(clients.s3, clients.otherS3);
  const vault = vaultName(environment, region);
  const topics = topicsAt(clients.sns, { page: input.pageTopicArn, notify: input.notifyTopicArn });
  const queues = queuesAt(environment, clients.sqs);
  const rds = { environment, region, client: clients.rds, vaultKeyArn: input.vaultKeyArn };
  return {
    environment,
    region,
    vaultKeyArn: input.vaultKeyArn,
    ...(input.apiUrl ? { apiUrl: input.apiUrl } : {}),
    now,
    catalog: new Catalog(clients.s3, vault),
    otherCatalog: new Catalog(clients.otherS3, vaultName(environment, other)),
    providers: {
      "rds-instance": rdsInstanceProvider(rds),
      "rds-cluster": rdsClusterProvider(rds),
      bucket: bucketProvider({ client: clients.s3, publish }),
      archives: archivesProvider({
        publish,
        erase: (source, point) =>
          objects.erase({ bucket: vault, prefix: archivePrefix(source, point) }, now()),
      }),
    },
    databases: new Databases(environment, clients.rds),
    objects,
    otherObjects: new Objects(clients.otherS3, clients.s3),
    publish,
    topics,
    queues,
    tell: tellFrom({ environment, region, topics, queues, now }),
  };
}

/** The world of a deployed function: from its environment variables and the `environment.json` beside its code. */
export function world(variables: Record<string, string | undefined> = process.env): World {
  return compose(inputFrom(readEnv(variables)));
}

/** What a deployed function's world is made from. */
export function inputFrom(env: Env): WorldInput {
  const file = readFileSync(join(env.LAMBDA_TASK_ROOT, "environment.json"), "utf8");
  const environment = Environment.parse(JSON.parse(file));
  const region = env.AWS_REGION;
  return {
    environment,
    region,
    vaultKeyArn: env.HOLDFAST_VAULT_KEY_ARN,
    pageTopicArn: env.HOLDFAST_PAGE_TOPIC_ARN,
    notifyTopicArn: env.HOLDFAST_NOTIFY_TOPIC_ARN,
    ...(env.HOLDFAST_API_URL ? { apiUrl: env.HOLDFAST_API_URL } : {}),
    clients: {
      s3: s3In(environment, region),
      otherS3: s3In(environment, otherRegion(environment, region)),
      rds: scanningSnapshots(new RDSClient({ region })),
      sns: new SNSClient({ region }),
      // What a function knows is the ARN; the URL made of it need not be where the queue answers.
      sqs: new SQSClient({ region, useQueueUrlAsEndpoint: false }),
      events: new EventBridgeClient({ region }),
    },
  };
}

/**
 * TLS sees that what S3 sends arrives as it was, and archives are hashed as they are read: the SDK's own checksum over
 * every body besides, which it computes in JavaScript, took most of the time of reading one.
 */
function s3In(environment: Environment, region: string): S3Client {
  // What the catalog reads of a page is less than whoever compares objects needs.
  const listing = { scan: scanListing, bucket: vaultName(environment, region), prefix: catalogPrefix };
  return swift(new S3Client({ region, responseChecksumValidation: "WHEN_REQUIRED" }), { listing });
}
