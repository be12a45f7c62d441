import {
  CreateOptionGroupCommand,
  DeleteOptionGroupCommand,
  DescribeOptionGroupsCommand,
  ModifyOptionGroupCommand,
  type Option,
  type OptionSetting,
  type RDSClient,
} from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";
import { cloneTagNames, cloneTags, isMadeFor, type Owner, scratchOf } from "../core/clone.ts";
import type { OptionContents } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";
import { Problem } from "../core/problem.ts";
import { retag } from "./change.ts";
import { tagList } from "./describe.ts";
import { groupTags } from "./parameters.ts";

/** An option group as it is in this region. */
export type OptionGroup = { name: string; arn: string; contents: OptionContents };

/** The option group of that name, or undefined. Throws `Problem`. */
export async function readOptions(client: RDSClient, name: string): Promise<OptionGroup | undefined> {
  try {
    const asked = new DescribeOptionGroupsCommand({ OptionGroupName: name });
    const [one] = (await client.send(asked)).OptionGroupsList ?? [];
    if (!one) return undefined;
    const { EngineName: engine = "", MajorEngineVersion: majorVersion = "", Options = [] } = one;
    const options = Options.map(optionOf).sort((a, b) => (a.name < b.name ? -1 : 1));
    return { name, arn: one.OptionGroupArn ?? "", contents: { engine, majorVersion, options } };
  } catch (thrown) {
    const problem = rdsProblem(thrown, `the option group ${name}`);
    if (problem.code === "not-found") return undefined;
    throw problem;
  }
}

/**
 * Makes, keeps and takes away the option groups that restores need, by the same rules as `Databases`: everything can be
 * repeated, and what does not carry the owner's tags is somebody else's.
 */
export class OptionGroups {
  readonly #client: RDSClient;
  readonly #environment: Pick<Environment, "name">;

  constructor(environment: Pick<Environment, "name">, client: RDSClient) {
    this.#environment = environment;
    this.#client = client;
  }

  /** The option group of that name in this region. */
  read(name: string): Promise<OptionGroup | undefined> {
    return readOptions(this.#client, name);
  }

  /** Makes an option group with these options; one that is there and the owner's gets them anew. */
  async ensure(name: string, contents: OptionContents, owner: Owner): Promise<void> {
    try {
      const there = await readOptions(this.#client, name);
      if (!there) await this.#create(name, contents, owner);
      else if (!isMadeFor(this.#environment, await groupTags(this.#client, there.arn), owner)) {
        const what = `there is an option group ${name} already, and ${owner.by} ${owner.id} did not make it`;
        throw new Problem("invalid", what, "Choose another name.");
      }
      if (contents.options.length > 0)
        await this.#client.send(
          new ModifyOptionGroupCommand({
            OptionGroupName: name,
            OptionsToInclude: contents.options.map(configurationOf),
            ApplyImmediately: true,
          }),
        );
    } catch (thrown) {
      throw rdsProblem(thrown, `the option group ${name}`);
    }
  }

  /** Takes away the tag that makes an option group scratch. */
  async keep(name: string): Promise<void> {
    const there = await readOptions(this.#client, name);
    try {
      if (there) await retag(this.#client, there.arn, { remove: [cloneTagNames.expiresAt] });
    } catch (thrown) {
      throw rdsProblem(thrown, `the tags of option group ${name}`);
    }
  }

  /** Deletes an option group that is the owner's scratch; `conflict` while a database or a snapshot uses it. */
  async remove(name: string, owner: Omit<Owner, "expiresAt">): Promise<void> {
    const there = await readOptions(this.#client, name);
    if (!there) return;
    try {
      const whose = scratchOf(this.#environment, await groupTags(this.#client, there.arn));
      if (whose?.by === owner.by && whose.id === owner.id)
        await this.#client.send(new DeleteOptionGroupCommand({ OptionGroupName: name }));
    } catch (thrown) {
      throw rdsProblem(thrown, `the option group ${name}`);
    }
  }

  async #create(name: string, { engine, majorVersion }: OptionContents, owner: Owner): Promise<void> {
    await this.#client.send(
      new CreateOptionGroupCommand({
        OptionGroupName: name,
        EngineName: engine,
        MajorEngineVersion: majorVersion,
        OptionGroupDescription: "Made by Holdfast for a restored database",
        Tags: tagList(cloneTags(this.#environment, owner)),
      }),
    );
  }
}

function optionOf(one: Option): OptionContents["options"][number] {
  const changed = (one.OptionSettings ?? []).filter(isChanged);
  const groups = (one.VpcSecurityGroupMemberships ?? []).flatMap((member) => member.VpcSecurityGroupId ?? []);
  return {
    name: one.OptionName ?? "",
    ...(one.OptionVersion ? { version: one.OptionVersion } : {}),
    ...(one.Port ? { port: one.Port } : {}),
    securityGroupIds: groups,
    settings: Object.fromEntries(
      changed.flatMap((setting) => (isHidden(setting) ? [] : [[setting.Name ?? "", setting.Value ?? ""]])),
    ),
    hidden: changed.filter(isHidden).map(({ Name = "" }) => Name),
    stays: Boolean(one.Persistent || one.Permanent),
  };
}

/** RDS lists every setting that an option has, most of them as they come. */
function isChanged({ Value, DefaultValue, IsModifiable }: OptionSetting): boolean {
  return Value !== undefined && Value !== "" && Value !== DefaultValue && IsModifiable !== false;
}

/** Passwords are told as asterisks. */
function isHidden({ Value = "" }: OptionSetting): boolean {
  return /^\*+$/.test(Value);
}

function configurationOf({
  name,
  version,
  port,
  securityGroupIds,
  settings,
}: OptionContents["options"][number]) {
  return {
    OptionName: name,
    OptionVersion: version,
    Port: port,
    ...(securityGroupIds.length > 0 ? { VpcSecurityGroupMemberships: securityGroupIds } : {}),
    OptionSettings: Object.entries(settings).map(([Name, Value]) => ({ Name, Value })),
  };
}
