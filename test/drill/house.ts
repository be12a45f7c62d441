import { setTimeout as sleep } from "node:timers/promises";
import { drillKey } from "../../functions/catalog/keys.ts";
import { check } from "../../functions/check/check.ts";
import type { DrillFinishedFact, DrillRequest } from "../../functions/core/drill.ts";
import { CheckRequest } from "../../functions/core/fingerprint.ts";
import { drillSubnetGroup, functionName } from "../../functions/core/names.ts";
import type { Plan } from "../../functions/core/plan.ts";
import type { Source } from "../../functions/core/source.ts";
import { drill } from "../../functions/drill/drill.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { rdsService } from "../../local/services/rds.ts";
import type { RdsOptions } from "../../local/services/rds-state.ts";
import { s3Service } from "../../local/services/s3.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { AwsError, Twin } from "../../local/twin.ts";
import { arnOf, shownBy } from "../cli/executions.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { Durable } from "../durable.ts";
import type { DurableOptions } from "../durable-invocation.ts";
import { putUpVaults, type TestWorld, worldIn } from "../worlds.ts";

/** An hourly plan with a weekly drill and an RTO of an hour. */
export const rehearsed: Plan = {
  ...hourly,
  rtoSeconds: 3_600,
  drill: { everySeconds: 7 * 86_400, sql: [], sample: { confidence: 0.99, damage: 0.01 } },
};

/** A database under that plan. */
export const orders: Source = {
  name: "orders",
  kind: "rds-instance",
  instance: "orders-db",
  plan: rehearsed,
};

/** What answers in the place of the function "check". */
export type Checker = (request: CheckRequest, world: TestWorld) => Promise<unknown>;

/** The real checker, without a network between. */
export const realChecker: Checker = (request, { secrets, now }) =>
  check(request, { secret: secrets.text, now, remainingMs: () => 780_000 });

/** Both regions of an environment in the stand-in, with a checker and a log of what was started. */
export async function putUpDrills(sources: Source[], options: RdsOptions & { checker: Checker }) {
  const environment = environmentOf(...sources);
  const clock = new VirtualClock("2026-11-21T02:50:00Z");
  const twin = new Twin({ clock });
  const rds = rdsService(twin, options);
  const started = new Map<string, DrillRequest>();
  const executions = new Map<string, Durable<unknown>>();
  const blobs = memoryBlobs();
  for (const service of [kmsService(twin), s3Service(twin, blobs), secretsService(twin), rds])
    twin.register(service);
  twin.register({
    name: "events",
    operations: { PutEvents: () => ({ FailedEntryCount: 0, Entries: [{}] }) },
  });
  twin.register({
    name: "lambda",
    operations: {
      GetDurableExecution: (input) => shownBy(executions, input),
      async Invoke({ FunctionName, Payload, DurableExecutionName }, { region }) {
        const input = JSON.parse(Buffer.from(Payload).toString());
        if (FunctionName === functionName(environment, "drill")) {
          // The same name with the same input is the same execution.
          const before = started.get(DurableExecutionName) ?? input;
          if (JSON.stringify(before) !== JSON.stringify(input))
            throw new AwsError("DurableExecutionAlreadyStartedException", "with another input", 409);
          started.set(DurableExecutionName, input);
          return { StatusCode: 202, DurableExecutionArn: arnOf(input.drill) };
        }
        if (FunctionName !== functionName(environment, "check"))
          throw new AwsError("ResourceNotFoundException", `no function ${FunctionName}`, 404);
        try {
          const answer = await options.checker(
            CheckRequest.parse(input),
            worldIn(twin, environment, region, "check"),
          );
          return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(answer)) };
        } catch (thrown) {
          const { errorType = "Error", message: errorMessage } = thrown as Error & { errorType?: string };
          const Payload = Buffer.from(JSON.stringify({ errorType, errorMessage }));
          return { StatusCode: 200, FunctionError: "Unhandled", Payload };
        }
      },
    },
  });
  await putUpVaults(twin, environment);
  const call = (region: string, operation: string, input: Record<string, unknown>) =>
    twin.call({ service: "rds", region, operation, input, principal: "test" });
  await call(environment.recoveryRegion, "CreateDBSubnetGroup", {
    DBSubnetGroupName: drillSubnetGroup(environment),
    DBSubnetGroupDescription: "drills",
    SubnetIds: ["subnet-1", "subnet-2"],
  });
  const primary = worldIn(twin, environment, environment.primaryRegion, "primary");
  const recovery = worldIn(twin, environment, environment.recoveryRegion, "recovery");

  /** Both reconcilers' passes after so many minutes; real work is given time to be done. */
  const pass = async (minutes: number) => {
    clock.advance(minutes * 60_000);
    if (options.storage) await sleep(200);
    for (const world of [primary, recovery]) await reconcile(world);
  };
  /** A durable execution of the drill, as it was asked for. */
  const execution = (
    request: Partial<DrillRequest> = {},
    { in: where = recovery, ...more }: Partial<DurableOptions> & { in?: typeof recovery } = {},
  ) => {
    const whole: DrillRequest = { source: "orders", drill: "20261121T0400Z", by: "person", ...request };
    const arn = arnOf(whole.drill);
    const durable = new Durable((steps) => drill(whole, steps, where), { clock, arn, ...more });
    executions.set(whole.drill, durable as Durable<unknown>);
    return durable;
  };
  /** Runs an execution to its end in virtual time, giving real work a little real time at each wait. */
  const finish = async <O>(durable: Durable<O>): Promise<O> => {
    for (;;) {
      await durable.run();
      if (durable.status !== "running") return durable.result();
      if (options.storage) await sleep(30);
      clock.advanceTo(Math.max(durable.dueMs ?? 0, clock.now()));
      await new Promise(setImmediate);
    }
  };
  const certificate = (
    drill = "20261121T0400Z",
    source = sources[0]?.name ?? "",
  ): Promise<DrillFinishedFact> => recovery.catalog.readDrillFinished(drillKey(source, drill, "finished"));
  /** The identifiers of what there is in the recovery region. */
  const databases = (region = environment.recoveryRegion) =>
    [...rds.state.databases.values()].flatMap((one) => (one.region === region ? [one.id] : []));
  return {
    environment,
    clock,
    twin,
    blobs,
    rds,
    call,
    primary,
    recovery,
    pass,
    execution,
    finish,
    certificate,
    databases,
    started,
  };
}
