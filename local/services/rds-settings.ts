import { AwsError } from "../twin.ts";

/** What a database is besides its data: what a snapshot does not carry, or carries only in part. */
export type Settings = {
  instanceClass: string;
  subnetGroup: string;
  securityGroupIds: string[];
  /** The DB parameter group, or the DB cluster parameter group of a cluster. */
  parameterGroup: string;
  optionGroup: string;
  multiAz: boolean;
  publiclyAccessible: boolean;
  deletionProtection: boolean;
  copyTagsToSnapshot: boolean;
  autoMinorVersionUpgrade: boolean;
  iamAuthentication: boolean;
  monitoringSeconds: number;
  monitoringRoleArn?: string;
  logExports: string[];
  storageType: string;
  iops?: number;
  port: number;
  caCertificate: string;
  /** For how many days automated backups are kept; 0: there are none. */
  retentionDays: number;
  promotionTier: number;
  serverless?: { MinCapacity: number; MaxCapacity: number };
  /** The secret of a master password that RDS manages itself. */
  masterSecretArn?: string;
};

// biome-ignore lint/suspicious/noExplicitAny: what comes from the wire is narrowed member by member.
type Input = any;
type Reader = (value: Input) => Partial<Settings>;

/** How the members of Create, Restore and Modify calls become settings. */
const readers: Record<string, Reader> = {
  DBInstanceClass: (value) => ({ instanceClass: String(value) }),
  DBSubnetGroupName: (value) => ({ subnetGroup: String(value).toLowerCase() }),
  VpcSecurityGroupIds: (value) => ({ securityGroupIds: [...value] }),
  DBParameterGroupName: (value) => ({ parameterGroup: String(value).toLowerCase() }),
  DBClusterParameterGroupName: (value) => ({ parameterGroup: String(value).toLowerCase() }),
  OptionGroupName: (value) => ({ optionGroup: String(value).toLowerCase() }),
  MultiAZ: (value) => ({ multiAz: value === true }),
  PubliclyAccessible: (value) => ({ publiclyAccessible: value === true }),
  DeletionProtection: (value) => ({ deletionProtection: value === true }),
  CopyTagsToSnapshot: (value) => ({ copyTagsToSnapshot: value === true }),
  AutoMinorVersionUpgrade: (value) => ({ autoMinorVersionUpgrade: value === true }),
  EnableIAMDatabaseAuthentication: (value) => ({ iamAuthentication: value === true }),
  MonitoringInterval: (value) => ({ monitoringSeconds: Number(value) }),
  MonitoringRoleArn: (value) => ({ monitoringRoleArn: String(value) }),
  EnableCloudwatchLogsExports: (value) => ({ logExports: [...value] }),
  StorageType: (value) => ({ storageType: String(value) }),
  Iops: (value) => ({ iops: Number(value) }),
  Port: (value) => ({ port: Number(value) }),
  DBPortNumber: (value) => ({ port: Number(value) }),
  CACertificateIdentifier: (value) => ({ caCertificate: String(value) }),
  BackupRetentionPeriod: (value) => ({ retentionDays: retention(Number(value)) }),
  PromotionTier: (value) => ({ promotionTier: Number(value) }),
  ServerlessV2ScalingConfiguration: ({ MinCapacity, MaxCapacity }) => ({
    serverless: { MinCapacity: Number(MinCapacity), MaxCapacity: Number(MaxCapacity) },
  }),
};

function retention(days: number): number {
  if (Number.isInteger(days) && days >= 0 && days <= 35) return days;
  throw new AwsError(
    "InvalidParameterValue",
    `Invalid backup retention period: ${days}. Must be from 0 to 35.`,
  );
}

/**
 * The settings that a call gives. `also`: the members that it reads itself. Any other member is refused as not
 * emulated, since leaving it out would pretend that it had been applied.
 */
export function readSettings(
  operation: string,
  input: Record<string, unknown>,
  also: string[],
): Partial<Settings> {
  const settings: Partial<Settings> = {};
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined || also.includes(name)) continue;
    const reader = readers[name];
    if (!reader)
      throw new AwsError("NotEmulated", `not emulated: rds:${operation} with the member ${name}`, 501);
    Object.assign(settings, reader(value));
  }
  return settings;
}

/** The family of an engine's parameter groups: "postgres18", "aurora-mysql8.0". */
export function familyOf(engine: string, engineVersion: string): string {
  const [major = "", minor = "0"] = engineVersion.split(".");
  return engine.includes("postgres") ? `${engine}${major}` : `${engine}${major}.${minor}`;
}

/** What AWS gives a database of which nothing is said (API reference, CreateDBInstance and CreateDBCluster). */
export function defaultSettings(engine: string, engineVersion: string): Settings {
  const family = familyOf(engine, engineVersion);
  return {
    instanceClass: "db.t4g.medium",
    subnetGroup: "default",
    securityGroupIds: ["sg-default"],
    parameterGroup: `default.${family}`,
    optionGroup: `default:${family.replace(engine, `${engine}-`).replace(".", "-")}`,
    multiAz: false,
    publiclyAccessible: false,
    deletionProtection: false,
    copyTagsToSnapshot: false,
    autoMinorVersionUpgrade: true,
    iamAuthentication: false,
    monitoringSeconds: 0,
    logExports: [],
    storageType: engine.startsWith("aurora") ? "aurora" : "gp3",
    port: engine.includes("postgres") ? 5_432 : 3_306,
    caCertificate: "rds-ca-rsa2048-g1",
    retentionDays: 1,
    promotionTier: 1,
  };
}
