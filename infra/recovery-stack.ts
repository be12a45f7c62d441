import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { grantReplicateBackups } from "./constructs/continuity-access.ts";
import { ControlPlane } from "./constructs/control-plane.ts";
import { addDashboard } from "./constructs/dashboard.ts";
import { addDrills } from "./constructs/drill.ts";
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
    plane.routeDomain(
      "Copies",
      ["Archive Copy Requested", "Archive Scrub Requested"],
      plane.verifyQueue.target,
    );
    addDrills(plane, props.environment, vault);
    addDashboard(this, props.environment);
  }
}
