import { AwsError, type Operation } from "../twin.ts";
import { type Group, groupArn, groupShape } from "./rds-groups.ts";
import type { RdsState } from "./rds-state.ts";

/** An option as RDS describes it (RDS user guide, options for the engines). */
type Known = {
  engines: RegExp;
  defaults: Record<string, string>;
  port?: number;
  persistent?: boolean;
  permanent?: boolean;
};

/** Of the options that there are, those that differ in what a restore has to know of them. */
const known: Record<string, Known> = {
  MARIADB_AUDIT_PLUGIN: {
    engines: /^(mysql|mariadb)$/,
    defaults: {
      SERVER_AUDIT_EVENTS: "CONNECT,QUERY",
      SERVER_AUDIT_FILE_ROTATIONS: "9",
      SERVER_AUDIT_FILE_ROTATE_SIZE: "1000000",
      SERVER_AUDIT_LOGGING: "ON",
      SERVER_AUDIT_QUERY_LOG_LIMIT: "1024",
    },
  },
  MEMCACHED: { engines: /^mysql$/, port: 11_211, defaults: { MAX_SIMULTANEOUS_CONNECTIONS: "1024" } },
  TDE: { engines: /^oracle-ee/, defaults: {}, persistent: true, permanent: true },
  OEM_AGENT: { engines: /^oracle/, port: 3_872, defaults: { AGENT_REGISTRATION_PASSWORD: "" } },
};

type Wish = {
  OptionName?: string;
  OptionVersion?: string;
  Port?: number | string;
  VpcSecurityGroupMemberships?: string[];
  OptionSettings?: { Name: string; Value: string }[];
};

/** What can be done to the options in a group. */
export function optionOperations(state: RdsState): Record<string, Operation> {
  return {
    ModifyOptionGroup(input, { region }) {
      const name = String(input.OptionGroupName ?? "").toLowerCase();
      const group = state.groups.get(groupArn(state, { kind: "og", region, name }));
      if (!group) throw new AwsError("OptionGroupNotFoundFault", `OptionGroup not found: ${name}`, 404);
      const include = (input.OptionsToInclude ?? []) as Wish[];
      const remove = (input.OptionsToRemove ?? []) as string[];
      if (include.length + remove.length === 0)
        throw new AwsError(
          "InvalidParameterValue",
          "At least one option must be added, modified, or removed.",
        );
      const options = new Map(Object.entries(group.options ?? {}));
      for (const one of include) options.set(one.OptionName ?? "", configured(group, one));
      for (const one of remove) {
        if (known[one]?.permanent)
          throw new AwsError("InvalidOptionGroupStateFault", `The option ${one} is permanent.`);
        options.delete(one);
      }
      group.options = Object.fromEntries(options);
      return { OptionGroup: groupShape(state, group) };
    },
  };
}

/** An option as it is in a group. */
export type Configured = {
  version?: string;
  port?: number;
  securityGroupIds: string[];
  settings: Record<string, string>;
};

function configured({ about, options }: Group, wish: Wish): Configured {
  const name = wish.OptionName ?? "";
  const option = known[name];
  if (!option?.engines.test(String(about.EngineName)))
    throw new AwsError(
      "InvalidParameterValue",
      `Invalid option: ${name} for the engine ${about.EngineName}.`,
    );
  const there = options?.[name];
  const port = wish.Port === undefined ? (there?.port ?? option.port) : Number(wish.Port);
  const settings = Object.fromEntries((wish.OptionSettings || []).map(({ Name, Value }) => [Name, Value]));
  const stranger = Object.keys(settings).find((one) => !(one in option.defaults));
  if (stranger) throw new AwsError("InvalidParameterValue", `Invalid option setting: ${stranger}.`);
  return {
    ...(wish.OptionVersion ? { version: wish.OptionVersion } : {}),
    ...(port === undefined ? {} : { port }),
    securityGroupIds: wish.VpcSecurityGroupMemberships ?? there?.securityGroupIds ?? [],
    settings: { ...there?.settings, ...settings },
  };
}

/** The options of a group as DescribeOptionGroups tells them: every setting, with its default; passwords as asterisks. */
export function optionsShape({ options = {} }: Group): Record<string, unknown>[] {
  return Object.entries(options).map(([OptionName, { version, port, securityGroupIds, settings }]) => {
    const { defaults = {}, persistent = false, permanent = false } = known[OptionName] ?? {};
    return {
      OptionName,
      Persistent: persistent,
      Permanent: permanent,
      ...(version ? { OptionVersion: version } : {}),
      ...(port ? { Port: port } : {}),
      OptionSettings: Object.entries(defaults).map(([Name, DefaultValue]) => ({
        Name,
        Value: /PASSWORD/.test(Name) && settings[Name] ? "****" : (settings[Name] ?? DefaultValue),
        DefaultValue,
        IsModifiable: true,
      })),
      VpcSecurityGroupMemberships: securityGroupIds.map((VpcSecurityGroupId) => ({
        VpcSecurityGroupId,
        Status: "active",
      })),
    };
  });
}
