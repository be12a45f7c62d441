import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import type { EmbeddedDocument } from "./core/embedded-metrics.ts";
import { otherRegion } from "./core/environment.ts";
import type { Provider } from "./core/provider.ts";
import type { SourceKind } from "./core/source.ts";
import { readEnv } from "./env.ts";
import { type BucketSizes, bucketSizesAt } from "./metrics/bucket-sizes.ts";
import { cloudWatchIn } from "./metrics/clients.ts";
import { writeEmbedded } from "./metrics/embedded.ts";
import { type BothCloudWatches, heartbeatFrom, type LeaveHeartbeat } from "./metrics/watch-heartbeat.ts";
import { bucketProvider } from "./providers/bucket.ts";
import { rdsClusterProvider } from "./providers/rds-cluster.ts";
import { rdsInstanceProvider } from "./providers/rds-instance.ts";
import { scanningSnapshots } from "./providers/rds-scan.ts";
import { type Clients, compose, inputFrom, type World, type WorldInput } from "./world.ts";

/** What can be looked at in a region, by kind of source. Of archives there is only their bucket to see. */
export type Observers = Record<Exclude<SourceKind, "archives">, Pick<Provider, "observe">>;

/**
 * What the watch is given besides the world of every task. It is apart because its clients would make the bundles of all
 * the others larger.
 */
export type WatchWorld = World & {
  /** The other region, to be looked at and nothing else. */
  otherObservers: Observers;
  leaveHeartbeat: LeaveHeartbeat;
  /** Gives CloudWatch what a report says in numbers. */
  measure(documents: readonly EmbeddedDocument[]): void;
  /** How large buckets of either region were. */
  bucketSizes: { here: BucketSizes; there: BucketSizes };
  /** Resolves after so many milliseconds: how long a region may take to answer. */
  wait(ms: number): Promise<void>;
};

/** What the world of the watch is made from. */
export type WatchInput = WorldInput & {
  clients: Clients & { otherRds: RDSClient; cloudWatch: BothCloudWatches };
  wait: WatchWorld["wait"];
};

/** Puts the world of the watch together from its parts. */
export function composeWatch({ wait, ...input }: WatchInput): WatchWorld {
  const { environment, clients, region } = input;
  const world = compose(input);
  // It only looks: what it would encrypt copies with is not known, and not needed.
  const there = {
    environment,
    region: otherRegion(environment, region),
    client: clients.otherRds,
    vaultKeyArn: "",
  };
  return {
    ...world,
    otherObservers: {
      "rds-instance": rdsInstanceProvider(there),
      "rds-cluster": rdsClusterProvider(there),
      bucket: bucketProvider({ client: clients.otherS3, publish: world.publish }),
    },
    leaveHeartbeat: heartbeatFrom(environment, region, clients.cloudWatch),
    measure: (documents) => documents.forEach(writeEmbedded),
    bucketSizes: {
      here: bucketSizesAt(clients.cloudWatch.here, world.now),
      there: bucketSizesAt(clients.cloudWatch.there, world.now),
    },
    wait,
  };
}

/** The world of the watch in a deployed function, read like that of every task. */
export function watchWorld(variables: Record<string, string | undefined> = process.env): WatchWorld {
  const input = inputFrom(readEnv(variables));
  const { region, environment } = input;
  const other = otherRegion(environment, region);
  // A region that is lost does not refuse: it does not answer. The SDK would ask it for minutes.
  const patience = {
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  };
  return composeWatch({
    ...input,
    clients: {
      ...input.clients,
      otherS3: new S3Client({ region: other, ...patience }),
      otherRds: scanningSnapshots(new RDSClient({ region: other, ...patience })),
      cloudWatch: { here: cloudWatchIn(region), there: cloudWatchIn(other) },
    },
    wait: (ms) => new Promise((after) => setTimeout(after, ms).unref()),
  });
}
