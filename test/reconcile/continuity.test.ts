import { expect, test } from "vitest";
import { openEpisodes, readCatalog, readOpen } from "../../functions/catalog/whole.ts";
import { keepBackups } from "../../functions/connect/keep.ts";
import { type Finding, findingId } from "../../functions/core/finding.ts";
import type { RdsInstanceSource } from "../../functions/core/source.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";

const source: RdsInstanceSource = {
  ...{ name: "db0", kind: "rds-instance", instance: "db0" },
  plan: { ...hourly, rpoSeconds: 300, pointInTime: { reach: "recovery", days: 7 } },
};

/** Both regions with their passes every five minutes, and `connect` as the bus would call it. */
async function house() {
  const environment = environmentOf(source);
  const { primaryRegion, recoveryRegion } = environment;
  const { clock, twin } = await putUp(environment, {});
  const worlds = [primaryRegion, recoveryRegion].map((region) => worldIn(twin, environment, region));
  const [primary, recovery] = worlds;
  if (!primary || !recovery) throw new Error("two regions");
  const refusals: unknown[] = [];
  twin.interceptors.push(async (call, proceed) => {
    const answer = await proceed();
    for (const { DetailType, Detail } of (call.input.Entries ?? []) as Record<string, string>[]) {
      if (DetailType !== "Automated Backups Requested") continue;
      const { source: name } = JSON.parse(Detail ?? "{}") as { source: string };
      await keepBackups(primary, name).catch((thrown: unknown) => refusals.push(thrown));
    }
    return answer;
  });
  const passes = async (minutes: number) => {
    for (let passed = 0; passed < minutes; passed += 5) {
      clock.advance(300_000);
      for (const world of worlds) await reconcile(world);
    }
  };
  const call = (region: string, operation: string, input: Record<string, unknown>) =>
    twin.call({ service: "rds", region, operation, input, principal: "somebody" });
  const open = async (): Promise<Finding[]> =>
    readOpen(recovery.catalog, openEpisodes(await readCatalog(recovery.catalog)));
  const changes = async () =>
    Object.fromEntries(
      [...(await readCatalog(recovery.catalog)).continuity.sorted].map(([place, list]) => [
        place,
        list.map(({ name }) => name).join(" "),
      ]),
    );
  return { clock, twin, environment, passes, call, open, changes, refusals, primary, recovery };
}

test("a plan that newly asks is fulfilled in both regions, with facts of the changes alone and no alarm", async () => {
  const { passes, open, changes, primary, recovery } = await house();
  await passes(60);
  expect(await changes()).toEqual({ "db0/eu-west-1": "asked began", "db0/eu-central-1": "asked began" });
  expect(await open()).toEqual([]);

  const before = (await readCatalog(primary.catalog)).continuityKeys.size;
  await passes(120);
  expect((await readCatalog(primary.catalog)).continuityKeys.size).toBe(before);
  expect(await open()).toEqual([]);
  const kept = (await recovery.providers["rds-instance"].continuous?.look())?.get("db0");
  expect(kept).toMatchObject({ days: 7, going: true, keyArn: recovery.vaultKeyArn });
});

test("somebody switches automated backups off: a page at once, in both vaults, and they are on again", async () => {
  const { passes, call, open, changes, clock, primary } = await house();
  await passes(65);
  const off = { DBInstanceIdentifier: "db0", BackupRetentionPeriod: 0, ApplyImmediately: true };
  await call("eu-west-1", "ModifyDBInstance", off);
  clock.advance(120_000);
  await reconcile(primary);

  const broken = await readOpen(primary.catalog, openEpisodes(await readCatalog(primary.catalog)));
  expect(broken.map(findingId)).toContain("continuity-broken.db0.eu-west-1");

  await passes(30);
  expect(await open()).toEqual([]);
  expect(await changes()).toMatchObject({ "db0/eu-west-1": "asked began broke began" });
  expect((await primary.providers["rds-instance"].continuous?.look())?.get("db0")?.days).toBe(7);
});

test("somebody stops the replication: a page, and it begins again with the vault's key", async () => {
  const { passes, call, open, changes, environment, recovery } = await house();
  await passes(60);
  const SourceDBInstanceArn = `arn:aws:rds:eu-west-1:${environment.account}:db:db0`;
  await call("eu-central-1", "StopDBInstanceAutomatedBackupsReplication", { SourceDBInstanceArn });
  await passes(5);
  expect((await open()).map(findingId)).toContain("continuity-broken.db0.eu-central-1");

  await passes(15);
  expect(await open()).toEqual([]);
  expect(await changes()).toMatchObject({ "db0/eu-central-1": "asked began broke began" });
  expect((await recovery.providers["rds-instance"].continuous?.look())?.get("db0")?.going).toBe(true);
});

test("AWS refuses the replication for good: the finding has its words", async () => {
  const { passes, twin, open } = await house();
  const { AwsError } = await import("../../local/twin.ts");
  twin.interceptors.push((call, proceed) => {
    if (call.operation !== "StartDBInstanceAutomatedBackupsReplication") return proceed();
    throw new AwsError("InvalidParameterValue", "Replication from eu-west-1 is not supported here.");
  });
  await passes(30);

  const [finding] = (await open()).filter(({ kind }) => kind === "continuity-broken");
  expect(finding?.message).toContain("Replication from eu-west-1 is not supported here.");
});

test("logs that stop arriving put the source out of its RPO of minutes, and end it when they arrive again", async () => {
  const { passes, twin, open } = await house();
  await passes(60);
  let stuck: Date | undefined;
  twin.interceptors.push(async (call, proceed) => {
    const answer = (await proceed()) as { DBInstances?: { LatestRestorableTime?: Date }[] };
    if (call.operation === "DescribeDBInstances" && stuck)
      for (const one of answer.DBInstances ?? []) one.LatestRestorableTime = stuck;
    return answer;
  });
  stuck = new Date(twin.clock.now());
  // A snapshot is a point too: only between two of them do minutes count.
  await passes(20);
  const late = (await open()).find(({ kind }) => kind === "rpo-breached");
  expect(late?.message).toContain("out of its RPO of 5m in eu-west-1");

  stuck = undefined;
  await passes(10);
  expect(await open()).toEqual([]);
});
