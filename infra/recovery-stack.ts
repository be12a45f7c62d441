import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Environment } from "../functions/core/environment.ts";
import type { TaskName } from "./constructs/bundle.ts";
import { ControlPlane } from "./constructs/control-plane.ts";
import { grantCopySnapshots } from "./constructs/source-access.ts";
import type { Vault } from "./constructs/vault.ts";

/** The recovery region: the same control plane, able to act alone; it fetches the copies into itself. Stateless. */
export class RecoveryStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    {
      environment,
      vault,
      codeOf,
      ...props
    }: StackProps & { environment: Environment; vault: Vault; codeOf: (task: TaskName) => string },
  ) {
    super(scope, id, props);
    const plane = new ControlPlane(this, { environment, region: this.region, vault, codeOf });
    grantCopySnapshots(plane.reconcile.function, environment);
    vault.grantEncryptCopies(plane.reconcile.function);
    vault.grantKeepArchives(plane.verify.function);
    plane.route("ArchiveRule", ["Archive Copy Requested"], plane.verifyQueue.queue);
  }
}
