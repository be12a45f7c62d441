import { AwsError, type Operation } from "../twin.ts";
import { checkedTags, type RdsState, type Tag } from "./rds-state.ts";

/** Tags of everything that has an ARN. */
export function tagOperations(state: RdsState): Record<string, Operation> {
  const tagged = (given: unknown): { tags: Tag[] } => {
    const arn = String(given);
    const found =
      state.snapshots.get(arn) ?? state.databases.get(arn) ?? state.backups.get(arn) ?? state.groups.get(arn);
    if (found) return found;
    const [code, noun] = missing[arn.split(":")[5] ?? ""] ?? [];
    if (!code)
      throw new AwsError(
        "InvalidParameterValue",
        `The specified resource name does not match an RDS resource.`,
      );
    throw new AwsError(code, `${noun} ${arn} not found.`, 404);
  };
  return {
    AddTagsToResource({ ResourceName, Tags }) {
      const resource = tagged(ResourceName);
      const more = checkedTags(Tags);
      const kept = resource.tags.filter(({ Key }) => !more.some((tag) => tag.Key === Key));
      resource.tags = checkedTags([...kept, ...more]);
      return {};
    },
    RemoveTagsFromResource({ ResourceName, TagKeys = [] }) {
      const resource = tagged(ResourceName);
      resource.tags = resource.tags.filter(({ Key }) => !TagKeys.includes(Key));
      return {};
    },
    ListTagsForResource: ({ ResourceName }) => ({ TagList: tagged(ResourceName).tags }),
  };
}

const missing: Record<string, [string, string]> = {
  db: ["DBInstanceNotFound", "DBInstance"],
  cluster: ["DBClusterNotFoundFault", "DBCluster"],
  snapshot: ["DBSnapshotNotFound", "DBSnapshot"],
  "cluster-snapshot": ["DBSnapshotNotFound", "DBClusterSnapshot"],
  "auto-backup": ["DBInstanceNotFound", "DBInstanceAutomatedBackup"],
};
