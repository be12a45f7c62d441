import {
  AddTagsToResourceCommand,
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  CreateOptionGroupCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBParametersCommand,
  DescribeDBSubnetGroupsCommand,
  DescribeOptionGroupsCommand,
  ListTagsForResourceCommand,
  ModifyDBParameterGroupCommand,
  RDSClient,
  RemoveTagsFromResourceCommand,
  RestoreDBInstanceToPointInTimeCommand,
  StartDBInstanceAutomatedBackupsReplicationCommand,
  StopDBInstanceAutomatedBackupsReplicationCommand,
} from "@aws-sdk/client-rds";
import { beforeEach, describe, expect, test } from "vitest";
import type { VirtualClock } from "../../local/clock.ts";
import { serve } from "../../local/server.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { look, ordersDb } from "./stand-in.ts";

/*
 * What restores need besides snapshots, as names on a virtual clock: automated backups, groups, tags, and the wire.
 */
let clock: VirtualClock;
let here: RDSClient;
let there: RDSClient;
let built: Awaited<ReturnType<typeof ordersDb>>;
const DBInstanceIdentifier = "orders-db";

async function putUp() {
  built = await ordersDb();
  ({ clock, here, there } = built);
}

beforeEach(putUp);

describe("automated backups", () => {
  const listed = async (client: RDSClient) =>
    (await client.send(new DescribeDBInstanceAutomatedBackupsCommand({}))).DBInstanceAutomatedBackups;

  test("reach as far back as the retention period says, and up to five minutes ago", async () => {
    clock.advance(10 * 86_400_000 + 123_000);
    const [backups] = (await listed(here)) ?? [];
    const latest = backups?.RestoreWindow?.LatestTime?.getTime() ?? 0;
    expect(clock.now() - latest).toBeLessThan(300_000);
    expect(latest - (backups?.RestoreWindow?.EarliestTime?.getTime() ?? 0)).toBe(3 * 86_400_000);
    expect((await look(here, DBInstanceIdentifier))?.LatestRestorableTime?.getTime()).toBe(latest);
  });

  test("are replicated with a key of the other region, restore there, and outlive their source", async () => {
    const SourceDBInstanceArn = (await look(here, DBInstanceIdentifier))?.DBInstanceArn;
    const start = (input: object) =>
      there.send(new StartDBInstanceAutomatedBackupsReplicationCommand({ SourceDBInstanceArn, ...input }));
    await expect(start({})).rejects.toMatchObject({ name: "InvalidParameterCombination" });
    await start({ KmsKeyId: "alias/aws/rds", BackupRetentionPeriod: 14 });
    clock.advance(3_600_000);
    expect(await look(here, DBInstanceIdentifier)).toMatchObject({
      DBInstanceAutomatedBackupsReplications: [{}],
    });
    await here.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }));
    clock.advance(3_600_000);
    expect(await listed(here)).toEqual([]);
    const [replica] = (await listed(there)) ?? [];
    expect(replica).toMatchObject({ Status: "retained", Region: "eu-west-1", BackupRetentionPeriod: 14 });
    await there.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceAutomatedBackupsArn: replica?.DBInstanceAutomatedBackupsArn,
        TargetDBInstanceIdentifier: "elsewhere",
        RestoreTime: replica?.RestoreWindow?.LatestTime,
      }),
    );
    clock.advance(600_000);
    const restored = await look(there, "elsewhere");
    expect(restored?.DBInstanceStatus).toBe("available");
    expect(restored?.KmsKeyId).toMatch(/^arn:aws:kms:eu-central-1:/);
    clock.advance(14 * 86_400_000);
    expect(await listed(there)).toMatchObject([{ DBInstanceIdentifier: "elsewhere" }]);
  });

  test("whose replication is stopped are retained in the other region", async () => {
    const SourceDBInstanceArn = (await look(here, DBInstanceIdentifier))?.DBInstanceArn;
    const KmsKeyId = "alias/aws/rds";
    await there.send(
      new StartDBInstanceAutomatedBackupsReplicationCommand({ SourceDBInstanceArn, KmsKeyId }),
    );
    const stop = () =>
      there.send(new StopDBInstanceAutomatedBackupsReplicationCommand({ SourceDBInstanceArn }));
    await stop();
    expect(await listed(there)).toMatchObject([{ Status: "retained" }]);
    await expect(stop()).rejects.toMatchObject({ name: "DBInstanceNotFound" });
  });
});

