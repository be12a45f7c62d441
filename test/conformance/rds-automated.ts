import {
  CreateDBClusterCommand,
  type DBInstance,
  type DBInstanceAutomatedBackup,
  DeleteDBClusterAutomatedBackupCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceAutomatedBackupCommand,
  DescribeDBClusterAutomatedBackupsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  type RDSClient,
  RestoreDBClusterToPointInTimeCommand,
  StartDBInstanceAutomatedBackupsReplicationCommand,
  type StartDBInstanceAutomatedBackupsReplicationCommandInput,
  StopDBInstanceAutomatedBackupsReplicationCommand,
} from "@aws-sdk/client-rds";
import { database, whenPossible } from "./databases.ts";
import { holds, matches, present, refused, same } from "./expect.ts";
import type { Case, Place } from "./place.ts";

async function described(place: Place, DBInstanceIdentifier: string): Promise<DBInstance> {
  const { rds } = place.here;
  const answer = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
  return answer.DBInstances?.[0] ?? {};
}

/** The automated backups of a database that a region lists, page after page. */
async function listed(rds: RDSClient, arn: string | undefined): Promise<DBInstanceAutomatedBackup[]> {
  const found: DBInstanceAutomatedBackup[] = [];
  let Marker: string | undefined;
  do {
    const page = await rds.send(
      new DescribeDBInstanceAutomatedBackupsCommand({ MaxRecords: 20, ...(Marker ? { Marker } : {}) }),
    );
    found.push(
      ...(page.DBInstanceAutomatedBackups ?? []).filter(({ DBInstanceArn }) => DBInstanceArn === arn),
    );
    Marker = page.Marker;
  } while (Marker);
  return found;
}

/** Begins a replication into the other region; what it leaves is removed when the case is over. */
async function replicate(
  place: Place,
  SourceDBInstanceArn: string,
  more: Partial<StartDBInstanceAutomatedBackupsReplicationCommandInput>,
): Promise<void> {
  const { rds } = place.there;
  const start = { SourceDBInstanceArn, ...more };
  await whenPossible(place, () => rds.send(new StartDBInstanceAutomatedBackupsReplicationCommand(start)));
  place.afterwards(`the replica of ${SourceDBInstanceArn}`, async () => {
    await stop(place, SourceDBInstanceArn).catch(() => undefined);
    for (const { DBInstanceAutomatedBackupsArn } of await listed(rds, SourceDBInstanceArn)) {
      const one = new DeleteDBInstanceAutomatedBackupCommand({ DBInstanceAutomatedBackupsArn });
      await whenPossible(place, () => rds.send(one));
    }
  });
}

function stop({ there }: Place, SourceDBInstanceArn: string): Promise<unknown> {
  return there.rds.send(new StopDBInstanceAutomatedBackupsReplicationCommand({ SourceDBInstanceArn }));
}

