import {
  CopyDBClusterSnapshotCommand,
  type CopyDBClusterSnapshotCommandInput,
  CreateDBClusterSnapshotCommand,
  type DBClusterSnapshot,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
} from "@aws-sdk/client-rds";
import type { Clients } from "./clients.ts";
import {
  availableClusterSnapshot,
  availableInCluster,
  clusterSnapshotOf,
  database,
  removeClusterSnapshotLater,
  tags,
} from "./databases.ts";
import { matches, present, refused, same } from "./expect.ts";
import type { Case, Place } from "./place.ts";

const sorted = (list: DBClusterSnapshot["TagList"] = []) =>
  list.map(({ Key, Value }) => `${Key}=${Value}`).sort();

async function copy(
  place: Place,
  { rds }: Clients,
  from: DBClusterSnapshot,
  more: Partial<CopyDBClusterSnapshotCommandInput>,
): Promise<DBClusterSnapshot> {
  const TargetDBClusterSnapshotIdentifier = place.name("copy");
  const SourceDBClusterSnapshotIdentifier = from.DBClusterSnapshotArn;
  const wish = { SourceDBClusterSnapshotIdentifier, TargetDBClusterSnapshotIdentifier, ...more };
  const made = await rds.send(new CopyDBClusterSnapshotCommand(wish));
  removeClusterSnapshotLater(place, rds, TargetDBClusterSnapshotIdentifier);
  return made.DBClusterSnapshot ?? {};
}

/**
 * Aurora clusters and their snapshots. Aurora encrypts every cluster made since 18 February 2026, so that the refusal to encrypt an
 * unencrypted cluster's snapshot by copying it cannot be tried here.
 */
export const rdsClusterCases: Case[] = [
  {
    name: "RDS cluster: what is not there is refused by its kind: DBClusterNotFoundFault and others",
    async run(place) {
      const { rds } = place.here;
      const DBClusterIdentifier = place.name("none");
      const cluster = rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier }));
      const none = { name: /^DBClusterNotFoundFault$/, status: 404 };
      await refused("a cluster", cluster, none);
      const DBClusterSnapshotIdentifier = place.name("none");
      const snapshot = rds.send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier }));
      await refused("a snapshot", snapshot, { name: /^DBClusterSnapshotNotFoundFault$/, status: 404 });
      const wish = { DBClusterIdentifier, DBClusterSnapshotIdentifier };
      await refused("a snapshot of none", rds.send(new CreateDBClusterSnapshotCommand(wish)), none);
    },
  },
  {
    name: "RDS cluster: a snapshot is creating at first, and available later",
    needs: "database",
    async run(place) {
      const id = await database(place, "cluster");
      const began = await clusterSnapshotOf(place, id, tags);
      same("the status at first", began.Status, "creating");
      same("the cluster", began.DBClusterIdentifier, id);
      await availableInCluster(place, place.here.rds, began.DBClusterSnapshotIdentifier);
    },
  },
  {
    name: "RDS cluster: an available snapshot tells its ARN, its tags and its cluster",
    needs: "database",
    async run(place) {
      const done = await availableClusterSnapshot(place);
      const name = present("the identifier", done.DBClusterSnapshotIdentifier);
      same("the cluster", done.DBClusterIdentifier, await database(place, "cluster"));
      const arn = `arn:aws:rds:${place.here.region}:${await place.account()}:cluster-snapshot:${name}`;
      same("the ARN", done.DBClusterSnapshotArn, arn);
      same("the kind", done.SnapshotType, "manual");
      same("the engine", done.Engine, "aurora-postgresql");
      same("whether it is encrypted", done.StorageEncrypted, true);
      same("the tags", sorted(done.TagList), sorted(tags));
    },
  },
  {
    name: "RDS cluster: an identifier that is taken is DBClusterSnapshotAlreadyExistsFault",
    needs: "database",
    async run(place) {
      const { DBClusterSnapshotIdentifier, DBClusterIdentifier } = await availableClusterSnapshot(place);
      const wish = { DBClusterSnapshotIdentifier, DBClusterIdentifier };
      const again = place.here.rds.send(new CreateDBClusterSnapshotCommand(wish));
      await refused("it", again, { name: /^DBClusterSnapshotAlreadyExistsFault$/, status: 400 });
    },
  },
  {
    name: "RDS cluster: an encrypted snapshot does not go to another region without a key",
    needs: "database",
    async run(place) {
      const from = await availableClusterSnapshot(place);
      const error = { name: /^(InvalidParameter(Combination|Value)|KMSKeyNotAccessibleFault)$/, status: 400 };
      await refused("a copy without a key", copy(place, place.there, from, {}), error);
    },
  },
  {
    name: "RDS cluster: an encrypted snapshot goes to another region with a key of that region",
    needs: "database",
    async run(place) {
      const from = await availableClusterSnapshot(place);
      const own = [{ Key: "own", Value: "1" }];
      const wish = { KmsKeyId: "alias/aws/rds", CopyTags: false, Tags: own };
      const began = await copy(place, place.there, from, wish);
      const done = await availableInCluster(place, place.there.rds, began.DBClusterSnapshotIdentifier);
      same("the source", done.SourceDBClusterSnapshotArn, from.DBClusterSnapshotArn);
      same("the cluster", done.DBClusterIdentifier, from.DBClusterIdentifier);
      same("the tags", sorted(done.TagList), ["own=1"]);
      matches("its key's ARN", done.KmsKeyId, new RegExp(`^arn:aws:kms:${place.there.region}:\\d{12}:key/`));
    },
  },
  {
    name: "RDS cluster: snapshots are listed by their cluster, the manual ones only if so asked",
    needs: "database",
    async run(place) {
      const { DBClusterSnapshotIdentifier, DBClusterIdentifier } = await availableClusterSnapshot(place);
      const list = async (SnapshotType: string) => {
        const wish = { DBClusterIdentifier, SnapshotType };
        const answer = await place.here.rds.send(new DescribeDBClusterSnapshotsCommand(wish));
        return (answer.DBClusterSnapshots ?? []).map((one) => one.DBClusterSnapshotIdentifier);
      };
      same("it is listed", (await list("manual")).includes(DBClusterSnapshotIdentifier), true);
      same(
        "it is not among the automated",
        (await list("automated")).includes(DBClusterSnapshotIdentifier),
        false,
      );
    },
  },
];
