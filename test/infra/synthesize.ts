import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { CloudAssembly } from "aws-cdk-lib/cx-api";
import { AwsSolutionsChecks } from "cdk-nag";
import type { Environment } from "../../functions/core/environment.ts";
import { loadEnvironment } from "../../infra/load-environment.ts";
import { addStacks } from "../../infra/stacks.ts";

/** One resource of a template. */
export type Resource = {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties have as many shapes as CloudFormation has types.
  Properties: any;
  DeletionPolicy?: string;
  DependsOn?: string[];
};

/** One stack as it would be deployed. */
export type Stack = {
  name: string;
  region: string;
  terminationProtection: boolean;
  dependencies: string[];
  resources: Record<string, Resource>;
};

/** The stacks of an environment. The templates do not depend on the code, so an empty one stands for it. */
export function synthesize(environment: Environment, { checked = false } = {}): Stack[] {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-"));
  writeFileSync(join(folder, "index.mjs"), "export const handler = () => {};\n");
  const app = new App({ analyticsReporting: false, outdir: join(folder, "out") });
  addStacks(app, environment, () => Code.fromAsset(folder, { exclude: ["out"] }));
  if (checked) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return stacksOf(app.synth());
}

/** The stacks of a synthesized assembly. */
export function stacksOf(assembly: CloudAssembly): Stack[] {
  return assembly.stacks.map((stack) => ({
    name: stack.stackName,
    region: stack.environment.region,
    terminationProtection: stack.terminationProtection ?? false,
    dependencies: stack.dependencies.map(({ id }) => id).filter((id) => !id.endsWith(".assets")),
    resources: stack.template.Resources,
  }));
}

/** The stacks of one of the environment files. */
export async function synthesizeFile(name: string, options = {}): Promise<Stack[]> {
  return synthesize(await loadEnvironment(name), options);
}
