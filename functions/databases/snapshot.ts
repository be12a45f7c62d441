import {
  CreateDBClusterSnapshotCommand,
  CreateDBSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
} from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";
import { type DatabaseRef, tagList } from "./describe.ts";

/** Begins a snapshot. Throws the SDK's errors. */
export async function snapshot(
  client: RDSClient,
  { kind, id }: DatabaseRef,
  name: string,
  tags: Record<string, string>,
): Promise<void> {
  const Tags = tagList(tags);
  if (kind === "instance") {
    const own = { DBInstanceIdentifier: id, DBSnapshotIdentifier: name };
    await client.send(new CreateDBSnapshotCommand({ ...own, Tags }));
  } else {
    const own = { DBClusterIdentifier: id, DBClusterSnapshotIdentifier: name };
    await client.send(new CreateDBClusterSnapshotCommand({ ...own, Tags }));
  }
}

/** RDS's word for how far a snapshot is; undefined where there is none. Throws the SDK's errors. */
export async function snapshotStatus(
  client: RDSClient,
  kind: DatabaseRef["kind"],
  name: string,
): Promise<string | undefined> {
  try {
    if (kind === "instance") {
      const asked = new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: name });
      return (await client.send(asked)).DBSnapshots?.[0]?.Status;
    }
    const asked = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: name });
    return (await client.send(asked)).DBClusterSnapshots?.[0]?.Status;
  } catch (thrown) {
    if (rdsProblem(thrown, name).code === "not-found") return undefined;
    throw thrown;
  }
}
