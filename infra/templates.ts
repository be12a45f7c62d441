import { rmSync } from "node:fs";
import { App, Validations } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { Environment } from "../functions/core/environment.ts";
import { addStacks } from "./stacks.ts";

/** One resource of a template. */
export type Resource = {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties have as many shapes as CloudFormation has types.
  Properties: any;
  DeletionPolicy?: string;
};

/** One stack as it would be deployed. */
export type Template = {
  stack: string;
  region: string;
  terminationProtection: boolean;
  /** The stacks that are deployed before it. */
  after: string[];
  resources: Record<string, Resource>;
};

/** An environment's templates, for documentation and tests; an empty function stands for each one's code. */
export function templatesOf(environment: Environment): Template[] {
  return assemble(environment).templates;
}

/** The templates, and the app that they come from, for checks that want its constructs. */
export function assemble(environment: Environment): { app: App; templates: Template[] } {
  const app = new App({ analyticsReporting: false, treeMetadata: false, postCliContext: appContext });
  addStacks(app, environment, () => Code.fromInline("export const handler = () => {};"));
  const assembly = app.synth();
  const templates = assembly.stacks.map((stack) => ({
    stack: stack.stackName,
    region: stack.environment.region,
    terminationProtection: stack.terminationProtection ?? false,
    after: stack.dependencies.map(({ id }) => id).filter((id) => !id.endsWith(".assets")),
    resources: stack.template.Resources as Record<string, Resource>,
  }));
  rmSync(assembly.directory, { recursive: true });
  return { app, templates };
}

/** CDK's context, the same whoever synthesizes: a stack whose values another one uses cannot be changed under it. */
export const appContext = { "@aws-cdk/core:defaultCrossStackReferences": "strong" };

/** Why each wildcard resource is allowed, as the constructs that allow it say: reasons by resource. */
export function wildcardReasons(app: App): Map<string, Set<string>> {
  const reasons = new Map<string, Set<string>>();
  for (const construct of app.node.findAll()) {
    for (const { type, data } of construct.node.metadata) {
      if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
      for (const [id, reason] of Object.entries(data as Record<string, string>)) {
        const resource = /AwsSolutions-IAM5\[Resource::(.*)\]$/.exec(id)?.[1];
        if (resource) reasons.set(resource, (reasons.get(resource) ?? new Set()).add(reason));
      }
    }
  }
  return reasons;
}
