import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { archiveKey } from "../../functions/catalog/keys.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { replicaName, vaultName } from "../../functions/core/names.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { addStacks } from "../../infra/stacks.ts";
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
import { worldIn } from "../worlds.ts";
import { execution, request, undoing } from "./place.ts";

/*
 * Every kind of restore in the role that is deployed for it: nothing that it needs is refused.
 */
const network = { subnetIds: ["subnet-0123456789abcdef0"], securityGroupIds: ["sg-0123456789abcdef0"] };
const environment: Environment = {
  ...prod,
  restores: { buckets: ["acme-restored"], hydrate: { primary: network, recovery: network } },
};
const scratch = mkdtempSync(join(tmpdir(), "holdfast-rights-"));
const clock = new VirtualClock("2026-11-21T03:00:00Z");
const twin = new Twin({ account: environment.account, clock });
const access = new AccessControl(twin);
const inRole = (region: string) => worldIn(twin, environment, region, `holdfast-prod-restore@${region}`);
const primary = () => inRole("eu-west-1");
const recovery = () => inRole("eu-central-1");

/** What every function answers: as if it had read a database. */
const handler = `export const handler = async () => (${JSON.stringify({
  ...{ readBytes: 1, totalBytes: 1, seconds: 1, unreadCount: 0, unread: [] },
})});`;

const call = (region: string, service: "rds" | "s3", operation: string, input: object) =>
  twin.call({ service, region, operation, input: { ...input }, principal: "test" });

beforeAll(async () => {
  const folder = join(scratch, "bundle");
  mkdirSync(folder);
  writeFileSync(join(folder, "index.mjs"), handler);
  const app = new App({ outdir: join(scratch, "assembly") });
  addStacks(app, environment, () => Code.fromAsset(folder));
  const lambda = new Lambda(twin, () => {});
  twin.interceptors.push(access.interceptor);
  for (const make of [
    cloudWatchService,
    kmsService,
    snsService,
    eventsService,
    schedulerService,
    secretsService,
  ])
    twin.register(make(twin));
  const rds = rdsService(twin);
  for (const service of [s3Service(twin, memoryBlobs()), rds, sqsService(twin, { url: "" }), lambda.service])
    twin.register(service);
  await putUpSources();
  await loadAssembly(app.synth().directory, {
    ...{ twin, lambda, access, account: twin.account },
    runtimeVariables: () => ({}),
    customResource: async () => {},
  });
  const worlds = [worldIn(twin, environment, "eu-west-1"), worldIn(twin, environment, "eu-central-1")];
  for (let minutes = 0; minutes < 180; minutes += 5) {
    for (const world of worlds) await reconcile(world);
    clock.advance(300_000);
  }
});

afterAll(() => rmSync(scratch, { recursive: true }));

async function putUpSources() {
  const here = "eu-west-1";
  const family = { DBParameterGroupFamily: "postgres18", Description: "tuned" };
  await call(here, "rds", "CreateDBParameterGroup", { DBParameterGroupName: "tuned", ...family });
  const Parameters = [{ ParameterName: "work_mem", ParameterValue: "65536", ApplyMethod: "immediate" }];
  await call(here, "rds", "ModifyDBParameterGroup", { DBParameterGroupName: "tuned", Parameters });
  const options = { EngineName: "mysql", MajorEngineVersion: "8.0", OptionGroupDescription: "audited" };
  await call(here, "rds", "CreateOptionGroup", { OptionGroupName: "audited", ...options });
  const OptionsToInclude = [{ OptionName: "MARIADB_AUDIT_PLUGIN" }];
  await call(here, "rds", "ModifyOptionGroup", { OptionGroupName: "audited", OptionsToInclude });
  const common = { StorageEncrypted: true, MasterUsername: "owner", ManageMasterUserPassword: true };
  await call(here, "rds", "CreateDBInstance", {
    ...{
      DBInstanceIdentifier: "orders-db",
      DBParameterGroupName: "tuned",
      OptionGroupName: "audited",
      DeletionProtection: true,
      ...common,
    },
    ...{ MonitoringInterval: 60, MonitoringRoleArn: "arn:aws:iam::111122223333:role/monitoring" },
    BackupRetentionPeriod: 7,
  });
  const Engine = "aurora-postgresql";
  await call(here, "rds", "CreateDBCluster", { DBClusterIdentifier: "ledger", Engine, ...common });
  const member = { DBClusterIdentifier: "ledger", Engine, DBInstanceClass: "db.r7g.large" };
  await call(here, "rds", "CreateDBInstance", { ...member, DBInstanceIdentifier: "first-of-ledger" });
  for (const [Bucket, region] of [
    ["acme-uploads", here],
    ["acme-dumps", here],
    ["acme-restored", "eu-central-1"],
  ] as const) {
    const CreateBucketConfiguration = { LocationConstraint: region };
    await call(region, "s3", "CreateBucket", { Bucket, CreateBucketConfiguration });
    const VersioningConfiguration = { Status: "Enabled" };
    await call(region, "s3", "PutBucketVersioning", { Bucket, VersioningConfiguration });
  }
}

