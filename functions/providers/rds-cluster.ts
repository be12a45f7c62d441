import {
  CopyDBClusterSnapshotCommand,
  CreateDBClusterSnapshotCommand,
  type DBClusterSnapshot,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeDBClusters,
} from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";
import { snapshotId } from "../core/names.ts";
import { Problem } from "../core/problem.ts";
import type { Artefact, Observation, Provider } from "../core/provider.ts";
import { identifierOf } from "../core/source.ts";
import {
  accountQuotas,
  copiesUnderWay,
  createOnce,
  manualQuota,
  type RdsAt,
  removeOurs,
  statusOf,
  tagsOf,
} from "./rds.ts";
import { clusterBackups, keepClusterBackups, ownBackups } from "./rds-automated.ts";

/** Copies across regions that may be in flight into one region (Aurora user guide, copying a cluster snapshot). */
const copiesMax = 5;

/** Aurora DB clusters: points are manual DB cluster snapshots. AWS sends no event for their copies. */
export function rdsClusterProvider({ environment, region, client, vaultKeyArn }: RdsAt): Provider {
  const isPrimary = region === environment.primaryRegion;
  const inspect = async (id: string): Promise<Artefact | undefined> => {
    try {
      const answer = await client.send(
        new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: id }),
      );
      return answer.DBClusterSnapshots?.[0] && artefactOf(answer.DBClusterSnapshots[0]);
    } catch (thrown) {
      const problem = rdsProblem(thrown, id);
      if (problem.code === "not-found") return undefined;
      throw problem;
    }
  };
  return {
    kind: "rds-cluster",
    inspect,
    async observe(): Promise<Observation> {
      const sources: Observation["sources"] = new Map();
      const artefacts: Artefact[] = [];
      const backups: NonNullable<Observation["backups"]> = new Map();
      const quotas = await accountQuotas(client);
      try {
        for await (const page of paginateDescribeDBClusters({ client, pageSize: 100 }, {})) {
          for (const one of page.DBClusters ?? []) {
            sources.set(one.DBClusterIdentifier ?? "", {
              encrypted: one.StorageEncrypted ?? false,
              available: one.Status === "available",
              ...(one.KmsKeyId ? { keyArn: one.KmsKeyId } : {}),
            });
            backups.set(one.DBClusterIdentifier ?? "", ownBackups(one));
          }
        }
        const manual = paginateDescribeDBClusterSnapshots(
          { client, pageSize: 100 },
          { SnapshotType: "manual" },
        );
        for await (const page of manual) {
          for (const one of page.DBClusterSnapshots ?? []) artefacts.push(artefactOf(one));
        }
      } catch (thrown) {
        throw rdsProblem(thrown, "the DB clusters and snapshots");
      }
      return {
        sources,
        artefacts,
        ...(isPrimary ? { backups } : {}),
        manualSnapshots: manualQuota(quotas, "ManualClusterSnapshots", artefacts.length),
        copiesInFlight: { used: copiesUnderWay(artefacts), max: copiesMax },
      };
    },
    take(source, point, attempt) {
      const id = snapshotId(environment, source.name, point, attempt);
      const tags = tagsOf(environment, source, point);
      const command = new CreateDBClusterSnapshotCommand({
        DBClusterSnapshotIdentifier: id,
        DBClusterIdentifier: identifierOf(source),
        Tags: tags,
      });
      return createOnce(() => client.send(command), { id, tags, inspect });
    },
    copy(source, point, fromArn, attempt) {
      const id = snapshotId(environment, source.name, point, attempt);
      const tags = tagsOf(environment, source, point);
      const copyWith = (key: { KmsKeyId?: string }) =>
        client.send(
          new CopyDBClusterSnapshotCommand({
            SourceDBClusterSnapshotIdentifier: fromArn,
            TargetDBClusterSnapshotIdentifier: id,
            CopyTags: false,
            Tags: tags,
            ...key,
          }),
        );
      // A key is mandatory for the copy of an encrypted snapshot and an error for an unencrypted one, and this
      // region cannot ask the other which it is: the key first, then, if that is refused as such, without.
      const create = () =>
        copyWith({ KmsKeyId: vaultKeyArn }).catch((thrown: unknown) => {
          if (thrown instanceof Error && thrown.name === "InvalidParameterCombination") return copyWith({});
          throw thrown;
        });
      return createOnce(create, { id, tags, inspect });
    },
    remove(source, point, attempt) {
      const id = snapshotId(environment, source.name, point, attempt);
      const tags = tagsOf(environment, source, point);
      const command = new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id });
      return removeOurs(() => client.send(command), { id, tags, inspect });
    },
    continuous: {
      look: async () => (isPrimary ? clusterBackups(client) : new Map()),
      keep: (source, days) => keepClusterBackups(client, identifierOf(source), days),
      async replicate() {
        const fix = 'Write pointInTime: "primary" in its plan.';
        throw new Problem("unsupported", "AWS replicates no automated backups of clusters", fix);
      },
    },
  };
}

function artefactOf(one: DBClusterSnapshot): Artefact {
  return {
    id: one.DBClusterSnapshotIdentifier ?? "",
    arn: one.DBClusterSnapshotArn ?? "",
    of: one.DBClusterIdentifier ?? "",
    status: statusOf(one.Status),
    encrypted: one.StorageEncrypted ?? false,
    tags: Object.fromEntries((one.TagList ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""])),
    ...(one.SnapshotCreateTime ? { createdAt: one.SnapshotCreateTime.toISOString() } : {}),
    ...(one.PercentProgress === undefined ? {} : { percentProgress: one.PercentProgress }),
    ...(one.AllocatedStorage === undefined ? {} : { sizeGiB: one.AllocatedStorage }),
    ...(one.KmsKeyId ? { keyArn: one.KmsKeyId } : {}),
    ...(one.SourceDBClusterSnapshotArn ? { copiedFromArn: one.SourceDBClusterSnapshotArn } : {}),
  };
}
