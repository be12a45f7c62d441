import { Duration, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { grantReplicateBackups } from "./constructs/continuity-access.ts";
import { ControlPlane } from "./constructs/control-plane.ts";
import { DrillNetwork } from "./constructs/drill-network.ts";
import type { PlaneStackProps } from "./protection-stack.ts";

/**
 * The recovery region: fetches copies of snapshots and archives into itself, and watches and pages on its own,
 * with no call to the primary region needed to know what it has.
 */
export class RecoveryStack extends Stack {
  constructor(scope: Construct, id: string, props: PlaneStackProps) {
    super(scope, id, props);
    const { vault } = props;
    const plane = new ControlPlane(this, "Plane", props);
    plane.sources.grantCopySnapshots(plane.reconcile);
    vault.grantEncryptSnapshots(plane.reconcile);
    grantReplicateBackups(props.environment, plane.reconcile);
    vault.grantKeepArchives(plane.verify);
    plane.routeDomain("Copies", ["Archive Copy Requested"], plane.verifyQueue.target);
    const { environment } = props;
    const drilled = environment.sources.some(({ kind, plan }) => kind.startsWith("rds-") && plan.drill);
    if (drilled) addChecker(plane, props);
  }
}

/** The network that drills restore databases into, and what checks them there. */
function addChecker(plane: ControlPlane, { environment }: PlaneStackProps): void {
  const network = new DrillNetwork(plane, "DrillNetwork", {
    environment,
    region: environment.recoveryRegion,
  });
  // The database does the work; what comes back of a table is a few rows for each range of its keys.
  const check = plane.addTask("check", {
    timeout: Duration.minutes(15),
    memoryMiB: 512,
    network: network.checker,
    // With RDS's authorities in it, which Node does not know and Lambda no longer loads by itself (Lambda developer
    // guide, Node.js).
    certificates: "/var/runtime/ca-cert.pem",
  });
  network.grantReadPasswords(check);
}