/** Automated backups: for how long they are kept, up to when they reach, and their replication. */
export const rdsAutomatedCases: Case[] = [
  {
    name: "RDS automated backups: a database says for how many days they are kept, and up to when it can be restored",
    needs: "database",
    async run(place) {
      const id = await database(place, "kept");
      const kept = await place.until("a latest restorable time", async () => {
        const one = await described(place, id);
        return one.LatestRestorableTime ? one : undefined;
      });
      holds("it keeps at least the day that was asked for", Number(kept.BackupRetentionPeriod) >= 1);
      const latest = present("the latest restorable time", kept.LatestRestorableTime);
      holds("that is no later than now", latest.getTime() <= Date.now() + 60_000);
      const off = await described(place, await database(place, "plain"));
      same("without, the days", off.BackupRetentionPeriod, 0);
      same("without, the latest restorable time", off.LatestRestorableTime, undefined);
    },
  },
  {
    name: "RDS automated backups: a region lists those of its own databases, with the moments that they reach",
    needs: "database",
    async run(place) {
      const { DBInstanceArn } = await described(place, await database(place, "kept"));
      const [own] = await place.until("automated backups with a window", async () => {
        const found = await listed(place.here.rds, DBInstanceArn);
        return found[0]?.RestoreWindow?.LatestTime ? found : undefined;
      });
      same("the region", own?.Region, place.here.region);
      matches("the status", own?.Status, /^(active|creating)$/);
      const { EarliestTime, LatestTime } = own?.RestoreWindow ?? {};
      const [from, to] = [present("the earliest", EarliestTime), present("the latest", LatestTime)];
      holds("the window has its ends in order", from.getTime() <= to.getTime());
      const other = await described(place, await database(place, "plain"));
      same("those of a database without", await listed(place.here.rds, other.DBInstanceArn), []);
    },
  },
  {
    name: "RDS automated backups: another number of days does not wait for the maintenance window; 36 are refused",
    needs: "database",
    async run(place) {
      const DBInstanceIdentifier = await database(place, "kept");
      const modify = (BackupRetentionPeriod: number) =>
        place.here.rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, BackupRetentionPeriod }));
      await whenPossible(place, () => modify(3));
      await place.until("three days", async () => {
        const { BackupRetentionPeriod: days } = await described(place, DBInstanceIdentifier);
        return days === 3 || undefined;
      });
      await refused("36 days", modify(36), { name: /^InvalidParameter(Value|Combination)$/, status: 400 });
    },
  },
  {
    name: "RDS automated backups: those of a cluster are always on, and kept for as many days as it is told",
    needs: "database",
    async run(place) {
      const DBClusterIdentifier = await database(place, "cluster");
      const { rds } = place.here;
      const change = { DBClusterIdentifier, BackupRetentionPeriod: 2 };
      await whenPossible(place, () => rds.send(new ModifyDBClusterCommand(change)));
      await place.until("two days, and a latest restorable time", async () => {
        const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier }));
        const { BackupRetentionPeriod: days, LatestRestorableTime } = DBClusters?.[0] ?? {};
        return (days === 2 && LatestRestorableTime !== undefined) || undefined;
      });
    },
  },
  {
    name: "RDS automated backups: a cluster that is deleted may leave its own, and they restore it by its resource id",
    needs: "database",
    async run(place) {
      const { rds } = place.here;
      const DBClusterIdentifier = place.name("leaving");
      const login = { MasterUsername: "conformance", MasterUserPassword: place.name("word") };
      const { DBCluster: made } = await rds.send(
        new CreateDBClusterCommand({ DBClusterIdentifier, Engine: "aurora-postgresql", ...login }),
      );
      const arn = present("the ARN", made?.DBClusterArn);
      await place.until("a cluster with a window", async () => {
        const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier }));
        const { Status, LatestRestorableTime } = DBClusters?.[0] ?? {};
        return (Status === "available" && LatestRestorableTime !== undefined) || undefined;
      });
      const leave = { DBClusterIdentifier, SkipFinalSnapshot: true, DeleteAutomatedBackups: false };
      await whenPossible(place, () => rds.send(new DeleteDBClusterCommand(leave)));
      const DbClusterResourceId = made?.DbClusterResourceId;
      place.afterwards(`the backups of ${DBClusterIdentifier}`, () =>
        whenPossible(place, () =>
          rds.send(new DeleteDBClusterAutomatedBackupCommand({ DbClusterResourceId })),
        ),
      );
      const Filters = [
        { Name: "status", Values: ["retained"] },
        { Name: "db-cluster-id", Values: [arn] },
      ];
      const left = await place.until("backups that are only retained", async () => {
        const asked = new DescribeDBClusterAutomatedBackupsCommand({ Filters });
        const [one] = (await rds.send(asked)).DBClusterAutomatedBackups ?? [];
        return one?.RestoreWindow?.LatestTime ? one : undefined;
      });
      same("the resource id", left.DbClusterResourceId, DbClusterResourceId);
      same("the ARN", left.DBClusterArn, arn);
      same("the status", left.Status, "retained");
      const again = place.name("again");
      const wish = { DBClusterIdentifier: again, UseLatestRestorableTime: true };
      await whenPossible(place, () =>
        rds.send(
          new RestoreDBClusterToPointInTimeCommand({
            ...wish,
            SourceDbClusterResourceId: DbClusterResourceId,
          }),
        ),
      );
      place.afterwards(`DB cluster ${again}`, () =>
        whenPossible(place, () =>
          rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: again, SkipFinalSnapshot: true })),
        ),
      );
    },
  },
  {
    name: "RDS automated backups: those of nothing are not replicated, those of an encrypted database not without a key",
    needs: "database",
    async run(place) {
      const { rds } = place.there;
      const start = (SourceDBInstanceArn: string | undefined) =>
        rds.send(new StartDBInstanceAutomatedBackupsReplicationCommand({ SourceDBInstanceArn }));
      const arn = `arn:aws:rds:${place.here.region}:${await place.account()}:db:${place.name("none")}`;
      await refused("those of nothing", start(arn), { name: /^DBInstanceNotFound(Fault)?$/, status: 404 });
      const { DBInstanceArn } = await described(place, await database(place, "kept"));
      await refused("a replication without a key", start(DBInstanceArn), {
        name: /^(InvalidParameter(Combination|Value)|KMSKeyNotAccessible(Fault)?|InvalidDBInstanceState(Fault)?)$/,
        status: 400,
      });
    },
  },
  {
    name: "RDS automated backups: a replica is in the region that began it, with its own days and key, until it is stopped",
    needs: "database",
    async run(place) {
      const { DBInstanceArn = "" } = await described(place, await database(place, "kept"));
      await replicate(place, DBInstanceArn, { KmsKeyId: "alias/aws/rds", BackupRetentionPeriod: 2 });
      const replica = await place.until("a replica in the other region", async () => {
        const [one] = await listed(place.there.rds, DBInstanceArn);
        return one?.KmsKeyId ? one : undefined;
      });
      same("the region that it is of", replica.Region, place.here.region);
      same("its days", replica.BackupRetentionPeriod, 2);
      matches("its status", replica.Status, /^(replicating|active|creating|pending)$/);
      matches("its key", replica.KmsKeyId, new RegExp(`^arn:aws:kms:${place.there.region}:`));
      const own = new RegExp(`^arn:aws:rds:${place.there.region}:\\d{12}:auto-backup:`);
      matches("its ARN", replica.DBInstanceAutomatedBackupsArn, own);
      await whenPossible(place, () => stop(place, DBInstanceArn));
      await place.until("a replica that is only retained", async () => {
        const [one] = await listed(place.there.rds, DBInstanceArn);
        return one === undefined || one.Status === "retained" || undefined;
      });
    },
  },
];
