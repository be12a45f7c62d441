import {
  AddTagsToResourceCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  type RDSClient,
  RemoveTagsFromResourceCommand,
} from "@aws-sdk/client-rds";
import { type DatabaseRef, tagList } from "./describe.ts";

/** What can be changed of a database that is there; what is left out stays. All of it at once, not in a window. */
export type Change = {
  securityGroupIds?: string[];
  /** Of an instance, or of the whole cluster. */
  parameterGroup?: string;
  backupRetentionDays?: number;
  deletionProtection?: boolean;
  autoMinorVersionUpgrade?: boolean;
  monitoring?: { intervalSeconds: number; roleArn: string };
  /** RDS makes a new master password and keeps it in Secrets Manager; nobody else ever sees it. */
  manageMasterPassword?: true;
};

/** See `Databases.change`. Throws the SDK's errors. */
export async function change(client: RDSClient, { kind, id }: DatabaseRef, wish: Change): Promise<void> {
  const members = {
    ApplyImmediately: true,
    VpcSecurityGroupIds: wish.securityGroupIds,
    BackupRetentionPeriod: wish.backupRetentionDays,
    DeletionProtection: wish.deletionProtection,
    AutoMinorVersionUpgrade: wish.autoMinorVersionUpgrade,
    MonitoringInterval: wish.monitoring?.intervalSeconds,
    MonitoringRoleArn: wish.monitoring?.roleArn,
    ManageMasterUserPassword: wish.manageMasterPassword,
  };
  if (kind === "instance") {
    const own = { DBInstanceIdentifier: id, DBParameterGroupName: wish.parameterGroup };
    await client.send(new ModifyDBInstanceCommand({ ...own, ...members }));
  } else {
    const own = { DBClusterIdentifier: id, DBClusterParameterGroupName: wish.parameterGroup };
    await client.send(new ModifyDBClusterCommand({ ...own, ...members }));
  }
}

/** See `Databases.rename`. Throws the SDK's errors. */
export async function rename(client: RDSClient, { kind, id }: DatabaseRef, to: string): Promise<void> {
  if (kind === "instance") {
    const names = { DBInstanceIdentifier: id, NewDBInstanceIdentifier: to };
    await client.send(new ModifyDBInstanceCommand({ ...names, ApplyImmediately: true }));
  } else {
    const names = { DBClusterIdentifier: id, NewDBClusterIdentifier: to };
    await client.send(new ModifyDBClusterCommand({ ...names, ApplyImmediately: true }));
  }
}

/** Adds tags, and takes some away. Throws the SDK's errors. */
export async function retag(
  client: RDSClient,
  arn: string,
  { add = {}, remove = [] }: { add?: Record<string, string>; remove?: string[] },
): Promise<void> {
  const Tags = tagList(add);
  if (Tags.length > 0) await client.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags }));
  if (remove.length > 0)
    await client.send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: remove }));
}
