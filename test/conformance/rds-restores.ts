import {
  CreateDBParameterGroupCommand,
  type DBInstance,
  DeleteDBInstanceCommand,
  DeleteDBParameterGroupCommand,
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  type Parameter,
  paginateDescribeDBParameters,
  RemoveTagsFromResourceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
} from "@aws-sdk/client-rds";
import { availableSnapshot, database, whenPossible } from "./databases.ts";
import { holds, present, refused, same } from "./expect.ts";
import type { Case, Place } from "./place.ts";

async function look({ here }: Place, DBInstanceIdentifier: string): Promise<DBInstance | undefined> {
  const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier });
  try {
    return (await here.rds.send(asked)).DBInstances?.[0];
  } catch (thrown) {
    if (thrown instanceof Error && /^DBInstanceNotFound/.test(thrown.name)) return undefined;
    throw thrown;
  }
}

function ready(place: Place, id: string): Promise<DBInstance> {
  return place.until(`${id} available`, async () => {
    const one = await look(place, id);
    return one?.DBInstanceStatus === "available" ? one : undefined;
  });
}

/** Restores the shared snapshot under a name of its own; it is removed when the case is over, whatever it is called then. */
async function restored(place: Place, what: string, names: string[] = []): Promise<string> {
  const { rds } = place.here;
  const { DBSnapshotIdentifier } = await availableSnapshot(place, "plain");
  const DBInstanceIdentifier = place.name(what);
  for (const id of [DBInstanceIdentifier, ...names])
    place.afterwards(`DB instance ${id}`, async () => {
      const one = await look(place, id);
      if (!one || one.DBInstanceStatus === "deleting") return;
      const gone = { DBInstanceIdentifier: id, SkipFinalSnapshot: true };
      await whenPossible(place, () => rds.send(new DeleteDBInstanceCommand(gone)));
    });
  await rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      ...{ DBInstanceIdentifier, DBSnapshotIdentifier, DBInstanceClass: "db.t4g.micro" },
      ...{ BackupRetentionPeriod: 0, PubliclyAccessible: false, DeletionProtection: false },
      Tags: [{ Key: "made-by", Value: "conformance" }],
    }),
  );
  return DBInstanceIdentifier;
}

