import {
  CreateOptionGroupCommand,
  DeleteOptionGroupCommand,
  DescribeOptionGroupsCommand,
  ListTagsForResourceCommand,
  ModifyOptionGroupCommand,
  type OptionConfiguration,
  type OptionGroup,
} from "@aws-sdk/client-rds";
import { holds, present, refused, same } from "./expect.ts";
import type { Case, Place } from "./place.ts";

/** Makes an option group, which costs nothing, and removes it when the case is over. */
async function made(place: Place, EngineName: string, MajorEngineVersion: string): Promise<string> {
  const { rds } = place.here;
  const OptionGroupName = place.name("options");
  const about = { EngineName, MajorEngineVersion, OptionGroupDescription: "conformance" };
  const Tags = [{ Key: "made-by", Value: "conformance" }];
  await rds.send(new CreateOptionGroupCommand({ OptionGroupName, ...about, Tags }));
  place.afterwards(`option group ${OptionGroupName}`, () =>
    rds.send(new DeleteOptionGroupCommand({ OptionGroupName })),
  );
  return OptionGroupName;
}

async function described(place: Place, OptionGroupName: string): Promise<OptionGroup> {
  const answer = await place.here.rds.send(new DescribeOptionGroupsCommand({ OptionGroupName }));
  return present("the option group", answer.OptionGroupsList?.[0]);
}

function include(place: Place, OptionGroupName: string, ...OptionsToInclude: OptionConfiguration[]) {
  const { rds } = place.here;
  return rds.send(
    new ModifyOptionGroupCommand({ OptionGroupName, OptionsToInclude, ApplyImmediately: true }),
  );
}

/** Option groups: what restores read of them, and make anew. */
export const rdsOptionCases: Case[] = [
  {
    name: "RDS option groups: one tells its engine and its options, each setting with its value and its default",
    async run(place) {
      const name = await made(place, "mysql", "8.0");
      const OptionSettings = [{ Name: "SERVER_AUDIT_EVENTS", Value: "CONNECT" }];
      await include(place, name, { OptionName: "MARIADB_AUDIT_PLUGIN", OptionSettings });
      const group = await described(place, name);
      same("the name", group.OptionGroupName, name);
      same("the engine", `${group.EngineName} ${group.MajorEngineVersion}`, "mysql 8.0");
      const [option, ...others] = group.Options ?? [];
      same("other options", others, []);
      same("the option", option?.OptionName, "MARIADB_AUDIT_PLUGIN");
      holds("it can be taken away again", !option?.Persistent && !option?.Permanent);
      const settings = option?.OptionSettings ?? [];
      const events = settings.find(({ Name }) => Name === "SERVER_AUDIT_EVENTS");
      same("what is set", events?.Value, "CONNECT");
      holds("the default is another", events?.DefaultValue !== "CONNECT");
      holds("others are told as they come", settings.length > 1);
      const left = settings.filter(({ Value, DefaultValue }) => (Value ?? "") !== (DefaultValue ?? ""));
      same("only that is set", left.length, 1);
      const ResourceName = present("the ARN", group.OptionGroupArn);
      const { TagList } = await place.here.rds.send(new ListTagsForResourceCommand({ ResourceName }));
      same("the tags", TagList, [{ Key: "made-by", Value: "conformance" }]);
    },
  },
  {
    name: "RDS option groups: a name is taken once, PostgreSQL has no options, and what is not there is said so",
    async run(place) {
      const { rds } = place.here;
      const OptionGroupName = await made(place, "postgres", "16");
      const about = { EngineName: "postgres", MajorEngineVersion: "16", OptionGroupDescription: "again" };
      const again = rds.send(new CreateOptionGroupCommand({ OptionGroupName, ...about }));
      await refused("the same name", again, { name: /^OptionGroupAlreadyExistsFault$/, status: 400 });
      const none = include(place, OptionGroupName, { OptionName: "MARIADB_AUDIT_PLUGIN" });
      await refused("an option", none, { name: /^InvalidParameter(Value|Combination)$/, status: 400 });
      const missing = rds.send(new DescribeOptionGroupsCommand({ OptionGroupName: place.name("none") }));
      await refused("one that is not there", missing, { name: /^OptionGroupNotFoundFault$/, status: 404 });
    },
  },
];
