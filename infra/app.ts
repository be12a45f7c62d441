import { App } from "aws-cdk-lib";
import { describe } from "../functions/core/plan.ts";
import { Problem } from "../functions/core/problem.ts";
import { bundle } from "./constructs/bundle.ts";
import { loadEnvironment } from "./load-environment.ts";
import { ProtectionStack } from "./protection-stack.ts";
import { RecoveryStack } from "./recovery-stack.ts";
import { VaultStack } from "./vault-stack.ts";

try {
  const app = new App();
  const environment = await loadEnvironment(app.node.tryGetContext("env"));
  for (const { name, plan } of environment.sources) console.error(`${name}: ${describe(plan)}`);

  const { account, primaryRegion, recoveryRegion, profile } = environment;
  const codeOf = bundle(environment);
  const id = (part: string) => `holdfast-${environment.name}-${part}`;
  const at = (region: string) => ({
    env: { account, region },
    terminationProtection: profile === "protected",
    environment,
  });

  const primary = new VaultStack(app, id("vault-primary"), at(primaryRegion));
  const recovery = new VaultStack(app, id("vault-recovery"), at(recoveryRegion));
  const protection = new ProtectionStack(app, id("protection"), {
    ...at(primaryRegion),
    vault: primary.vault,
    codeOf,
  });
  protection.addDependency(recovery);
  new RecoveryStack(app, id("recovery"), { ...at(recoveryRegion), vault: recovery.vault, codeOf });
  app.synth();
} catch (thrown) {
  if (!(thrown instanceof Problem)) throw thrown;
  console.error(`${thrown.message}\n${thrown.fix}`);
  process.exitCode = 1;
}
