import { beforeEach, expect, test } from "vitest";
import { viewDatabase } from "../../functions/restore/database-view.ts";
import { neededOptions } from "../../functions/restore/options.ts";
import { planRestore } from "../../functions/restore/planning.ts";
import { AwsError } from "../../local/twin.ts";
import { execution, factsOf, orders, place, request } from "./place.ts";

/*
 * Option groups belong to a region: where that of the source is not, or is another by now, a restored instance gets one
 * with the options of then.
 */
let at: Awaited<ReturnType<typeof place>>;
const group = {
  OptionGroupName: "audited",
  EngineName: "mysql",
  MajorEngineVersion: "8.0",
  OptionGroupDescription: "x",
};
const audit = {
  OptionName: "MARIADB_AUDIT_PLUGIN",
  OptionSettings: [{ Name: "SERVER_AUDIT_EVENTS", Value: "CONNECT" }],
};
const memcached = { OptionName: "MEMCACHED", Port: 11_300, VpcSecurityGroupMemberships: ["sg-1"] };

beforeEach(async () => {
  at = await place();
  await give(group, [audit, memcached]);
});

/** Gives the database an option group with options, as AWS has them for its engine, and takes new points of it. */
async function give(wish: typeof group, options: object[], region = "eu-west-1") {
  const { call, pass, rds } = at;
  for (const one of rds.state.databases.values())
    Object.assign(one, { engine: wish.EngineName, engineVersion: "8.0.40" });
  await call(region, "CreateOptionGroup", wish);
  const { OptionGroupName } = wish;
  await call(region, "ModifyOptionGroup", { OptionGroupName, OptionsToInclude: options });
  const change = { DBInstanceIdentifier: "orders-db", OptionGroupName, ApplyImmediately: true };
  await call(region, "ModifyDBInstance", change);
  await pass(2);
}

const groupsOf = (region: string) =>
  [...at.rds.state.groups.values()].filter((one) => one.kind === "og" && one.region === region);

test("in the other region it is made as it was, but for security groups, which are those of there", async () => {
  const wish = request(at.recovery, { securityGroupIds: ["sg-there"] });
  await execution(wish, at.recovery, { clock: at.clock }).finish();
  const [made] = groupsOf("eu-central-1");
  expect(made).toMatchObject({
    name: "audited",
    about: { EngineName: "mysql", MajorEngineVersion: "8.0" },
    options: {
      MARIADB_AUDIT_PLUGIN: { settings: { SERVER_AUDIT_EVENTS: "CONNECT" }, securityGroupIds: [] },
      MEMCACHED: { port: 11_300, securityGroupIds: ["sg-there"] },
    },
  });
  expect(made?.tags.map(({ Key }) => Key)).not.toContain("holdfast:expires-at");
  const back = [...at.rds.state.databases.values()].find(({ region }) => region === "eu-central-1");
  expect(back?.settings.optionGroup).toBe("audited");
  const facts = await factsOf(at.recovery, wish.id);
  expect(facts.planned?.plan?.steps.find(({ name }) => name === "option group")).toMatchObject({
    does: "Makes audited with the options of then",
    calls: ["rds:DescribeOptionGroups", "rds:CreateOptionGroup", "rds:ModifyOptionGroup"],
  });

  // Once it is there, the next restore uses it.
  at.clock.advance(60_000);
  const again = request(at.recovery, { as: "orders-again", securityGroupIds: ["sg-there"] });
  await execution(again, at.recovery, { clock: at.clock }).finish();
  expect(groupsOf("eu-central-1")).toHaveLength(1);
});

