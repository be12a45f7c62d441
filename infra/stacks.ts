import type { App } from "aws-cdk-lib";
import type { Environment } from "../functions/core/environment.ts";
import type { Bundles } from "./constructs/bundles.ts";
import { ProtectionStack } from "./protection-stack.ts";
import { RecoveryStack } from "./recovery-stack.ts";
import { VaultStack } from "./vault-stack.ts";

/** Puts up an environment's four stacks. Both vaults come first: each region writes into, or reads from, both. */
export function addStacks(app: App, environment: Environment, bundles: Bundles): void {
  const { name, account, primaryRegion, recoveryRegion } = environment;
  const at = (region: string, description: string) => ({
    environment,
    env: { account, region },
    description: `Holdfast ${name}: ${description}`,
    terminationProtection: environment.profile === "protected",
    tags: { "holdfast:environment": name },
  });
  const vaultIn = (role: string, region: string) =>
    new VaultStack(app, `holdfast-${name}-vault-${role}`, at(region, "the vault, kept for ever"));

  const [primary, recovery] = [vaultIn("primary", primaryRegion), vaultIn("recovery", recoveryRegion)];
  const planes = [
    new ProtectionStack(app, `holdfast-${name}-protection`, {
      ...at(primaryRegion, "protects the sources"),
      vault: primary.vault,
      bundles,
    }),
    new RecoveryStack(app, `holdfast-${name}-recovery`, {
      ...at(recoveryRegion, "fetches copies, and watches alone if it must"),
      vault: recovery.vault,
      bundles,
    }),
  ];
  for (const plane of planes) for (const vault of [primary, recovery]) plane.addStackDependency(vault);
}
