import { expect, test } from "vitest";
import { pointKey } from "../../functions/catalog/keys.ts";
import { openEpisodes, readCatalog } from "../../functions/catalog/whole.ts";
import { vaultName } from "../../functions/core/names.ts";
import type { Plan } from "../../functions/core/plan.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { World } from "../../functions/world.ts";
import { fleet, putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";

test("a pass makes the same calls for ten sources as for one, reads no fact's body, and leaves its trace alone, when nothing is due", async () => {
  const one = await callsWhenSettled(1);
  const ten = await callsWhenSettled(10);

  expect(ten).toEqual(one);
  expect(Object.keys(ten).filter((name) => !/:(List|Describe)/.test(name))).toEqual(["s3:PutObject"]);
  expect(ten["s3:PutObject"]).toBe(1);
  expect(ten["s3:ListObjectsV2"]).toBe(2);
});

test("nor does continuous protection cost a call per source: one page more in the recovery region, and no fact", async () => {
  const continuous = { pointInTime: { reach: "recovery" as const, days: 1 } };
  const one = await callsWhenSettled(1, continuous);
  const ten = await callsWhenSettled(10, continuous);

  expect(ten).toEqual(one);
  expect(ten).toEqual({ ...(await callsWhenSettled(1)), "rds:DescribeDBInstanceAutomatedBackups": 1 });
});

test("what only the other vault has is seen in the next pass, wherever its key stands among the others", async () => {
  const { worlds, point } = await settled(3);
  const [primary, recovery] = worlds;
  const foreign = ["aaa", "db1", "zzz"].map((source) => pointKey(source, point, "verified-eu-central-1"));
  for (const key of foreign) await put(recovery, key);

  await reconcile(primary);

  const names = (await readCatalog(primary.catalog)).points;
  for (const source of ["aaa", "db1", "zzz"])
    expect(names.has({ source, point, name: "verified-eu-central-1" }), source).toBe(true);
});

test("a fact that somebody puts into the vault counts in the next pass", async () => {
  const { worlds, point } = await settled(1);
  const [primary, recovery] = worlds;
  await put(primary, pointKey("db0", point, "lost-eu-west-1"));

  await reconcile(primary);

  const listing = await readCatalog(primary.catalog);
  expect(openEpisodes(listing).map(({ id }) => id)).toContain("artefact-lost.db0.eu-west-1");
  await reconcile(recovery);
  expect(openEpisodes(await readCatalog(recovery.catalog)).map(({ id }) => id)).toEqual(
    openEpisodes(listing).map(({ id }) => id),
  );
});

test("that a snapshot is lost is said by a pass a quarter of an hour after the first that did not see it", async () => {
  const { worlds, rds, clock, point } = await settled(1);
  const [primary] = worlds;
  for (const [arn, { region }] of rds.state.snapshots)
    if (region === "eu-west-1") rds.state.snapshots.delete(arn);
  const isLost = async () => {
    await reconcile(primary);
    return (await readCatalog(primary.catalog)).points.has({ source: "db0", point, name: "lost-eu-west-1" });
  };

  expect(await isLost()).toBe(false);
  clock.advance(14 * 60_000);
  expect(await isLost()).toBe(false);
  clock.advance(60_000);
  expect(await isLost()).toBe(true);
});

test("one that is seen again in between was never lost, and its time begins anew", async () => {
  const { worlds, rds, clock, point } = await settled(1);
  const [primary] = worlds;
  const there = new Map(rds.state.snapshots);
  for (const sees of [false, true, false]) {
    for (const [arn, one] of there)
      if (sees) rds.state.snapshots.set(arn, one);
      else rds.state.snapshots.delete(arn);
    await reconcile(primary);
    clock.advance(10 * 60_000);
  }

  await reconcile(primary);

  const { points } = await readCatalog(primary.catalog);
  expect(points.has({ source: "db0", point, name: "lost-eu-west-1" })).toBe(false);
});

/** The calls of a pass in the recovery region, by operation. */
async function callsWhenSettled(
  instances: number,
  more: Partial<Plan> = {},
): Promise<Record<string, number>> {
  const { worlds, twin } = await settled(instances, more);
  const calls: Record<string, number> = {};
  twin.interceptors.push((call, proceed) => {
    const name = `${call.service}:${call.operation}`;
    calls[name] = (calls[name] ?? 0) + 1;
    return proceed();
  });
  await reconcile(worlds[1]);
  return calls;
}

/** A fleet whose first points were taken, copied and mirrored. */
async function settled(instances: number, more: Partial<Plan> = {}) {
  const environment = fleet(instances, 0, more);
  const { clock, twin, rds } = await putUp(environment, {});
  const { primaryRegion, recoveryRegion } = environment;
  const worlds = [
    worldIn(twin, environment, primaryRegion),
    worldIn(twin, environment, recoveryRegion),
  ] as const;
  for (let passes = 0; passes < 5; passes++) {
    for (const world of worlds) await reconcile(world);
    clock.advance(5 * 60_000);
  }
  const { points } = await readCatalog(worlds[0].catalog);
  const point = [...points][0]?.point ?? "";
  return { worlds, twin, rds, clock, point };
}

async function put({ catalog, environment, region, now }: World, key: string): Promise<void> {
  expect(catalog.bucket).toBe(vaultName(environment, region));
  const [, , source = "", point = ""] = key.split("/");
  const name = (key.split("/").at(-1) ?? "").replace(".json", "");
  const at = now().toISOString();
  const fact = name.startsWith("lost") ? "lost" : "verified";
  await catalog.recordPoint(name as "lost-", { schema: 1, at, fact, source, point, region });
}
