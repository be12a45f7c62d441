import {
  CopyDBSnapshotCommand,
  CreateDBSnapshotCommand,
  type DBSnapshot,
  DeleteDBSnapshotCommand,
  DescribeDBSnapshotsCommand,
  paginateDescribeDBInstances,
  paginateDescribeDBSnapshots,
} from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";
import { snapshotId } from "../core/names.ts";
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
import {
  instanceBackups,
  keepInstanceBackups,
  ownBackups,
  replicateBackups,
  replicatedBackups,
  wantsReplicas,
} from "./rds-automated.ts";

/** Copies across regions that may be in flight into one region (RDS user guide, copying a snapshot). */
const copiesMax = 20;

/** RDS DB instances: points are manual DB snapshots. */
export function rdsInstanceProvider(at: RdsAt): Provider {
  const { environment, region, client, vaultKeyArn } = at;
  const isPrimary = region === environment.primaryRegion;
  const inspect = async (id: string): Promise<Artefact | undefined> => {
    try {
      const answer = await client.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }));
      return answer.DBSnapshots?.[0] && artefactOf(answer.DBSnapshots[0]);
    } catch (thrown) {
      const problem = rdsProblem(thrown, id);
      if (problem.code === "not-found") return undefined;
      throw problem;
    }
  };
  return {
    kind: "rds-instance",
    inspect,
    async observe(): Promise<Observation> {
      const sources: Observation["sources"] = new Map();
      const artefacts: Artefact[] = [];
      const backups: NonNullable<Observation["backups"]> = new Map();
      const quotas = await accountQuotas(client);
      try {
        for await (const page of paginateDescribeDBInstances({ client, pageSize: 100 }, {})) {
          for (const one of page.DBInstances ?? []) {
            sources.set(one.DBInstanceIdentifier ?? "", {
              encrypted: one.StorageEncrypted ?? false,
              available:
                one.DBInstanceStatus === "available" || one.DBInstanceStatus === "storage-optimization",
              ...(one.KmsKeyId ? { keyArn: one.KmsKeyId } : {}),
            });
            backups.set(one.DBInstanceIdentifier ?? "", ownBackups(one));
          }
        }
        for await (const page of paginateDescribeDBSnapshots(
          { client, pageSize: 100 },
          { SnapshotType: "manual" },
        )) {
          for (const one of page.DBSnapshots ?? []) artefacts.push(artefactOf(one));
        }
      } catch (thrown) {
        throw rdsProblem(thrown, "the DB instances and snapshots");
      }
      return {
        sources,
        artefacts,
        ...(isPrimary ? { backups } : wantsReplicas(at) ? { backups: await replicatedBackups(at) } : {}),
        manualSnapshots: manualQuota(quotas, "ManualSnapshots", artefacts.length),
        copiesInFlight: { used: copiesUnderWay(artefacts), max: copiesMax },
      };
    },
    take(source, point, attempt) {
      const id = snapshotId(environment, source.name, point, attempt);
      const tags = tagsOf(environment, source, point);
      const command = new CreateDBSnapshotCommand({
        DBSnapshotIdentifier: id,
        DBInstanceIdentifier: identifierOf(source),
        Tags: tags,
      });
      return createOnce(() => client.send(command), { id, tags, inspect });
    },
    copy(source, point, fromArn, attempt) {
      const id = snapshotId(environment, source.name, point, attempt);
      const tags = tagsOf(environment, source, point);
      // Called in the destination; the SDK adds the presigned URL. With a key even an unencrypted snapshot's copy
      // is encrypted. CopyTags would bring `aws:` tags along, which are then refused.
      const command = new CopyDBSnapshotCommand({
        SourceDBSnapshotIdentifier: fromArn,
        TargetDBSnapshotIdentifier: id,
        KmsKeyId: vaultKeyArn,
        CopyTags: false,
        Tags: tags,
      });
      return createOnce(() => client.send(command), { id, tags, inspect });
    },
    remove(source, point, attempt) {
      const id = snapshotId(environment, source.name, point, attempt);
      const tags = tagsOf(environment, source, point);
      const command = new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id });
      return removeOurs(() => client.send(command), { id, tags, inspect });
    },
    continuous: {
      look: () => (isPrimary ? instanceBackups(client) : replicatedBackups(at)),
      keep: (source, days) => keepInstanceBackups(client, identifierOf(source), days),
      replicate: (source, days) => replicateBackups(at, identifierOf(source), days),
    },
  };
}

function artefactOf(one: DBSnapshot): Artefact {
  return {
    id: one.DBSnapshotIdentifier ?? "",
    arn: one.DBSnapshotArn ?? "",
    of: one.DBInstanceIdentifier ?? "",
    status: statusOf(one.Status),
    encrypted: one.Encrypted ?? false,
    tags: Object.fromEntries((one.TagList ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""])),
    ...(one.SnapshotCreateTime ? { createdAt: one.SnapshotCreateTime.toISOString() } : {}),
    ...(one.PercentProgress === undefined ? {} : { percentProgress: one.PercentProgress }),
    ...(one.AllocatedStorage === undefined ? {} : { sizeGiB: one.AllocatedStorage }),
    ...(one.KmsKeyId ? { keyArn: one.KmsKeyId } : {}),
    ...(one.SourceDBSnapshotIdentifier ? { copiedFromArn: one.SourceDBSnapshotIdentifier } : {}),
  };
}
