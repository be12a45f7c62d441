import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe } from "../functions/core/plan.ts";
import { asProblem } from "../functions/core/problem.ts";
import { bundleAll } from "./constructs/bundles.ts";
import { loadEnvironment } from "./load-environment.ts";
import { addStacks } from "./stacks.ts";
import { appContext } from "./templates.ts";

/*
 * The CDK app. `npx cdk synth -c env=prod` says each source's plan and writes the assembly; without the CDK CLI,
 * CDK_OUTDIR says where to write it and CDK_CONTEXT_JSON='{"env":"local"}' which environment.
 */
try {
  const app = new App({
    // No resource that only counts constructs for AWS, and no tree of them.
    analyticsReporting: false,
    treeMetadata: false,
    // What fails below is told in one line, and leaves no assembly that looks whole.
    autoSynth: false,
    postCliContext: appContext,
  });
  const environment = await loadEnvironment(app.node.tryGetContext("env"));
  for (const { name, plan } of environment.sources) console.error(`${name}: ${describe(plan)}`);
  addStacks(app, environment, bundleAll(join(app.outdir, "bundles"), environment));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (thrown) {
  const { message, fix } = asProblem(thrown);
  console.error(`${message}. ${fix}`);
  process.exitCode = 1;
}
