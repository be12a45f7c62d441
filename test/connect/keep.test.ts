import { expect, test } from "vitest";
import { keepBackups } from "../../functions/connect/keep.ts";
import type { Source } from "../../functions/core/source.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";

const plan = { ...hourly, pointInTime: { reach: "primary" as const, days: 9 } };
const sources: Source[] = [
  { name: "db0", kind: "rds-instance", instance: "db0", plan },
  { name: "au0", kind: "rds-cluster", cluster: "au0", plan },
  { name: "plain", kind: "rds-instance", instance: "plain", plan: hourly },
];

async function house() {
  const environment = environmentOf(...sources);
  const { twin, clock } = await putUp(environment, {});
  const changed: unknown[] = [];
  twin.interceptors.push((call, proceed) => {
    if (!call.operation.startsWith("Describe")) changed.push([call.operation, call.input]);
    return proceed();
  });
  return { twin, clock, changed, world: worldIn(twin, environment, environment.primaryRegion) };
}

test("has automated backups of an instance or a cluster kept for as many days as its plan asks", async () => {
  const { world, changed } = await house();
  await keepBackups(world, "db0");
  await keepBackups(world, "au0");

  expect(changed).toEqual([
    ["ModifyDBInstance", { DBInstanceIdentifier: "db0", BackupRetentionPeriod: 9, ApplyImmediately: false }],
    ["ModifyDBCluster", { DBClusterIdentifier: "au0", BackupRetentionPeriod: 9 }],
  ]);
});

test("changes nothing for a source whose plan does not ask, nor for one that it does not know", async () => {
  const { world, changed } = await house();
  await keepBackups(world, "plain");
  await keepBackups(world, "nobody's");

  expect(changed).toEqual([]);
});

test("what AWS refuses comes out as a problem, so that Lambda tries again and the alarm hears of it", async () => {
  const { world, twin, clock } = await house();
  await keepBackups(world, "db0");
  await expect(keepBackups(world, "db0")).rejects.toMatchObject({ code: "conflict" });
  clock.advance(600_000);
  await expect(keepBackups(world, "db0")).resolves.toBeUndefined();

  const input = { DBInstanceIdentifier: "db0", SkipFinalSnapshot: true };
  await twin.call({
    service: "rds",
    region: "eu-west-1",
    operation: "DeleteDBInstance",
    input,
    principal: "x",
  });
  clock.advance(600_000);
  await expect(keepBackups(world, "db0")).rejects.toMatchObject({ code: "not-found" });
});