test("parameter and option groups are created, described and changed, and what is not there is said so", async () => {
  const DBParameterGroupName = "tuned";
  const about = { DBParameterGroupFamily: "postgres17", Description: "tuned" };
  await here.send(new CreateDBParameterGroupCommand({ DBParameterGroupName, ...about }));
  const changed = { ParameterName: "work_mem", ParameterValue: "65536", ApplyMethod: "immediate" as const };
  await here.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName, Parameters: [changed] }));
  const asked = new DescribeDBParametersCommand({ DBParameterGroupName, Source: "user" });
  expect((await here.send(asked)).Parameters).toMatchObject([changed]);
  await expect(here.send(new DescribeDBParametersCommand({ DBParameterGroupName }))).rejects.toMatchObject({
    name: "NotEmulated",
  });
  const engine = { EngineName: "postgres", MajorEngineVersion: "17", OptionGroupDescription: "none" };
  await here.send(new CreateOptionGroupCommand({ OptionGroupName: "opts", ...engine }));
  expect((await here.send(new DescribeOptionGroupsCommand({}))).OptionGroupsList).toMatchObject([engine]);
  const none = new DescribeDBParameterGroupsCommand({ DBParameterGroupName: "none" });
  await expect(here.send(none)).rejects.toMatchObject({ name: "DBParameterGroupNotFound" });
});

test("a password that RDS manages is in Secrets Manager, and the instance says where", async () => {
  built.twin.register(secretsService(built.twin));
  const own = { DBInstanceIdentifier: "managed", DBInstanceClass: "db.t4g.micro", Engine: "postgres" };
  await here.send(
    new CreateDBInstanceCommand({ ...own, MasterUsername: "boss", ManageMasterUserPassword: true }),
  );
  const SecretId = (await look(here, "managed"))?.MasterUserSecret?.SecretArn;
  const call = { service: "secretsmanager", region: "eu-west-1", principal: "test" } as const;
  const read = await built.twin.call({ ...call, operation: "GetSecretValue", input: { SecretId } });
  expect(JSON.parse((read as { SecretString: string }).SecretString)).toMatchObject({ username: "boss" });
});

test("instances and clusters have tags that can be added and removed", async () => {
  const ResourceName = (await look(here, DBInstanceIdentifier))?.DBInstanceArn;
  await here.send(new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key: "a", Value: "1" }] }));
  await here.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ["team"] }));
  const { TagList } = await here.send(new ListTagsForResourceCommand({ ResourceName }));
  expect(TagList).toEqual([{ Key: "a", Value: "1" }]);
});

test("what a restore needs to know of a database arrives over HTTP as it was given", async () => {
  const serving = await serve(built.twin);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new RDSClient({ region: "eu-west-1", endpoint: serving.url, credentials });
  const instance = await look(client, DBInstanceIdentifier);
  expect(instance).toMatchObject({
    DBSubnetGroup: {
      DBSubnetGroupName: "private",
      Subnets: [{ SubnetIdentifier: "subnet-1" }, { SubnetIdentifier: "subnet-2" }],
    },
    VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-1" }, { VpcSecurityGroupId: "sg-2" }],
    DBParameterGroups: [{ DBParameterGroupName: "default.postgres17" }],
    EnabledCloudwatchLogsExports: ["postgresql"],
    BackupRetentionPeriod: 3,
    DeletionProtection: false,
  });
  const groups = await client.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: "private" }));
  expect(groups.DBSubnetGroups).toMatchObject([{ Subnets: [{}, {}] }]);
  const restored = await client.send(
    new RestoreDBInstanceToPointInTimeCommand({
      SourceDBInstanceIdentifier: DBInstanceIdentifier,
      TargetDBInstanceIdentifier: "over-http",
      UseLatestRestorableTime: true,
      VpcSecurityGroupIds: ["sg-7"],
      Port: 6_000,
      Tags: [{ Key: "ttl", Value: "true" }],
    }),
  );
  expect(restored.DBInstance).toMatchObject({
    DbiResourceId: expect.stringMatching(/^db-/),
    VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-7" }],
    TagList: [{ Key: "ttl", Value: "true" }],
  });
  await client.send(
    new CreateDBClusterCommand({ DBClusterIdentifier: "ledger", Engine: "aurora-postgresql" }),
  );
  await client.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: "ledger-1",
      DBClusterIdentifier: "ledger",
      DBInstanceClass: "db.r6g.large",
      Engine: "aurora-postgresql",
    }),
  );
  const { DBClusters } = await client.send(new DescribeDBClustersCommand({}));
  expect(DBClusters).toMatchObject([
    { DBClusterMembers: [{ DBInstanceIdentifier: "ledger-1", IsClusterWriter: true, PromotionTier: 1 }] },
  ]);
  const Filters = [{ Name: "db-cluster-id", Values: ["ledger"] }];
  const members = await client.send(new DescribeDBInstancesCommand({ Filters }));
  expect(members.DBInstances).toMatchObject([{ DBInstanceIdentifier: "ledger-1" }]);
  await serving.close();
});
