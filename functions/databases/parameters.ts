import {
  CreateDBClusterParameterGroupCommand,
  CreateDBParameterGroupCommand,
  DeleteDBClusterParameterGroupCommand,
  DeleteDBParameterGroupCommand,
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  ModifyDBClusterParameterGroupCommand,
  ModifyDBParameterGroupCommand,
  type Parameter,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBParameters,
  type RDSClient,
} from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";
import { tagList, tagsOf } from "./describe.ts";

/** Whether a group belongs to instances or to Aurora clusters. */
export type GroupKind = "instance" | "cluster";

/** A parameter group as it is in this region. */
export type ParameterGroup = {
  name: string;
  arn: string;
  family: string;
  /** What somebody has set. */
  changed: Record<string, string>;
};

/** RDS takes at most 20 in one call (API reference, ModifyDBParameterGroup). */
const parametersAtOnce = 20;

/** The parameter group of that name, or undefined. Throws `Problem`. */
export async function readGroup(
  client: RDSClient,
  kind: GroupKind,
  name: string,
): Promise<ParameterGroup | undefined> {
  try {
    const { arn, family } = await aboutGroup(client, kind, name);
    const parameters: Parameter[] = [];
    const pages =
      kind === "instance"
        ? paginateDescribeDBParameters({ client }, { DBParameterGroupName: name, Source: "user" })
        : paginateDescribeDBClusterParameters(
            { client },
            { DBClusterParameterGroupName: name, Source: "user" },
          );
    for await (const page of pages) parameters.push(...(page.Parameters ?? []));
    return { name, arn, family, changed: valuesOf(parameters) };
  } catch (thrown) {
    const problem = rdsProblem(thrown, `the parameter group ${name}`);
    if (problem.code === "not-found") return undefined;
    throw problem;
  }
}

/** The tags of a group. Throws the SDK's errors. */
export async function groupTags(client: RDSClient, arn: string): Promise<Record<string, string>> {
  const answer = await client.send(new ListTagsForResourceCommand({ ResourceName: arn }));
  return tagsOf(answer.TagList);
}

async function aboutGroup(client: RDSClient, kind: GroupKind, name: string) {
  if (kind === "instance") {
    const asked = new DescribeDBParameterGroupsCommand({ DBParameterGroupName: name });
    const [one] = (await client.send(asked)).DBParameterGroups ?? [];
    return { arn: one?.DBParameterGroupArn ?? "", family: one?.DBParameterGroupFamily ?? "" };
  }
  const asked = new DescribeDBClusterParameterGroupsCommand({ DBClusterParameterGroupName: name });
  const [one] = (await client.send(asked)).DBClusterParameterGroups ?? [];
  return { arn: one?.DBClusterParameterGroupArn ?? "", family: one?.DBParameterGroupFamily ?? "" };
}

/** Creates an empty group. Throws the SDK's errors. */
export async function createGroup(
  client: RDSClient,
  kind: GroupKind,
  { name, family, tags }: { name: string; family: string; tags: Record<string, string> },
): Promise<void> {
  const common = {
    DBParameterGroupFamily: family,
    Description: "Made by Holdfast for a restored database",
    Tags: tagList(tags),
  };
  if (kind === "instance")
    await client.send(new CreateDBParameterGroupCommand({ DBParameterGroupName: name, ...common }));
  else
    await client.send(
      new CreateDBClusterParameterGroupCommand({ DBClusterParameterGroupName: name, ...common }),
    );
}

/** Sets parameters; they are in force in whatever starts with the group. Throws the SDK's errors. */
export async function setParameters(
  client: RDSClient,
  kind: GroupKind,
  name: string,
  values: Record<string, string>,
): Promise<void> {
  const all = Object.entries(values).map(([ParameterName, ParameterValue]) => ({
    ParameterName,
    ParameterValue,
    // Of static parameters the only method; nothing runs with the group yet, so that nothing waits for a restart.
    ApplyMethod: "pending-reboot" as const,
  }));
  for (let from = 0; from < all.length; from += parametersAtOnce) {
    const Parameters = all.slice(from, from + parametersAtOnce);
    if (kind === "instance")
      await client.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName: name, Parameters }));
    else
      await client.send(
        new ModifyDBClusterParameterGroupCommand({ DBClusterParameterGroupName: name, Parameters }),
      );
  }
}

/** Deletes a group. Throws the SDK's errors. */
export async function deleteGroup(client: RDSClient, kind: GroupKind, name: string): Promise<void> {
  if (kind === "instance")
    await client.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName: name }));
  else await client.send(new DeleteDBClusterParameterGroupCommand({ DBClusterParameterGroupName: name }));
}

/** Whether this region has a subnet group of that name. Throws `Problem`. */
export async function hasSubnetGroup(client: RDSClient, name: string): Promise<boolean> {
  try {
    await client.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: name }));
    return true;
  } catch (thrown) {
    const problem = rdsProblem(thrown, `the subnet group ${name}`);
    if (problem.code === "not-found") return false;
    throw problem;
  }
}

function valuesOf(parameters: Parameter[]): Record<string, string> {
  return Object.fromEntries(
    parameters.flatMap(({ ParameterName, ParameterValue }) =>
      ParameterName && ParameterValue !== undefined ? [[ParameterName, ParameterValue]] : [],
    ),
  );
}
