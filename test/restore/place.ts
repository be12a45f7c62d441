import { restorePrefix } from "../../functions/catalog/keys.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { purposes, type RestoreFact, type RestoreRequest, restoreId } from "../../functions/core/restore.ts";
import type { Source } from "../../functions/core/source.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { whyCancelled } from "../../functions/restore/record.ts";
import { undo } from "../../functions/restore/undo.ts";
import { restore } from "../../functions/restore/workflow.ts";
import type { WorkflowWorld as World } from "../../functions/workflow-world.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { AwsError } from "../../local/twin.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { Durable } from "../durable.ts";
import type { DurableOptions } from "../durable-invocation.ts";
import { putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";

export const orders: Source = { name: "orders", kind: "rds-instance", instance: "orders-db", plan: hourly };
export const ledger: Source = { name: "ledger", kind: "rds-cluster", cluster: "ledger", plan: hourly };

/** What the database has besides its data; none of it is AWS's default. */
const tuned = {
  ...{ DBInstanceClass: "db.r6g.large", BackupRetentionPeriod: 7, DeletionProtection: true },
  ...{ DBParameterGroupName: "tuned", DBSubnetGroupName: "private", VpcSecurityGroupIds: ["sg-1"] },
  ...{ MonitoringInterval: 60, MonitoringRoleArn: "arn:aws:iam::000000000000:role/monitoring" },
  ApplyImmediately: true,
};

/**
 * A database with its settings, its points of some hours in both regions, and what restores it. Everything is on a
 * virtual clock and holds no data.
 */
export async function place(more: Partial<Environment> = {}, sources: Source[] = [orders]) {
  const environment = { ...environmentOf(...sources), ...more };
  const minutes = (count: number) => () => count * 60;
  const built = await putUp(environment, {
    ...{ snapshotSeconds: minutes(2), copySeconds: minutes(5), restoreSeconds: minutes(12) },
    ...{ changeSeconds: minutes(1), deleteSeconds: minutes(2) },
  });
  const { twin, clock, rds } = built;
  twin.register(secretsService(twin));
  const { primaryRegion, recoveryRegion } = environment;
  const call = (region: string, operation: string, input: Record<string, unknown>) =>
    twin.call({ service: "rds", region, operation, input, principal: "test" });
  const here = (operation: string, input: Record<string, unknown>) => call(primaryRegion, operation, input);
  const group = { DBSubnetGroupName: "private", DBSubnetGroupDescription: "private" };
  await here("CreateDBSubnetGroup", { ...group, SubnetIds: ["subnet-1", "subnet-2"] });
  await here("CreateDBParameterGroup", {
    ...{ DBParameterGroupName: "tuned", DBParameterGroupFamily: "postgres18", Description: "tuned" },
  });
  const Parameters = [{ ParameterName: "work_mem", ParameterValue: "65536", ApplyMethod: "immediate" }];
  await here("ModifyDBParameterGroup", { DBParameterGroupName: "tuned", Parameters });
  if (sources.includes(orders)) {
    await here("ModifyDBInstance", { DBInstanceIdentifier: "orders-db", ...tuned });
    const arn = `arn:aws:rds:${primaryRegion}:${environment.account}:db:orders-db`;
    await here("AddTagsToResource", { ResourceName: arn, Tags: [{ Key: "team", Value: "orders" }] });
  }
  clock.advance(300_000);

  const primary = worldIn(twin, environment, primaryRegion);
  const recovery = worldIn(twin, environment, recoveryRegion);
  const pass = async (hours: number) => {
    for (let minute = 0; minute < hours * 60; minute += 5) {
      await reconcile(primary);
      await reconcile(recovery);
      clock.advance(300_000);
    }
  };
  await pass(3);

  /** Every call of the stand-in by operation, from now on. */
  const calls: string[] = [];
  twin.interceptors.push((made, proceed) => {
    calls.push(`${made.region} ${made.service}:${made.operation}`);
    return proceed();
  });
  /** Has every call to a region fail, whoever makes it. */
  const deny = (region: string) =>
    twin.interceptors.unshift((made, proceed) => {
      if (made.region === region) throw new AwsError("ServiceUnavailable", `${region} is away`, 503);
      return proceed();
    });
  /** The databases of a region: their names, and what their tags say of a restore. */
  const databases = (region: string) =>
    [...rds.state.databases.values()]
      .filter((one) => one.region === region)
      .map(({ id }) => id)
      .sort();

  return { ...built, environment, primary, recovery, pass, calls, deny, databases, call };
}

/** A request for the orders database, now. */
export function request(world: World, more: Partial<RestoreRequest> = {}): RestoreRequest {
  const source = more.source ?? "orders";
  return { id: restoreId(source, world.now()), source, wanted: { which: "latest" }, ...more };
}

type Options = Pick<DurableOptions, "clock" | "crash" | "arn">;

/** One execution of a restore that alice wants, heeding cancellations as the deployed one does. */
export function execution(request: RestoreRequest, world: World, options: Options) {
  const cancelled = () => whyCancelled(request, world);
  const proof = proofOf("alice", purposes.restore(request.id));
  const order = { do: "restore", request, proof } as const;
  return new Durable((steps) => restore(order, steps, world), { ...options, cancelled });
}

/** One execution of the undoing of a restore, which alice wants too. */
export function undoing(id: string, world: World, options: Options & { attempt?: number }) {
  const attempt = options.attempt ? { attempt: options.attempt } : {};
  const order = { do: "undo", id, ...attempt, proof: proofOf("alice", purposes.undo(id)) } as const;
  return new Durable((steps) => undo(order, steps, world), options);
}

/** What proves in process who somebody is (see test/worlds.ts). */
export function proofOf(principal: string, purpose: string) {
  return { headers: { principal, purpose }, body: "" };
}

/** The facts of a restore by name, in the order of their keys. */
export async function factsOf({ catalog }: World, id: string): Promise<Record<string, RestoreFact>> {
  const facts: Record<string, RestoreFact> = {};
  for await (const { key } of catalog.list(restorePrefix(id))) {
    const name = key.split("/").at(-1)?.replace(".json", "") ?? "";
    const fact = await catalog.readRestore(id, name as "finished");
    if (fact) facts[name] = fact;
  }
  return facts;
}
