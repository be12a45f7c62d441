import { beforeAll, expect, test } from "vitest";
import { openEpisodes, readCatalog } from "../../functions/catalog/whole.ts";
import { keepBackups } from "../../functions/connect/keep.ts";
import { functionName } from "../../functions/core/names.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { loadAssembly } from "../../local/assembly.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { AccessControl } from "../../local/iam.ts";
import { cloudWatchService } from "../../local/services/cloudwatch.ts";
import { eventsService } from "../../local/services/events.ts";
import { kmsService } from "../../local/services/kms.ts";
import { Lambda } from "../../local/services/lambda.ts";
import { rdsService } from "../../local/services/rds.ts";
import { s3Service } from "../../local/services/s3.ts";
import { schedulerService } from "../../local/services/scheduler.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { snsService } from "../../local/services/sns.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { Twin } from "../../local/twin.ts";
import { prod } from "../infra/environments.ts";
import { assemblyOf } from "../infra/synthesized.ts";
import { worldIn } from "../worlds.ts";

/*
 * Continuous protection as it would be deployed, each function held to its own role: what the templates allow is enough.
 */
const { primaryRegion, recoveryRegion } = prod;
const clock = new VirtualClock("2026-11-21T03:02:00Z");
const twin = new Twin({ account: prod.account, clock });
const access = new AccessControl(twin);
const as = (task: string, region: string) =>
  worldIn(twin, prod, region, `${functionName(prod, task)}@${region}`);

beforeAll(async () => {
  twin.interceptors.push(access.interceptor);
  // In the place of the code that the rule on the bus would call.
  twin.interceptors.push(async (call, proceed) => {
    const answer = await proceed();
    for (const { DetailType, Detail = "{}" } of (call.input.Entries ?? []) as Record<string, string>[])
      if (DetailType === "Automated Backups Requested")
        await keepBackups(as("connect", primaryRegion), JSON.parse(Detail).source).catch(() => undefined);
    return answer;
  });
  const lambda = new Lambda(twin, () => {});
  const services = [
    ...[cloudWatchService, kmsService, snsService, eventsService, schedulerService, secretsService].map(
      (make) => make(twin),
    ),
    ...[s3Service(twin, memoryBlobs()), rdsService(twin), sqsService(twin, { url: "" }), lambda.service],
  ];
  for (const service of services) twin.register(service);
  await loadAssembly(assemblyOf(prod), {
    ...{ twin, lambda, access, account: twin.account },
    runtimeVariables: () => ({}),
    customResource: async () => {},
  });
  const create = (operation: string, input: Record<string, unknown>) =>
    twin.call({ service: "rds", region: primaryRegion, operation, input, principal: "test" });
  const off = { BackupRetentionPeriod: 0, StorageEncrypted: true };
  await create("CreateDBInstance", { DBInstanceIdentifier: "orders-db", ...off });
  await create("CreateDBCluster", { DBClusterIdentifier: "ledger", StorageEncrypted: true });
});

test("the roles of connect and of both reconcilers are enough to keep every moment in both regions", async () => {
  for (let passes = 0; passes < 10; passes++) {
    clock.advance(300_000);
    for (const region of [primaryRegion, recoveryRegion]) await reconcile(as("reconcile", region));
  }

  expect(access.refusals).toEqual([]);
  const world = as("reconcile", recoveryRegion);
  const listing = await readCatalog(world.catalog);
  expect([...listing.continuity.sorted].map(([place, list]) => [place, list.at(-1)?.name])).toEqual([
    ["ledger/eu-west-1", "began"],
    ["orders/eu-central-1", "began"],
    ["orders/eu-west-1", "began"],
  ]);
  expect(openEpisodes(listing).filter(({ id }) => id.startsWith("continuity"))).toEqual([]);
});

test("and those rights are used", () => {
  const used = (task: string, region: string) =>
    [...(access.used.get(`${functionName(prod, task)}@${region}`) ?? [])].map((one) => one.split(" ")[0]);
  for (const action of ["DescribeDBInstances", "ModifyDBInstance", "DescribeDBClusters", "ModifyDBCluster"])
    expect(used("connect", primaryRegion)).toContain(`rds:${action}`);
  for (const action of ["DescribeDBInstanceAutomatedBackups", "StartDBInstanceAutomatedBackupsReplication"])
    expect(used("reconcile", recoveryRegion)).toContain(`rds:${action}`);
});