const run = (wish: Parameters<typeof execution>[0], world: ReturnType<typeof inRole>) =>
  execution(wish, world, { clock }).finish();

/** Refused rights, most of which are told more than once. */
const refused = () => [...new Set(access.refusals.filter((one) => one.includes("-restore@")))];

test("databases, in either region, in the place of others and back, and to an instant", async () => {
  await run(request(recovery()), recovery());
  await run(request(recovery(), { source: "ledger" }), recovery());
  clock.advance(60_000);
  const swap = { replace: { prebackup: true } };
  for (const source of ["orders", "ledger"]) {
    const wish = request(primary(), { source, ...swap });
    await run(wish, primary());
    await undoing(wish.id, primary(), { clock }).finish();
    clock.advance(60_000);
  }
  const at = new Date(clock.now() - 3_600_000).toISOString();
  await run(request(primary(), { wanted: { which: "time", at }, as: "orders-then" }), primary());
  expect(refused()).toEqual([]);
});

test("one that is read whole: the reader opens the passwords of what restores have made, and no other", async () => {
  clock.advance(60_000);
  const before = await primary().databases.describe({ kind: "instance", id: "orders-db" });
  const wish = request(primary(), { hydrate: true, replace: { prebackup: false } });
  const { back } = await run(wish, primary());
  expect(back.hydration).toMatchObject({ parts: 1, readBytes: 1 });
  expect(back.hydration?.stopped).toBeUndefined();
  await run(request(recovery(), { hydrate: true, as: "orders-db-warm" }), recovery());
  expect(refused()).toEqual([]);

  const { secrets } = worldIn(twin, environment, "eu-west-1", "holdfast-prod-hydrate@eu-west-1");
  expect(JSON.parse(await secrets.text(back.database?.masterSecretArn ?? ""))).toHaveProperty("password");
  const denied = { code: "access-denied" };
  await expect(secrets.text(before?.masterSecretArn ?? "")).rejects.toMatchObject(denied);
  const cluster = await primary().databases.describe({ kind: "cluster", id: "ledger" });
  await expect(secrets.text(cluster?.masterSecretArn ?? "")).rejects.toMatchObject(denied);
  await undoing(wish.id, primary(), { clock }).finish();
  clock.advance(60_000);
});

test("one that fails at its last step takes everything back, parameter groups and protection included", async () => {
  const Parameters = [{ ParameterName: "work_mem", ParameterValue: "1", ApplyMethod: "immediate" }];
  await call("eu-west-1", "rds", "ModifyDBParameterGroup", { DBParameterGroupName: "tuned", Parameters });
  const OptionsToRemove = ["MARIADB_AUDIT_PLUGIN"];
  await call("eu-west-1", "rds", "ModifyOptionGroup", { OptionGroupName: "audited", OptionsToRemove });
  clock.advance(60_000);
  let refusing = true;
  twin.interceptors.push((made, proceed) => {
    if (refusing && made.input.NewDBInstanceIdentifier === "orders-db" && made.input.DBInstanceIdentifier)
      if (/orders-db-\d/.test(String(made.input.DBInstanceIdentifier))) throw new Error("no");
    return proceed();
  });
  const wish = request(primary(), { replace: { prebackup: false } });
  await expect(run(wish, primary())).rejects.toThrow(/no/);
  refusing = false;
  expect(await primary().databases.scratch()).toEqual([]);
  expect(refused()).toEqual([]);
});

