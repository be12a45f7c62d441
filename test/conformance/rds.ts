import {
  AddTagsToResourceCommand,
  CopyDBSnapshotCommand,
  type CopyDBSnapshotCommandInput,
  CreateDBSnapshotCommand,
  type DBSnapshot,
  DeleteDBSnapshotCommand,
  DescribeAccountAttributesCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  type DescribeDBSnapshotsCommandInput,
} from "@aws-sdk/client-rds";
import type { Clients } from "./clients.ts";
import { available, availableSnapshot, database, removeLater, snapshotOf, tags } from "./databases.ts";
import { holds, matches, present, refused, same } from "./expect.ts";
import type { Case, Place } from "./place.ts";

const sorted = (list: DBSnapshot["TagList"] = []) => list.map(({ Key, Value }) => `${Key}=${Value}`).sort();

/** Begins a copy at a region's client. */
async function copy(
  place: Place,
  { rds }: Clients,
  from: DBSnapshot,
  more: Partial<CopyDBSnapshotCommandInput>,
) {
  const TargetDBSnapshotIdentifier = place.name("copy");
  const SourceDBSnapshotIdentifier = from.DBSnapshotArn;
  const wish = { SourceDBSnapshotIdentifier, TargetDBSnapshotIdentifier, ...more };
  const made = await rds.send(new CopyDBSnapshotCommand(wish));
  removeLater(place, rds, TargetDBSnapshotIdentifier);
  return made.DBSnapshot ?? {};
}

