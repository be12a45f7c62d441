import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { Construct } from "constructs";
import type { Environment } from "../functions/core/environment.ts";
import type { Bundles } from "./constructs/bundles.ts";
import { asksForContinuity, grantKeepBackups } from "./constructs/continuity-access.ts";
import { ControlPlane } from "./constructs/control-plane.ts";
import { addDashboard } from "./constructs/dashboard.ts";
import { EventSwitch } from "./constructs/event-switch.ts";
import { addHeartbeats } from "./constructs/heartbeat.ts";
import { grantReplicate } from "./constructs/replica.ts";
import { route } from "./constructs/rules.ts";
import type { Vault } from "./constructs/vault.ts";

/** What the protection and the recovery stack are made from. */
export type PlaneStackProps = StackProps & { environment: Environment; vault: Vault; bundles: Bundles };

/** The primary region: takes snapshots, replicates buckets, verifies archives as they arrive. */
export class ProtectionStack extends Stack {
  constructor(scope: Construct, id: string, props: PlaneStackProps) {
    super(scope, id, props);
    const { environment } = props;
    const plane = new ControlPlane(this, "Plane", props);
    const { sources } = plane;
    sources.grantSnapshot(plane.reconcile);
    sources.grantReadContexts(plane.reconcile, environment.primaryRegion);

    // A sweep is bound by the SDK's CPU: 1,769 MiB are one whole vCPU (Lambda developer guide, memory). A larger
    // nursery than 8 MiB is memory without speed (docs/performance.md).
    const replicate = plane.addTask("replicate", {
      timeout: Duration.minutes(15),
      memoryMiB: 1_769,
      nodeOptions: "--max-semi-space-size=8",
    });
    sources.grantReadBuckets(replicate);
    grantReplicate(environment, sources.buckets, replicate);
    plane.grantCatalog(replicate);
    const feed = { batch: 10, window: Duration.seconds(1), concurrency: 20 };
    const replicateQueue = plane.addQueue(replicate, feed);
    plane.routeDomain("Sweeps", ["Bucket Sweep Requested"], replicateQueue.target);
    for (const [index, name] of inTwenties(sources.buckets.map(({ bucket }) => bucket)).entries()) {
      route(this, `Objects${index}`, {
        pattern: {
          source: ["aws.s3"],
          detailType: ["Object Created", "Object Deleted", "Object Tags Added", "Object Tags Deleted"],
          detail: { bucket: { name } },
        },
        to: replicateQueue.target,
      });
    }

    plane.routeDomain(
      "Verifications",
      ["Archives Sweep Requested", "Archive Verification Requested"],
      plane.verifyQueue.target,
    );
    for (const { name, bucket, prefix } of sources.drops) {
      const object = prefix ? { object: { key: [{ prefix }] } } : {};
      route(this, `Arrivals-${name}`, {
        pattern: {
          source: ["aws.s3"],
          detailType: ["Object Created"],
          detail: { bucket: { name: [bucket] }, ...object },
        },
        to: plane.verifyQueue.target,
      });
    }

    const connect = plane.addTask("connect", { timeout: Duration.minutes(1), memoryMiB: 256 });
    sources.grantSwitchEventsOn(connect);
    new EventSwitch(this, "Events", { task: connect, buckets: sources.bucketNames });
    addHeartbeats(plane, environment);
    if (asksForContinuity(environment)) {
      grantKeepBackups(environment, connect);
      const asked = new LambdaFunction(connect.function, { deadLetterQueue: connect.deadLetters });
      plane.routeDomain("Continuity", ["Automated Backups Requested"], asked);
    }
    addDashboard(this, environment);
  }
}

/** An event pattern holds 2,048 characters (EventBridge quotas): 20 bucket names of 63 fit with the rest. */
function inTwenties(names: string[]): string[][] {
  const unique = [...new Set(names)].sort();
  return Array.from({ length: Math.ceil(unique.length / 20) }, (_, group) =>
    unique.slice(20 * group, 20 * group + 20),
  );
}
