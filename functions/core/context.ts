import * as z from "zod/mini";

const ParameterGroup = z.strictObject({
  name: z.string(),
  /** As "postgres18"; absent where AWS did not say. */
  family: z.optional(z.string()),
  /** The parameters that somebody has set, by name. Values of secret parameters do not occur in RDS. */
  changed: z.record(z.string(), z.string()),
});

/** What an option group has. Of AWS's own default groups, which have nothing, the name says everything. */
export const OptionContents = z.strictObject({
  engine: z.string(),
  /** As "8.0". */
  majorVersion: z.string(),
  options: z.array(
    z.strictObject({
      name: z.string(),
      version: z.optional(z.string()),
      port: z.optional(z.int()),
      securityGroupIds: z.array(z.string()),
      /** What somebody has set, by name. */
      settings: z.record(z.string(), z.string()),
      /** The names of settings whose values RDS does not tell: passwords. */
      hidden: z.array(z.string()),
      /** Persistent or permanent: RDS restores its database with no group that lacks it. */
      stays: z.boolean(),
    }),
  ),
});
export type OptionContents = z.infer<typeof OptionContents>;

/** What one DB instance is besides its data; of an Aurora cluster's member only the first three count. */
const InstanceContext = z.strictObject({
  id: z.string(),
  instanceClass: z.string(),
  parameterGroup: z.optional(ParameterGroup),
  publiclyAccessible: z.boolean(),
  promotionTier: z.optional(z.int()),
});
export type InstanceContext = z.infer<typeof InstanceContext>;

/**
 * What a snapshot does not carry and a restored database needs to be usable (RDS user guide, restoring from a
 * snapshot): it is read as a point is taken, kept with the point, and applied to what is restored from it. Names and
 * numbers only: secrets are named by their ARN.
 */
export const DatabaseContext = z.strictObject({
  kind: z.enum(["instance", "cluster"]),
  id: z.string(),
  engine: z.string(),
  engineVersion: z.string(),
  masterUsername: z.optional(z.string()),
  /** Where RDS itself keeps the master user's password, if it does. */
  masterSecretArn: z.optional(z.string()),
  port: z.optional(z.int()),
  subnetGroup: z.optional(z.string()),
  securityGroupIds: z.array(z.string()),
  /** Of the instance, or of the whole cluster. */
  parameterGroup: z.optional(ParameterGroup),
  optionGroup: z.optional(z.string()),
  /** What is in that group, where it is no default one. */
  options: z.optional(OptionContents),
  multiAz: z.boolean(),
  storageType: z.optional(z.string()),
  iops: z.optional(z.int()),
  deletionProtection: z.boolean(),
  iamAuthentication: z.boolean(),
  backupRetentionDays: z.int(),
  autoMinorVersionUpgrade: z.boolean(),
  copyTagsToSnapshot: z.boolean(),
  logExports: z.array(z.string()),
  monitoring: z.optional(z.strictObject({ intervalSeconds: z.int(), roleArn: z.string() })),
  tags: z.record(z.string(), z.string()),
  /** The instance itself, or the cluster's members with the writer first. */
  instances: z.array(InstanceContext),
  /** Of a cluster with Serverless v2 members: its capacity in ACUs. */
  serverless: z.optional(z.strictObject({ min: z.number(), max: z.number() })),
});
export type DatabaseContext = z.infer<typeof DatabaseContext>;
