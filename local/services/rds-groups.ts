import { AwsError, type Operation } from "../twin.ts";
import { type Configured, optionOperations, optionsShape } from "./rds-options.ts";
import type { Settings } from "./rds-settings.ts";
import { page } from "./rds-shapes.ts";
import { checkedTags, type Database, type RdsState, type Tag } from "./rds-state.ts";

type Kind = "subgrp" | "pg" | "cluster-pg" | "og";

/** A subnet group, parameter group or option group: `about` are the members that only its kind has. */
export type Group = {
  kind: Kind;
  region: string;
  name: string;
  about: Record<string, unknown>;
  /** Of a parameter group: what somebody has set. */
  parameters: Record<string, { value: string; method: string }>;
  /** Of an option group: its options by name. */
  options?: Record<string, Configured>;
  tags: Tag[];
};

/** How each kind is called in operations, in errors, and which members a new one has. */
const kinds = {
  subgrp: {
    noun: "DBSubnetGroup",
    id: "DBSubnetGroupName",
    list: "DBSubnetGroups",
    missing: "DBSubnetGroupNotFoundFault",
    exists: "DBSubnetGroupAlreadyExists",
    members: ["DBSubnetGroupDescription", "SubnetIds"],
  },
  pg: {
    noun: "DBParameterGroup",
    id: "DBParameterGroupName",
    list: "DBParameterGroups",
    missing: "DBParameterGroupNotFound",
    exists: "DBParameterGroupAlreadyExists",
    members: ["DBParameterGroupFamily", "Description"],
  },
  "cluster-pg": {
    noun: "DBClusterParameterGroup",
    id: "DBClusterParameterGroupName",
    list: "DBClusterParameterGroups",
    missing: "DBParameterGroupNotFound",
    exists: "DBParameterGroupAlreadyExists",
    members: ["DBParameterGroupFamily", "Description"],
  },
  og: {
    noun: "OptionGroup",
    id: "OptionGroupName",
    list: "OptionGroupsList",
    missing: "OptionGroupNotFoundFault",
    exists: "OptionGroupAlreadyExistsFault",
    members: ["EngineName", "MajorEngineVersion", "OptionGroupDescription"],
  },
} as const;

/** The ARN of a group. */
export function groupArn(state: RdsState, { kind, region, name }: Pick<Group, "kind" | "region" | "name">) {
  return `arn:aws:rds:${region}:${state.twin.account}:${kind}:${name}`;
}

/** Every account has these in every region without creating them. */
function isDefault(kind: Kind, name: string): boolean {
  return kind === "subgrp" ? name === "default" : /^default[.:]/.test(name);
}

function find(state: RdsState, kind: Kind, region: string, given: unknown): Group {
  const name = String(given ?? "").toLowerCase();
  const found = state.groups.get(groupArn(state, { kind, region, name }));
  if (found) return found;
  if (kind === "subgrp" && isDefault(kind, name))
    return { kind, region, name, about: { DBSubnetGroupDescription: name }, parameters: {}, tags: [] };
  throw new AwsError(kinds[kind].missing, `${kinds[kind].noun} not found: ${name}`, 404);
}

/** Refuses settings that name a group which is not there. */
export function holdToGroups(
  state: RdsState,
  kind: Database["kind"],
  region: string,
  settings: Partial<Settings>,
): void {
  const { subnetGroup, parameterGroup, optionGroup } = settings;
  const named: [Kind, string | undefined][] = [
    ["subgrp", subnetGroup],
    [kind === "instance" ? "pg" : "cluster-pg", parameterGroup],
    ["og", optionGroup],
  ];
  for (const [of, name] of named)
    if (name !== undefined && !isDefault(of, name)) {
      if (of === "cluster-pg" && !state.groups.has(groupArn(state, { kind: of, region, name })))
        throw new AwsError("DBClusterParameterGroupNotFound", `${name} not found.`, 404);
      find(state, of, region, name);
    }
}

/** A group as its Describe call answers it. */
export function groupShape(state: RdsState, group: Group): Record<string, unknown> {
  const { kind, region, name, about } = group;
  const { noun, id } = kinds[kind];
  const common = { [id]: name, [`${noun}Arn`]: groupArn(state, group) };
  if (kind === "og") return { ...common, ...about, Options: optionsShape(group) };
  if (kind !== "subgrp") return { ...common, ...about };
  const Subnets = ((about.SubnetIds ?? []) as string[]).map((SubnetIdentifier, i) => ({
    SubnetIdentifier,
    SubnetAvailabilityZone: { Name: `${region}${"abc"[i % 3]}` },
    SubnetStatus: "Active",
  }));
  const { DBSubnetGroupDescription } = about;
  return {
    ...common,
    DBSubnetGroupDescription,
    VpcId: "vpc-default",
    SubnetGroupStatus: "Complete",
    Subnets,
  };
}

