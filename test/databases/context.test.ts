import { RDSClient, RDSServiceException } from "@aws-sdk/client-rds";
import { beforeEach, expect, test } from "vitest";
import { DatabaseContext } from "../../functions/core/context.ts";
import type { Plan } from "../../functions/core/plan.ts";
import { readContext } from "../../functions/databases/context.ts";
import { VirtualClock } from "../../local/clock.ts";
import { connect } from "../../local/in-process.ts";
import { kmsService } from "../../local/services/kms.ts";
import { rdsService } from "../../local/services/rds.ts";
import { Twin } from "../../local/twin.ts";

/*
 * What a snapshot does not carry is read from a database as its point is taken.
 */
const region = "eu-west-1";
const plan: Plan = { name: "p", everySeconds: 3_600, rpoSeconds: 7_200, keep: { daily: 1 }, copies: [] };
let client: RDSClient;
let call: (operation: string, input: Record<string, unknown>) => Promise<unknown>;

beforeEach(() => {
  const twin = new Twin({ clock: new VirtualClock() });
  twin.register(kmsService(twin));
  twin.register(rdsService(twin));
  client = connect(new RDSClient({ region }), {
    twin,
    service: "rds",
    region,
    errorClass: RDSServiceException,
  });
  call = (operation, input) => twin.call({ service: "rds", region, operation, input, principal: "test" });
});

test("an instance's class, network, parameters, protection and tags, without AWS's own tags", async () => {
  await call("CreateDBParameterGroup", {
    DBParameterGroupName: "tuned",
    DBParameterGroupFamily: "postgres18",
    Description: "tuned",
  });
  await call("ModifyDBParameterGroup", {
    DBParameterGroupName: "tuned",
    Parameters: [{ ParameterName: "work_mem", ParameterValue: "65536", ApplyMethod: "immediate" }],
  });
  await call("CreateDBInstance", {
    DBInstanceIdentifier: "orders-db",
    Engine: "postgres",
    DBInstanceClass: "db.m7g.large",
    MasterUsername: "owner",
    MasterUserPassword: "not-to-be-kept",
    DBParameterGroupName: "tuned",
    VpcSecurityGroupIds: ["sg-1", "sg-2"],
    DeletionProtection: true,
    BackupRetentionPeriod: 7,
    Tags: [{ Key: "team", Value: "orders" }],
  });
  const context = await readContext(client, {
    name: "orders",
    kind: "rds-instance",
    instance: "orders-db",
    plan,
  });
  expect(DatabaseContext.parse(context)).toMatchObject({
    kind: "instance",
    engine: "postgres",
    masterUsername: "owner",
    securityGroupIds: ["sg-1", "sg-2"],
    parameterGroup: { name: "tuned", family: "postgres18", changed: { work_mem: "65536" } },
    deletionProtection: true,
    backupRetentionDays: 7,
    tags: { team: "orders" },
    instances: [{ id: "orders-db", instanceClass: "db.m7g.large" }],
  });
  expect(JSON.stringify(context)).not.toContain("not-to-be-kept");
});

test("a cluster's members, the writer first", async () => {
  await call("CreateDBCluster", {
    DBClusterIdentifier: "ledger",
    Engine: "aurora-postgresql",
    MasterUsername: "owner",
    MasterUserPassword: "secret-word",
  });
  for (const DBInstanceIdentifier of ["ledger-b", "ledger-a"]) {
    const member = { DBInstanceIdentifier, DBInstanceClass: "db.r7g.large", Engine: "aurora-postgresql" };
    await call("CreateDBInstance", { ...member, DBClusterIdentifier: "ledger" });
  }
  const context = await readContext(client, { name: "ledger", kind: "rds-cluster", cluster: "ledger", plan });
  expect(DatabaseContext.parse(context)).toMatchObject({ kind: "cluster", engine: "aurora-postgresql" });
  expect(context.instances.map(({ id }) => id)).toEqual(["ledger-b", "ledger-a"]);
});

test("a database that is not there is said to be so, by name", async () => {
  const gone = readContext(client, { name: "x", kind: "rds-instance", instance: "gone-db", plan });
  await expect(gone).rejects.toMatchObject({ code: "not-found" });
});
