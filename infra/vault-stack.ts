import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Environment } from "../functions/core/environment.ts";
import { replicaName } from "../functions/core/names.ts";
import { safeBucket, Vault } from "./constructs/vault.ts";

/** What is kept in one region: the vault and, in the recovery region, the replica of each bucket source. */
export class VaultStack extends Stack {
  readonly vault: Vault;

  constructor(
    scope: Construct,
    id: string,
    { environment, ...props }: StackProps & { environment: Environment },
  ) {
    super(scope, id, props);
    this.vault = new Vault(this, "Vault", { environment, region: this.region });
    if (this.region !== environment.recoveryRegion) return;
    for (const source of environment.sources) {
      if (source.kind !== "bucket") continue;
      const name = replicaName(environment, source.name, this.region);
      safeBucket(this, `Replica-${source.name}`, { environment, name, key: this.vault.key });
    }
  }
}