test("at home it is used as it is; with other options by now those of then are in a group of its own", async () => {
  const same = request(at.primary, { as: "same" });
  expect((await planRestore(same, at.primary)).database).toMatchObject({ options: { name: "audited" } });
  await at.call("eu-west-1", "ModifyOptionGroup", {
    OptionGroupName: "audited",
    OptionsToRemove: ["MEMCACHED"],
  });
  const wish = request(at.primary, { as: "orders-then" });
  await execution(wish, at.primary, { clock: at.clock }).finish();
  const name = `audited-${wish.id.slice(-16)}`;
  expect(groupsOf("eu-west-1").map((one) => [one.name, Object.keys(one.options ?? {})])).toEqual([
    ["audited", ["MARIADB_AUDIT_PLUGIN"]],
    [name, ["MARIADB_AUDIT_PLUGIN", "MEMCACHED"]],
  ]);
  const { planned } = await factsOf(at.primary, wish.id);
  expect(planned?.plan?.notes).toContain(
    "audited has other options now: those of then are in a group of its own.",
  );
});

test("a restore that comes to nothing takes its option group away again", async () => {
  at.twin.interceptors.push((made, proceed) => {
    if (made.operation === "RemoveTagsFromResource") throw new AwsError("InvalidParameterValue", "no", 400);
    return proceed();
  });
  const wish = request(at.recovery);
  await expect(execution(wish, at.recovery, { clock: at.clock }).finish()).rejects.toThrow(/no/);
  expect(groupsOf("eu-central-1")).toEqual([]);
  expect(at.databases("eu-central-1")).toEqual([]);
  expect((await factsOf(at.recovery, wish.id)).failed?.leftBehind).toBeUndefined();
});

test("what RDS does not tell is left out, which is said", async () => {
  const agent = {
    OptionName: "OEM_AGENT",
    OptionSettings: [{ Name: "AGENT_REGISTRATION_PASSWORD", Value: "a word that nobody may see" }],
  };
  await give({ ...group, OptionGroupName: "watched", EngineName: "oracle-se2", MajorEngineVersion: "19" }, [
    agent,
  ]);
  const { fact, database } = await planRestore(request(at.recovery), at.recovery);
  expect(database?.options).toMatchObject({ name: "watched", make: { options: [] } });
  expect(fact.notes).toContain(
    "The option OEM_AGENT of watched is left out: RDS does not tell all that was set in it.",
  );
  expect(JSON.stringify([...at.rds.state.groups.values()])).toContain("a word that nobody may see");
  const kept: string[] = [];
  for await (const { key } of at.primary.catalog.list("catalog/contexts/orders/"))
    kept.push(JSON.stringify(await at.primary.catalog.readContext(key)));
  expect(kept.join()).toContain("AGENT_REGISTRATION_PASSWORD");
  expect(kept.join()).not.toContain("a word that nobody may see");
});

test("a permanent option comes along, and where it cannot nothing is begun", async () => {
  const oracle = { ...group, OptionGroupName: "sealed", EngineName: "oracle-ee", MajorEngineVersion: "19" };
  await give(oracle, [{ OptionName: "TDE" }]);
  const { database } = await planRestore(request(at.recovery), at.recovery);
  expect(database?.options?.make?.options).toMatchObject([{ name: "TDE", stays: true }]);
  // One with a setting that RDS does not tell has to be made by people.
  const view = await viewDatabase(at.recovery, orders as never, request(at.recovery));
  const [sealed] = view.context?.context.options?.options ?? [];
  if (!sealed || !view.context) throw new Error("there is no context");
  sealed.hidden.push("WALLET_PASSWORD");
  expect(() => neededOptions(view, [])).toThrow(
    /^RDS restores snapshot \S+ only with the option TDE, and the option group sealed that has it is not in eu-central-1$/,
  );
  // With that option in a group of the same name there, that one serves.
  const there = {
    name: "sealed",
    arn: "arn",
    contents: { engine: "oracle-ee", majorVersion: "19", options: [sealed] },
  };
  expect(
    neededOptions(
      { ...view, optionsHere: { ...there, contents: { ...there.contents, majorVersion: "21" } } },
      [],
    ),
  ).toEqual({
    options: { name: "sealed" },
    notes: ["sealed has other options now, and is used as it is."],
  });
});
