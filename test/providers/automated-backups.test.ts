import { expect, test } from "vitest";
import type { RdsInstanceSource } from "../../functions/core/source.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";

const source: RdsInstanceSource = {
  ...{ name: "db0", kind: "rds-instance", instance: "db0" },
  plan: { ...hourly, pointInTime: { reach: "recovery", days: 7 } },
};

/** One instance with automated backups of a day, and what changes it as somebody else would. */
async function house() {
  const environment = environmentOf(source);
  const { primaryRegion, recoveryRegion } = environment;
  const { clock, twin } = await putUp(environment, {});
  const by = (region: string) => worldIn(twin, environment, region).providers["rds-instance"];
  const call = async (region: string, operation: string, input: Record<string, unknown>) => {
    await twin.call({ service: "rds", region, operation, input, principal: "somebody" });
    clock.advance(600_000);
  };
  const modify = (input: object) =>
    call(primaryRegion, "ModifyDBInstance", { DBInstanceIdentifier: "db0", ...input });
  clock.advance(3_600_000);
  const [primary, recovery] = [by(primaryRegion).continuous, by(recoveryRegion).continuous];
  if (!primary || !recovery) throw new Error("no continuous protection");
  return { environment, twin, clock, primary, recovery, provider: by, call, modify };
}

test("switches automated backups on at once where they are off", async () => {
  const { primary, modify, clock } = await house();
  await modify({ BackupRetentionPeriod: 0, ApplyImmediately: true });
  expect((await primary.look()).get("db0")).toEqual({ days: 0, going: false });

  await primary.keep(source, 7);
  clock.advance(600_000);

  expect((await primary.look()).get("db0")).toMatchObject({ days: 7, going: true, until: expect.anything() });
});

test("does not pull along what waits for the maintenance window: then it waits with it, and is asked once", async () => {
  const { primary, modify, twin, clock } = await house();
  await modify({ BackupRetentionPeriod: 0, ApplyImmediately: true });
  await modify({ DBInstanceClass: "db.r6g.large" });
  const changes: unknown[] = [];
  twin.interceptors.push((call, proceed) => {
    if (call.operation === "ModifyDBInstance") changes.push(call.input);
    return proceed();
  });

  for (let times = 0; times < 2; times++) {
    await primary.keep(source, 7);
    clock.advance(600_000);
  }

  expect(changes).toEqual([
    { DBInstanceIdentifier: "db0", BackupRetentionPeriod: 7, ApplyImmediately: false },
  ]);
  expect((await primary.look()).get("db0")?.days).toBe(0);
});

test("replicates them into the region that asks, with its key, however often it is asked", async () => {
  const { recovery, provider, environment, twin, clock } = await house();
  await recovery.replicate(source, 7);
  await recovery.replicate(source, 7);
  clock.advance(3_600_000);

  const replica = (await recovery.look()).get("db0");
  expect(replica).toEqual({
    days: 7,
    going: true,
    until: expect.any(String),
    keyArn: worldIn(twin, environment, environment.recoveryRegion).vaultKeyArn,
  });
  expect((await provider(environment.recoveryRegion).observe()).backups?.get("db0")).toEqual(replica);
});

test("tells a replica that somebody stopped from one that goes on, and can begin it again", async () => {
  const { recovery, call, environment, clock } = await house();
  await recovery.replicate(source, 7);
  clock.advance(3_600_000);
  const SourceDBInstanceArn = `arn:aws:rds:eu-west-1:${environment.account}:db:db0`;
  await call(environment.recoveryRegion, "StopDBInstanceAutomatedBackupsReplication", {
    SourceDBInstanceArn,
  });

  const stopped = (await recovery.look()).get("db0");
  expect(stopped).toMatchObject({ going: false, until: expect.any(String) });

  await recovery.replicate(source, 9);
  expect((await recovery.look()).get("db0")).toMatchObject({ going: true, days: 9 });
});

test("what AWS refuses for now may be asked again, and for a cluster it is refused for good", async () => {
  const { recovery, modify, twin, environment } = await house();
  await modify({ BackupRetentionPeriod: 0, ApplyImmediately: true });
  await expect(recovery.replicate(source, 7)).rejects.toMatchObject({ code: "conflict", retryable: true });

  const clusters = worldIn(twin, environment, environment.recoveryRegion).providers["rds-cluster"].continuous;
  await expect(clusters?.replicate(source, 7)).rejects.toMatchObject({ code: "unsupported" });
});

test("the recovery region is asked for replicas only where a plan wants them", async () => {
  const { twin, environment, provider } = await house();
  const { pointInTime: _, ...plan } = source.plan;
  const without = { ...environment, sources: [{ ...source, plan }] };
  const seen = new Set<string>();
  twin.interceptors.push((call, proceed) => {
    seen.add(call.operation);
    return proceed();
  });

  await worldIn(twin, without, environment.recoveryRegion).providers["rds-instance"].observe();
  expect(seen).not.toContain("DescribeDBInstanceAutomatedBackups");
  await provider(environment.recoveryRegion).observe();
  expect(seen).toContain("DescribeDBInstanceAutomatedBackups");
});
