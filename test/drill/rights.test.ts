import { beforeAll, expect, test } from "vitest";
import { functionName, replicaName, snapshotId } from "../../functions/core/names.ts";
import type { Source } from "../../functions/core/source.ts";
import { drill } from "../../functions/drill/drill.ts";
import { reap } from "../../functions/reaper/reaper.ts";
import { loadAssembly } from "../../local/assembly.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { AccessControl } from "../../local/iam.ts";
import { cloudWatchService } from "../../local/services/cloudwatch.ts";
import { eventsService } from "../../local/services/events.ts";
import { keyArn, kmsService } from "../../local/services/kms.ts";
import { Lambda } from "../../local/services/lambda.ts";
import { rdsService } from "../../local/services/rds.ts";
import { s3Service } from "../../local/services/s3.ts";
import { schedulerService } from "../../local/services/scheduler.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { snsService } from "../../local/services/sns.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { Twin } from "../../local/twin.ts";
import { Durable } from "../durable.ts";
import { prod } from "../infra/environments.ts";
import { assemblyOf } from "../infra/synthesized.ts";
import { worldIn } from "../worlds.ts";
import { cannedChecker } from "./canned.ts";

/*
 * Drills as they would be deployed, held to their own role: what the templates allow is enough, and hardly more.
 */
const region = prod.recoveryRegion;
const point = "20261121T0000Z";
const clock = new VirtualClock("2026-11-21T00:30:00Z");
const twin = new Twin({ account: prod.account, clock });
const access = new AccessControl(twin);
const [drills, reaper] = ["drill", "reaper"].map((task) => `${functionName(prod, task)}@${region}`) as [
  string,
  string,
];

beforeAll(async () => {
  twin.interceptors.push(access.interceptor);
  // In the place of the checker's code; that it may be invoked is checked before.
  twin.interceptors.push(async ({ operation, input }, proceed) => {
    if (operation !== "Invoke" || input.FunctionName !== functionName(prod, "check")) return proceed();
    const request = JSON.parse(Buffer.from(input.Payload as Uint8Array).toString());
    const answer = await cannedChecker(request, worldIn(twin, prod, region));
    return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(answer)) };
  });
  const lambda = new Lambda(twin, () => {});
  for (const make of [
    cloudWatchService,
    kmsService,
    snsService,
    eventsService,
    schedulerService,
    secretsService,
  ])
    twin.register(make(twin));
  for (const service of [
    s3Service(twin, memoryBlobs()),
    rdsService(twin),
    sqsService(twin, { url: "" }),
    lambda.service,
  ])
    twin.register(service);
  await loadAssembly(assemblyOf(prod), {
    ...{ twin, lambda, access, account: twin.account },
    runtimeVariables: () => ({}),
    customResource: async () => {},
  });
  for (const source of prod.sources) await putUp(source);
});

const call = (service: "rds" | "s3", operation: string, input: Record<string, unknown>) =>
  twin.call({ service, region, operation, input, principal: "test" });

/** A point of the source whose copy is in the recovery region, encrypted with that vault's key. */
async function putUp(source: Source) {
  const { catalog, now } = worldIn(twin, prod, region);
  const base = {
    schema: 1,
    at: now().toISOString(),
    source: source.name,
    point,
    region,
    fact: "copied",
  } as const;
  if (source.kind === "bucket") {
    const Bucket = replicaName(prod, source.name, region);
    for (let i = 0; i < 30; i++)
      await call("s3", "PutObject", { Bucket, Key: `${i}`, Body: Buffer.from(`${i}`) });
    const sweep = { objects: 30, bytes: 50, copied: 30 };
    await catalog.recordPoint(`copied-${region}`, { ...base, sweep });
  }
  if (source.kind !== "rds-instance" && source.kind !== "rds-cluster") return;
  const kind = source.kind === "rds-cluster" ? "Cluster" : "Instance";
  const Engine = source.kind === "rds-cluster" ? "aurora-postgresql" : "postgres";
  const of = { [`DB${kind}Identifier`]: `copy-of-${source.name}` };
  const KmsKeyId = keyArn(twin, region, "alias/holdfast-prod");
  const master = { MasterUsername: "owner", MasterUserPassword: "not a secret" };
  await call("rds", `CreateDB${kind}`, { ...of, ...master, Engine, StorageEncrypted: true, KmsKeyId });
  const id = snapshotId(prod, source.name, point);
  const snapshot = source.kind === "rds-cluster" ? "DBClusterSnapshot" : "DBSnapshot";
  await call("rds", `Create${snapshot}`, { ...of, [`${snapshot}Identifier`]: id });
  clock.advance(300_000);
  const artefact = {
    id,
    arn: `arn:aws:rds:${region}:${prod.account}:snapshot:${id}`,
    encrypted: true,
    tags: {},
  };
  await catalog.recordPoint(`copied-${region}`, { ...base, artefact });
}

async function rehearse(source: string, slot: string, stopAfter?: string) {
  const world = worldIn(twin, prod, region, drills);
  const durable = new Durable((steps) => drill({ source, drill: slot, by: "schedule" }, steps, world), {
    clock,
    crash: ({ name, when }) => {
      const over = name === stopAfter && when === "saved";
      if (over) durable.stop();
      return over;
    },
  });
  return stopAfter ? durable.run() : durable.finish();
}

test.each(["orders", "ledger", "uploads"])("the role of drills is enough for one of %s", async (source) => {
  expect(await rehearse(source, "20261121T0100Z")).toMatchObject({ outcome: "passed" });
  expect(access.refusals).toEqual([]);
});

test("and every right that it has on RDS, KMS and secrets is used", () => {
  const used = [...(access.used.get(drills) ?? [])].map((one) => one.split(" ")[0]);
  for (const action of [
    "rds:RestoreDBInstanceFromDBSnapshot",
    "rds:RestoreDBClusterFromSnapshot",
    "rds:CreateDBInstance",
    "rds:AddTagsToResource",
    "rds:ModifyDBInstance",
    "rds:ModifyDBCluster",
    "rds:DeleteDBInstance",
    "rds:DeleteDBCluster",
    "rds:DescribeDBClusterSnapshots",
    "kms:CreateGrant",
    "kms:Sign",
    "kms:GetPublicKey",
    "secretsmanager:CreateSecret",
    "secretsmanager:TagResource",
    "lambda:InvokeFunction",
  ])
    expect(used, action).toContain(action);
});

test("the reaper's role is enough to take away what a drill left, and the drill's to delete nothing else", async () => {
  await rehearse("orders", "20261121T0200Z", "restore");
  clock.advance(40 * 3_600_000);
  const world = worldIn(twin, prod, region, reaper);
  await reap(world);
  clock.advance(3_600_000);
  await reap(world);
  expect(await worldIn(twin, prod, region).databases.scratch()).toEqual([]);
  expect(access.refusals).toEqual([]);

  const thief = (operation: string, input: Record<string, unknown>) =>
    twin.call({ service: "rds", region, operation, input, principal: drills });
  const SkipFinalSnapshot = true;
  for (const DBInstanceIdentifier of ["copy-of-orders", "prod-orders-drill-20261121t0900z"])
    await expect(
      thief("DeleteDBInstance", { DBInstanceIdentifier, SkipFinalSnapshot }),
    ).rejects.toMatchObject({
      code: "AccessDenied",
    });
  const snapshot = { DBSnapshotIdentifier: snapshotId(prod, "orders", point) };
  await expect(thief("DeleteDBSnapshot", snapshot)).rejects.toMatchObject({ code: "AccessDenied" });
});