/** DB instances and their snapshots. */
export const rdsCases: Case[] = [
  {
    name: "RDS: the account's quotas tell how many manual snapshots of each kind there are and may be",
    async run({ here }) {
      const { AccountQuotas = [] } = await here.rds.send(new DescribeAccountAttributesCommand({}));
      for (const name of ["ManualSnapshots", "ManualClusterSnapshots"]) {
        const quota = AccountQuotas.find(({ AccountQuotaName }) => AccountQuotaName === name);
        const { Used, Max } = present(`the quota ${name}`, quota);
        holds(`${name} has a use from 0 to its maximum`, Number(Used) >= 0 && Number(Used) <= Number(Max));
        holds(`${name} has a maximum of 100 or more`, Number(Max) >= 100);
      }
    },
  },
  {
    name: "RDS: what is not there is refused by its kind: DBInstanceNotFound, DBSnapshotNotFound",
    async run(place) {
      const { rds } = place.here;
      const instance = rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: place.name("none") }));
      const noInstance = { name: /^DBInstanceNotFound(Fault)?$/, status: 404 };
      const noSnapshot = { name: /^DBSnapshotNotFound(Fault)?$/, status: 404 };
      await refused("an instance", instance, noInstance);
      const DBSnapshotIdentifier = place.name("none");
      const snapshot = rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }));
      await refused("a snapshot", snapshot, noSnapshot);
      const wish = { DBSnapshotIdentifier, DBInstanceIdentifier: place.name("none") };
      await refused("a snapshot of none", rds.send(new CreateDBSnapshotCommand(wish)), noInstance);
      const arn = `arn:aws:rds:${place.there.region}:${await place.account()}:snapshot:${place.name("none")}`;
      await refused("a copy of none", copy(place, place.here, { DBSnapshotArn: arn }, {}), noSnapshot);
    },
  },
  {
    name: "RDS: a page has 20 to 100 records; other sizes are refused with InvalidParameterValue",
    async run({ here }) {
      for (const MaxRecords of [19, 101]) {
        const list = here.rds.send(new DescribeDBSnapshotsCommand({ MaxRecords }));
        await refused(`MaxRecords ${MaxRecords}`, list, { name: /^InvalidParameterValue$/, status: 400 });
      }
    },
  },
  {
    name: "RDS: a snapshot is creating at first, and available later",
    needs: "database",
    async run(place) {
      const id = await database(place, "plain");
      const began = await snapshotOf(place, id);
      same("the status at first", began.Status, "creating");
      same("the database", began.DBInstanceIdentifier, id);
      await available(place, place.here.rds, began.DBSnapshotIdentifier);
    },
  },
  {
    name: "RDS: an available snapshot tells its ARN, its tags and what it was taken of",
    needs: "database",
    async run(place) {
      const done = await availableSnapshot(place, "plain");
      const name = present("the identifier", done.DBSnapshotIdentifier);
      same("the database", done.DBInstanceIdentifier, await database(place, "plain"));
      const arn = `arn:aws:rds:${place.here.region}:${await place.account()}:snapshot:${name}`;
      same("the ARN", done.DBSnapshotArn, arn);
      same("the kind", done.SnapshotType, "manual");
      same("the progress", done.PercentProgress, 100);
      same("the engine", done.Engine, "postgres");
      same("the size", done.AllocatedStorage, 20);
      same("whether it is encrypted", done.Encrypted, false);
      same("the tags", sorted(done.TagList), sorted(tags));
      const ageMs = Date.now() - present("the time", done.SnapshotCreateTime).getTime();
      holds("it was made just now", Math.abs(ageMs) < 3_600_000);
      same("where it was copied from", done.SourceDBSnapshotIdentifier, undefined);
    },
  },
  {
    name: "RDS: while a snapshot is being made, its database takes no second one, nor is it deleted",
    needs: "database",
    async run(place) {
      const id = await database(place, "plain");
      const { DBSnapshotIdentifier } = await snapshotOf(place, id);
      const second = { DBInstanceIdentifier: id, DBSnapshotIdentifier: place.name("second") };
      const { rds } = place.here;
      const state = { name: /^InvalidDBInstanceState(Fault)?$/, status: 400 };
      await refused("a second snapshot", rds.send(new CreateDBSnapshotCommand(second)), state);
      const removed = rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier }));
      await refused("its deletion", removed, { name: /^InvalidDBSnapshotState(Fault)?$/, status: 400 });
    },
  },
  {
    name: "RDS: an identifier that is taken is DBSnapshotAlreadyExists, and upper case is no other name",
    needs: "database",
    async run(place) {
      const { DBSnapshotIdentifier: taken = "" } = await availableSnapshot(place, "plain");
      const DBInstanceIdentifier = await database(place, "plain");
      const again = (DBSnapshotIdentifier: string) =>
        place.here.rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier }));
      const exists = { name: /^DBSnapshotAlreadyExists(Fault)?$/, status: 400 };
      await refused("the same name", again(taken), exists);
      await refused("the same name in upper case", again(taken.toUpperCase()), exists);
      const wrong = { name: /^InvalidParameterValue$/, status: 400 };
      await refused("a name with two hyphens together", again("two--hyphens"), wrong);
      await refused("a name with a hyphen at its end", again("hyphen-"), wrong);
      await refused("a name that begins with a digit", again("1st"), wrong);
    },
  },
  {
    name: "RDS: tags whose key begins with aws: are refused",
    needs: "database",
    async run(place) {
      const DBInstanceIdentifier = await database(place, "plain");
      const { rds } = place.here;
      const own = { DBInstanceIdentifier, DBSnapshotIdentifier: place.name("own") };
      const Tags = [{ Key: "aws:backup", Value: "x" }];
      const refusal = { name: /^Invalid(ParameterValue|ParameterCombination|Tag\w*)$/, status: 400 };
      await refused("an aws: tag", rds.send(new CreateDBSnapshotCommand({ ...own, Tags })), refusal);
    },
  },
  {
    name: "RDS: tags are added to a snapshot and replaced by their keys",
    needs: "database",
    async run(place) {
      const { rds } = place.here;
      const snapshot = await snapshotOf(place, await database(place, "plain"), tags);
      const ResourceName = snapshot.DBSnapshotArn;
      const more = [
        { Key: "conformance", Value: "changed" },
        { Key: "more", Value: "ä b/c=d" },
      ];
      await rds.send(new AddTagsToResourceCommand({ ResourceName, Tags: more }));
      const { TagList } = await available(place, rds, snapshot.DBSnapshotIdentifier);
      same("the tags", sorted(TagList), ["conformance=changed", "empty=", "more=ä b/c=d"]);
    },
  },
  {
    name: "RDS: a copy is copying or creating at first",
    needs: "database",
    async run(place) {
      const began = await copy(place, place.there, await availableSnapshot(place, "plain"), {});
      matches("the status at first", began.Status, /^(copying|creating)$/);
    },
  },
  {
    name: "RDS: a copy is made in the region that is called, and tells where it came from",
    needs: "database",
    async run(place) {
      const from = await availableSnapshot(place, "plain");
      const own = [{ Key: "own", Value: "1" }];
      const began = await copy(place, place.there, from, { CopyTags: false, Tags: own });
      const done = await available(place, place.there.rds, began.DBSnapshotIdentifier);
      matches("the ARN", done.DBSnapshotArn, new RegExp(`^arn:aws:rds:${place.there.region}:`));
      same("the source", done.SourceDBSnapshotIdentifier, from.DBSnapshotArn);
      same("the source's region", done.SourceRegion, place.here.region);
      same("the database", done.DBInstanceIdentifier, from.DBInstanceIdentifier);
      same("the kind", done.SnapshotType, "manual");
      same("the tags, the request's only", sorted(done.TagList), ["own=1"]);
      same("whether it is encrypted", done.Encrypted, false);
      const TargetDBSnapshotIdentifier = began.DBSnapshotIdentifier ?? "";
      const again = copy(place, place.there, from, { TargetDBSnapshotIdentifier });
      await refused("the same name", again, { name: /^DBSnapshotAlreadyExists(Fault)?$/, status: 400 });
    },
  },
  {
    name: "RDS: a copy can bring the tags along, and can be encrypted on its way",
    needs: "database",
    async run(place) {
      const from = await availableSnapshot(place, "plain");
      const began = await copy(place, place.there, from, { CopyTags: true, KmsKeyId: "alias/aws/rds" });
      const done = await available(place, place.there.rds, began.DBSnapshotIdentifier);
      same("the tags", sorted(done.TagList), sorted(tags));
      same("whether it is encrypted", done.Encrypted, true);
      matches("the key's ARN", done.KmsKeyId, new RegExp(`^arn:aws:kms:${place.there.region}:\\d{12}:key/`));
    },
  },
  {
    name: "RDS: an encrypted snapshot does not go to another region without a key",
    needs: "database",
    async run(place) {
      const bare = copy(place, place.there, await availableSnapshot(place, "encrypted"), {});
      const error = {
        name: /^(InvalidParameter(Combination|Value)|KMSKeyNotAccessible(Fault)?)$/,
        status: 400,
      };
      await refused("a copy without a key", bare, error);
    },
  },
  {
    name: "RDS: an encrypted snapshot goes to another region with a key of that region",
    needs: "database",
    async run(place) {
      const from = await availableSnapshot(place, "encrypted");
      same("whether the source is encrypted", from.Encrypted, true);
      const began = await copy(place, place.there, from, { KmsKeyId: "alias/aws/rds" });
      const done = await available(place, place.there.rds, began.DBSnapshotIdentifier);
      same("whether the copy is encrypted", done.Encrypted, true);
      matches("its key's ARN", done.KmsKeyId, new RegExp(`^arn:aws:kms:${place.there.region}:\\d{12}:key/`));
    },
  },
  {
    name: "RDS: snapshots are listed page after page, each once, and only those asked for",
    needs: "database",
    async run(place) {
      const from = await availableSnapshot(place, "plain");
      const names = new Set<string | undefined>([from.DBSnapshotIdentifier]);
      for (let i = 0; i < 20; i++) names.add((await copy(place, place.here, from, {})).DBSnapshotIdentifier);
      const list = (more: DescribeDBSnapshotsCommandInput) =>
        place.here.rds.send(new DescribeDBSnapshotsCommand({ MaxRecords: 20, ...more }));
      const { DBInstanceIdentifier } = from;
      const found: (string | undefined)[] = [];
      let Marker: string | undefined;
      let pages = 0;
      do {
        const page = await list({
          DBInstanceIdentifier,
          SnapshotType: "manual",
          ...(Marker ? { Marker } : {}),
        });
        const { DBSnapshots = [] } = page;
        holds("a page has 20 records or fewer", DBSnapshots.length <= 20);
        found.push(...DBSnapshots.map((one) => one.DBSnapshotIdentifier));
        Marker = page.Marker;
      } while (Marker && ++pages < 10);
      same("the number listed more than once", found.length - new Set(found).size, 0);
      same(
        "those not listed",
        [...names].filter((name) => !found.includes(name)),
        [],
      );
      const automated = await list({ DBInstanceIdentifier, SnapshotType: "automated" });
      same("the automated ones", automated.DBSnapshots ?? [], []);
    },
  },
];
