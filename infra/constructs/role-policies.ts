import { Stack, Validations } from "aws-cdk-lib";
import type { CfnApi } from "aws-cdk-lib/aws-apigatewayv2";
import { ManagedPolicy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { prefixes } from "../../functions/core/api/paths.ts";
import { mayAct, type Role, roles } from "../../functions/core/api/route.ts";
import { type Operation, routes } from "../../functions/core/api/routes.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { rolePolicyName } from "../../functions/core/names.ts";
import { regionalArn } from "./arns.ts";

/**
 * A managed policy for each role, to be attached to whoever has it: exactly the routes of the table that the role may
 * take. IAM is global and each region has an API of its own, so each has policies of its own.
 */
export function addRolePolicies(scope: Construct, environment: Environment, api: CfnApi): void {
  const { region } = Stack.of(scope);
  const named = `<${Stack.of(scope).getLogicalId(api)}>`;
  for (const role of roles) {
    const policy = new ManagedPolicy(scope, `Role-${role}`, {
      managedPolicyName: rolePolicyName(environment, role, region),
      description: `What the role ${role} may do through the Holdfast API of ${environment.name} in ${region}`,
    });
    const at = (id: string, path: string) =>
      regionalArn(environment, "execute-api", region, `${id}/$default/${path}`);
    const resources = pathsOf(role).map((path) => at(api.ref, path));
    policy.addStatements(new PolicyStatement({ actions: ["execute-api:Invoke"], resources }));
    for (const path of pathsOf(role).filter((one) => one.includes("*")))
      Validations.of(policy).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${at(named, path)}]`,
        reason: "A path's parameters may be any source, point, drill, restore or alert.",
      });
  }
}

/** The paths of the routes that a role may take with IAM authorization, as `execute-api:Invoke` names them. */
export function pathsOf(role: Role): string[] {
  return (Object.keys(routes) as Operation[])
    .filter((operation) => mayAct(role, routes[operation].role))
    .map((operation) => {
      const { method, path } = routes[operation];
      return `${method}${prefixes.iam}${path.replaceAll(/\{[^}]+\}/g, "*")}`;
    });
}
