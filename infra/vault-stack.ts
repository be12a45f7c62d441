import { Stack, type StackProps } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import type { Construct } from "constructs";
import type { Environment } from "../functions/core/environment.ts";
import { busName } from "../functions/core/names.ts";
import { Replica } from "./constructs/replica.ts";
import { SourceAccess } from "./constructs/source-access.ts";
import { Vault } from "./constructs/vault.ts";

/**
 * What keeps state, one stack per region: the vault, in the recovery region the replicas of the bucket sources
 * beside it, and the bus, which both regions' rules send to and which so has to be there before they are.
 */
export class VaultStack extends Stack {
  readonly vault: Vault;

  constructor(scope: Construct, id: string, props: StackProps & { environment: Environment }) {
    super(scope, id, props);
    const { environment } = props;
    this.vault = new Vault(this, "Vault", { environment });
    new EventBus(this, "Bus", { eventBusName: busName(environment) });
    if (this.region !== environment.recoveryRegion) return;
    for (const source of new SourceAccess(environment).buckets) {
      new Replica(this, `Replica-${source.name}`, { environment, source, key: this.vault.key });
    }
  }
}