/** The subnet group of a database as it is shown inside an instance. */
export function subnetGroupOf(state: RdsState, region: string, name: string): Record<string, unknown> {
  const group = state.groups.get(groupArn(state, { kind: "subgrp", region, name }));
  const shape = group ?? { kind: "subgrp" as const, region, name, about: {}, parameters: {}, tags: [] };
  return groupShape(state, shape);
}

/** Subnet groups, parameter groups of instances and clusters, and option groups: enough to create and describe. */
export function groupOperations(state: RdsState): Record<string, Operation> {
  return Object.assign(
    {},
    ...(Object.keys(kinds) as Kind[]).map((kind) => lifeOf(state, kind)),
    parametersOf(state, "pg"),
    parametersOf(state, "cluster-pg"),
    optionOperations(state),
  );
}

function lifeOf(state: RdsState, kind: Kind): Record<string, Operation> {
  const { noun, id, list, exists, members } = kinds[kind];
  return {
    [`Create${noun}`](input, { region }) {
      const name = String(input[id] ?? "").toLowerCase();
      const arn = groupArn(state, { kind, region, name });
      if (state.groups.has(arn) || isDefault(kind, name))
        throw new AwsError(exists, `${noun} ${name} already exists`);
      for (const member of members)
        if (input[member] === undefined)
          throw new AwsError("InvalidParameterValue", `The parameter ${member} must be provided.`);
      if (kind === "subgrp" && input.SubnetIds.length < 2)
        throw new AwsError(
          "DBSubnetGroupDoesNotCoverEnoughAZs",
          "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add subnets of at least 2 AZs.",
        );
      const about = Object.fromEntries(members.map((member) => [member, input[member]]));
      const group = { kind, region, name, about, parameters: {}, tags: checkedTags(input.Tags) };
      state.groups.set(arn, group);
      return { [noun]: groupShape(state, group) };
    },
    [`Describe${noun}s`](input, { region }) {
      const all = input[id]
        ? [find(state, kind, region, input[id])]
        : [...state.groups.values()].filter((one) => one.kind === kind && one.region === region);
      const { records, more } = page(all, input);
      return { [list]: records.map((one) => groupShape(state, one)), ...more };
    },
    [`Delete${noun}`](input, { region }) {
      const group = find(state, kind, region, input[id]);
      if (kind === "og" && usersOf(state, group) > 0)
        throw new AwsError("InvalidOptionGroupStateFault", `The option group ${group.name} is in use.`);
      state.groups.delete(groupArn(state, group));
      return {};
    },
  };
}

/** The databases and snapshots that have an option group: it is not deleted before them. */
function usersOf(state: RdsState, { region, name }: Group): number {
  const all = [...state.databases.values(), ...state.snapshots.values(), ...state.backups.values()];
  return all.filter((one) => one.region === region && one.settings?.optionGroup === name).length;
}

function parametersOf(state: RdsState, kind: "pg" | "cluster-pg"): Record<string, Operation> {
  const { noun, id } = kinds[kind];
  const plural = noun.replace("Group", "s");
  return {
    [`Modify${noun}`](input, { region }) {
      const group = find(state, kind, region, input[id]);
      const changes = (input.Parameters ?? []) as Record<string, string>[];
      if (changes.length === 0 || changes.length > 20)
        throw new AwsError("InvalidParameterValue", "Give from 1 to 20 parameters.");
      for (const { ParameterName = "", ParameterValue = "", ApplyMethod = "pending-reboot" } of changes)
        group.parameters[ParameterName] = { value: ParameterValue, method: ApplyMethod };
      return { [id]: group.name };
    },
    [`Describe${plural}`](input, { region }) {
      const group = isDefault(kind, input[id] ?? "") ? undefined : find(state, kind, region, input[id]);
      // An engine's own hundreds of parameters are not known here, and an empty list would say that there are none.
      if (input.Source !== "user")
        throw new AwsError("NotEmulated", `not emulated: rds:Describe${plural} without Source=user`, 501);
      const all = Object.entries(group?.parameters ?? {}).map(([ParameterName, { value, method }]) => ({
        ParameterName,
        ParameterValue: value,
        Source: "user",
        IsModifiable: true,
        ApplyMethod: method,
      }));
      const { records, more } = page(all, input);
      return { Parameters: records, ...more };
    },
  };
}