/** Restoring an instance, and what follows it: names, protection, tags and parameter groups. */
export const rdsRestoreCases: Case[] = [
  {
    name: "RDS restores: a restored database is creating at first, and has the tags of the call and an id of its own",
    needs: "database",
    async run(place) {
      const id = await restored(place, "restored");
      same("the status at first", (await look(place, id))?.DBInstanceStatus, "creating");
      const made = await ready(place, id);
      const source = await look(place, await database(place, "plain"));
      holds("another resource id", made.DbiResourceId !== source?.DbiResourceId);
      const tags = await place.here.rds.send(
        new ListTagsForResourceCommand({ ResourceName: made.DBInstanceArn }),
      );
      same("the tag", tags.TagList?.find(({ Key }) => Key === "made-by")?.Value, "conformance");
    },
  },
  {
    name: "RDS restores: an identifier that is taken is DBInstanceAlreadyExists, a snapshot that is none DBSnapshotNotFound",
    needs: "database",
    async run(place) {
      const { rds } = place.here;
      const DBInstanceIdentifier = await database(place, "plain");
      const { DBSnapshotIdentifier } = await availableSnapshot(place, "plain");
      const again = rds.send(
        new RestoreDBInstanceFromDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier }),
      );
      await refused("the same name", again, { name: /^DBInstanceAlreadyExists(Fault)?$/, status: 400 });
      const none = { DBInstanceIdentifier: place.name("never"), DBSnapshotIdentifier: place.name("none") };
      const nothing = rds.send(new RestoreDBInstanceFromDBSnapshotCommand(none));
      await refused("of nothing", nothing, { name: /^DBSnapshotNotFound(Fault)?$/, status: 404 });
    },
  },
  {
    name: "RDS restores: a database that is renamed keeps its resource id, and its old name is free",
    needs: "database",
    async run(place) {
      const to = place.name("renamed");
      const id = await restored(place, "to-rename", [to]);
      const before = await ready(place, id);
      const names = { DBInstanceIdentifier: id, NewDBInstanceIdentifier: to, ApplyImmediately: true };
      await place.here.rds.send(new ModifyDBInstanceCommand(names));
      const after = await ready(place, to);
      same("the resource id", after.DbiResourceId, before.DbiResourceId);
      same("what has the old name", await look(place, id), undefined);
    },
  },
  {
    name: "RDS restores: a protected database is not deleted, and is once its protection is off; tags are taken away by key",
    needs: "database",
    async run(place) {
      const { rds } = place.here;
      const id = await restored(place, "protected");
      const { DBInstanceArn: ResourceName } = await ready(place, id);
      const protect = (DeletionProtection: boolean) =>
        whenPossible(place, () =>
          rds.send(
            new ModifyDBInstanceCommand({
              DBInstanceIdentifier: id,
              DeletionProtection,
              ApplyImmediately: true,
            }),
          ),
        );
      await protect(true);
      const gone = new DeleteDBInstanceCommand({ DBInstanceIdentifier: id, SkipFinalSnapshot: true });
      const forbidden = { name: /^InvalidParameter(Combination|Value)$/, status: 400 };
      await refused("its deletion", rds.send(gone), forbidden);
      await protect(false);
      await rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ["made-by"] }));
      const { TagList = [] } = await rds.send(new ListTagsForResourceCommand({ ResourceName }));
      same(
        "the tag",
        TagList.find(({ Key }) => Key === "made-by"),
        undefined,
      );
      await ready(place, id);
      await rds.send(gone);
    },
  },
  {
    name: "RDS restores: a parameter group has what was set in it, 20 at a time, and its name is taken once",
    async run(place) {
      const { rds } = place.here;
      const DBParameterGroupName = place.name("group");
      const wish = { DBParameterGroupFamily: "postgres16", Description: "conformance" };
      const create = () => rds.send(new CreateDBParameterGroupCommand({ DBParameterGroupName, ...wish }));
      await create();
      place.afterwards(`parameter group ${DBParameterGroupName}`, () =>
        rds.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName })),
      );
      await refused("the same name", create(), {
        name: /^DBParameterGroupAlreadyExists(Fault)?$/,
        status: 400,
      });
      const ApplyMethod = "pending-reboot" as const;
      const Parameters = [{ ParameterName: "work_mem", ParameterValue: "65536", ApplyMethod }];
      await rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName, Parameters }));
      const set: Parameter[] = [];
      const asked = { DBParameterGroupName, Source: "user" };
      for await (const page of paginateDescribeDBParameters({ client: rds }, asked))
        set.push(...(page.Parameters ?? []));
      same(
        "what is set",
        set.map(({ ParameterName, ParameterValue }) => `${ParameterName}=${ParameterValue}`),
        ["work_mem=65536"],
      );
      const many = Array.from({ length: 21 }, (_, i) => ({
        ParameterName: `p${i}`,
        ParameterValue: "1",
        ApplyMethod,
      }));
      const tooMany = rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName, Parameters: many }));
      await refused("21 at once", tooMany, {
        name: /^(InvalidParameterValue|ValidationError)$/,
        status: 400,
      });
    },
  },
  {
    name: "RDS restores: a group that is not there is refused by its kind",
    async run(place) {
      const { rds } = place.here;
      const name = place.name("none");
      const group = rds.send(new DescribeDBParameterGroupsCommand({ DBParameterGroupName: name }));
      await refused("a parameter group", group, { name: /^DBParameterGroupNotFound(Fault)?$/, status: 404 });
      const subnets = rds.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: name }));
      await refused("a subnet group", subnets, { name: /^DBSubnetGroupNotFoundFault$/, status: 404 });
    },
  },
  {
    name: "RDS restores: a master password that RDS manages is in a secret that the database names",
    needs: "database",
    async run(place) {
      const { rds } = place.here;
      const id = await restored(place, "managed");
      await ready(place, id);
      const wish = { DBInstanceIdentifier: id, ManageMasterUserPassword: true, ApplyImmediately: true };
      await whenPossible(place, () => rds.send(new ModifyDBInstanceCommand(wish)));
      const arn = await place.until(
        "a secret",
        async () => (await look(place, id))?.MasterUserSecret?.SecretArn,
      );
      holds("it is RDS's own", /:secret:rds!/.test(present("the secret's ARN", arn)));
    },
  },
];
