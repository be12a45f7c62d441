import type { Resource, Template } from "../infra/templates.ts";

/** One statement of a policy with its tokens written out for people. */
export type Statement = {
  effect: "Allow" | "Deny";
  actions: string[];
  resources: string[];
  conditions: string[];
};

/** A role with everything that it may do. */
export type RoleRights = {
  stack: string;
  region: string;
  logicalId: string;
  /** The function that has it, or who may assume it. */
  of: string;
  statements: Statement[];
};

/** Every role of a template with the statements of all policies that are attached to it. */
export function rolesOf({ stack, region, resources }: Template): RoleRights[] {
  const all = Object.entries(resources);
  return all
    .filter(([, { Type }]) => Type === "AWS::IAM::Role")
    .map(([logicalId, role]) => {
      const documents = [
        ...(role.Properties.Policies ?? []),
        ...all
          .filter(([, { Type }]) => Type === "AWS::IAM::Policy" || Type === "AWS::IAM::ManagedPolicy")
          .map(([, policy]) => policy.Properties)
          .filter(({ Roles = [] }) => Roles.some((one: { Ref?: string }) => one.Ref === logicalId)),
      ];
      return {
        stack,
        region,
        logicalId,
        of: holderOf(logicalId, role, resources),
        statements: documents.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument, resources)),
      };
    });
}

/** The policies that resources have themselves: buckets, keys, queues, topics. By logical id. */
export function resourcePoliciesOf({ resources }: Template): Map<string, Statement[]> {
  const policies = Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const document = Type === "AWS::KMS::Key" ? Properties.KeyPolicy : Properties?.PolicyDocument;
    return document && !Type.startsWith("AWS::IAM::")
      ? [[id, statementsOf(document, resources)] as const]
      : [];
  });
  return new Map(policies);
}

// biome-ignore lint/suspicious/noExplicitAny: a policy document as CloudFormation takes it.
function statementsOf(document: any, resources: Record<string, Resource>): Statement[] {
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  return document.Statement.map((statement: any) => ({
    effect: statement.Effect,
    actions: [statement.Action].flat(),
    resources: [statement.Resource ?? []].flat().map((one) => readable(one, resources)),
    conditions: Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys as object).map(
        ([key, value]) =>
          `${operator} ${key} ${[value]
            .flat()
            .map((one) => readable(one, resources))
            .join(" | ")}`,
      ),
    ),
  }));
}

function holderOf(roleId: string, role: Resource, resources: Record<string, Resource>): string {
  const holder = Object.values(resources).find(
    ({ Type, Properties }) =>
      Type === "AWS::Lambda::Function" && Properties.Role?.["Fn::GetAtt"]?.[0] === roleId,
  );
  if (holder) return holder.Properties.FunctionName ?? "CDK's emptier of ephemeral buckets";
  return role.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service;
}

/** A value of a template in words: ARNs as they are, references by the name of what they refer to. */
function readable(value: unknown, resources: Record<string, Resource>): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  const [[kind, argument] = ["", ""]] = Object.entries(value);
  if (kind === "Fn::ImportValue") return "the vault's key";
  if (kind === "Fn::Join") {
    return (argument as [string, unknown[]])[1].map((part) => readable(part, resources)).join("");
  }
  const id = kind === "Ref" ? String(argument) : String((argument as string[])[0]);
  const { Type = "", Properties = {} } = resources[id] ?? {};
  const name =
    Properties.QueueName ??
    Properties.TopicName ??
    Properties.LogGroupName ??
    Properties.FunctionName ??
    Properties.BucketName ??
    Properties.RoleName;
  const type = words(Type.split("::").at(-1) ?? "");
  if (name) return `${type} ${name}`;
  return Type === "AWS::KMS::Key" ? "the alerts' key" : `${type} ${id}`;
}

function words(type: string): string {
  return type.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
