import { beforeEach, expect, test } from "vitest";
import type { Catalog } from "../../functions/catalog/catalog.ts";
import { contextsOf } from "../../functions/catalog/keys.ts";
import { openEpisodes, readCatalog } from "../../functions/catalog/whole.ts";
import type { ContextFact } from "../../functions/core/fact.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { WorkflowWorld as World } from "../../functions/workflow-world.ts";
import type { VirtualClock } from "../../local/clock.ts";
import { AwsError, type Twin } from "../../local/twin.ts";
import { fleet, putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";

/*
 * What a snapshot does not carry is kept with the points, in both regions, each time that it has changed.
 */
let twin: Twin;
let clock: VirtualClock;
let primary: World;
let recovery: World;

beforeEach(async () => {
  const environment = fleet(3, 1);
  ({ twin, clock } = await putUp(environment, {}));
  primary = worldIn(twin, environment, environment.primaryRegion);
  recovery = worldIn(twin, environment, environment.recoveryRegion);
});

async function passes(slots: number) {
  for (let slot = 0; slot < slots; slot++) {
    for (let pass = 0; pass < 6; pass++) {
      await reconcile(primary);
      await reconcile(recovery);
      clock.advance(5 * 60_000);
    }
  }
}

async function contexts(catalog: Catalog, source: string): Promise<ContextFact[]> {
  const facts: ContextFact[] = [];
  for await (const { key } of catalog.list(contextsOf(source))) facts.push(await catalog.readContext(key));
  return facts;
}

const call = (operation: string, input: Record<string, unknown>) =>
  twin.call({
    service: "rds",
    region: primary.region,
    operation,
    input: { ApplyImmediately: true, ...input },
    principal: "test",
  });

test("the context is kept once while it stays the same, and again when it has changed", async () => {
  await passes(3);
  expect(await contexts(primary.catalog, "db0")).toHaveLength(1);

  await call("CreateDBParameterGroup", {
    ...{ DBParameterGroupName: "tuned", DBParameterGroupFamily: "postgres18", Description: "tuned" },
  });
  const Parameters = [{ ParameterName: "work_mem", ParameterValue: "65536", ApplyMethod: "immediate" }];
  await call("ModifyDBParameterGroup", { DBParameterGroupName: "tuned", Parameters });
  await call("ModifyDBInstance", { DBInstanceIdentifier: "db0", DBParameterGroupName: "tuned" });
  clock.advance(120_000);
  await passes(2);

  const [before, after, ...more] = await contexts(recovery.catalog, "db0");
  expect(more).toEqual([]);
  expect(before?.context.parameterGroup?.changed).toEqual({});
  expect(after?.context.parameterGroup).toMatchObject({ name: "tuned", changed: { work_mem: "65536" } });
  expect(await contexts(recovery.catalog, "db1")).toHaveLength(1);
});

test("the recovery region has every context, of clusters too, and finds nothing wrong", async () => {
  await passes(2);
  for (const { name } of primary.environment.sources)
    expect(await contexts(recovery.catalog, name), name).toEqual(await contexts(primary.catalog, name));
  expect(openEpisodes(await readCatalog(recovery.catalog))).toEqual([]);
});

test("a pass that takes points reads the contexts of all in as many calls as that of one", async () => {
  const counts = [await callsOfFirstPass(1), await callsOfFirstPass(9)];
  expect(counts[0]).toBeGreaterThan(0);
  expect(counts[1]).toBe(counts[0]);
});

async function callsOfFirstPass(instances: number): Promise<number> {
  const environment = fleet(instances, 0);
  const built = await putUp(environment, {});
  let described = 0;
  built.twin.interceptors.push((made, proceed) => {
    if (made.operation.startsWith("Describe")) described += 1;
    return proceed();
  });
  await reconcile(worldIn(built.twin, environment, environment.primaryRegion));
  return described;
}

test("points are taken though their contexts cannot be read, and after a day somebody hears of it", async () => {
  await call("CreateDBParameterGroup", {
    ...{ DBParameterGroupName: "secret", DBParameterGroupFamily: "postgres18", Description: "secret" },
  });
  await call("ModifyDBInstance", { DBInstanceIdentifier: "db0", DBParameterGroupName: "secret" });
  clock.advance(120_000);
  twin.interceptors.push((made, proceed) => {
    if (made.operation === "DescribeDBParameters") throw new AwsError("AccessDenied", "not yours", 403);
    return proceed();
  });
  await passes(1);

  const listing = await readCatalog(primary.catalog);
  expect([...listing.points].filter(({ source }) => source === "db0").length).toBeGreaterThan(0);
  expect(openEpisodes(listing).map(({ id }) => id)).toEqual(["context-unknown.db0.eu-west-1"]);
});