test("buckets in place and back, and out of the replica; archives out of the vault", async () => {
  const replica = replicaName(environment, "uploads", "eu-central-1");
  const put = async (Body: string) => {
    await call("eu-west-1", "s3", "PutObject", { Bucket: "acme-uploads", Key: "a", Body });
    await call("eu-central-1", "s3", "PutObject", {
      Bucket: replica,
      Key: "a",
      Body,
      Tagging: "team=orders",
    });
  };
  await put("good");
  clock.advance(60_000);
  const at = new Date(clock.now()).toISOString();
  const { catalog } = recovery();
  const base = { schema: 1, at, source: "uploads", point: "20261121T0300Z", region: "eu-central-1" } as const;
  await catalog.recordPoint("copied-eu-central-1", { ...base, fact: "copied" });
  clock.advance(60_000);
  await put("bad");
  await call("eu-west-1", "s3", "PutObject", { Bucket: "acme-uploads", Key: "new", Body: "new" });
  clock.advance(60_000);
  const wanted = { which: "time", at } as const;
  const wish = request(primary(), { source: "uploads", wanted, deletions: true });
  expect((await run(wish, primary())).back.objects).toMatchObject({ copied: 1, hidden: 1 });
  await undoing(wish.id, primary(), { clock }).finish();
  await run(request(recovery(), { source: "uploads", wanted, as: "acme-restored" }), recovery());

  const point = "20261121T0300Z-00000001";
  const [bucket, key] = [vaultName(environment, "eu-central-1"), archiveKey("nightly-erp", point, "a.dump")];
  await call("eu-central-1", "s3", "PutObject", { Bucket: bucket, Key: key, Body: "the archive" });
  const sha256 = createHash("sha256").update("the archive").digest("hex");
  const of = { ...base, source: "nightly-erp", point, archive: { bucket, key, sizeBytes: 11, sha256 } };
  await catalog.recordPoint("available", { ...of, fact: "available" });
  await catalog.recordPoint("copied-eu-central-1", { ...of, fact: "copied" });
  await catalog.recordPoint("verified-eu-central-1", { ...of, fact: "verified" });
  await run(request(recovery(), { source: "nightly-erp", as: "acme-restored" }), recovery());
  expect(refused()).toEqual([]);
});

test("what is there to stay is not deleted in its role, whoever asks it to", async () => {
  for (const DBInstanceIdentifier of ["orders-db", "orders-then"]) {
    const input = { DBInstanceIdentifier, SkipFinalSnapshot: true };
    const principal = "holdfast-prod-restore@eu-west-1";
    const asked = {
      service: "rds",
      region: "eu-west-1",
      operation: "DeleteDBInstance",
      input,
      principal,
    } as const;
    await expect(twin.call(asked)).rejects.toMatchObject({ code: "AccessDenied" });
  }
});

test("the reconciler's role may ask how a restore's execution ended, and that of no other function's", async () => {
  const reconciler = worldIn(twin, environment, "eu-west-1", "holdfast-prod-reconcile@eu-west-1");
  const arn = (task: string) =>
    `arn:aws:lambda:eu-west-1:111122223333:function:holdfast-prod-${task}:1/durable-execution/some/0`;
  expect(await reconciler.invoke.execution(arn("restore"))).toEqual({ state: "ended", how: "forgotten" });
  await expect(reconciler.invoke.execution(arn("other"))).rejects.toMatchObject({ code: "access-denied" });
});
