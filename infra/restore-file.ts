import * as z from "zod";
import { bucketName, fields, ids, matching } from "./fields.ts";

const networkHint = 'where databases are put in the recovery region, like { subnetGroup: "private" }';
const restoresHint = 'what holds for restores, like { approval: "required" }';
const hydrateHint =
  'from where restored databases are read whole, like { primary: { subnetIds: ["subnet-…"], securityGroupIds: ["sg-…"] } }';
const saysSomething = (value: object) => Object.keys(value).length > 0;

/** What an environment file says of restores. */
export const RestoresFile = fields(
  {
    /**
     * Whether another principal than the one that asks must approve a restore before anything is done.
     * @default - no approval: who may start the function `restore` may restore
     */
    approval: z.literal("required", { error: '"required", or leave it out' }).optional(),
    /**
     * Where databases are put in the recovery region, whose networks are not those of the primary one.
     * @default - the subnet group of the same name where there is one, else the default VPC; its default security group
     */
    network: fields(
      {
        subnetGroup: matching(
          /^[a-zA-Z][\w. -]{0,254}$/,
          'the name of a DB subnet group in the recovery region, like "private"',
        ).optional(),
        securityGroups: z
          .array(matching(/^sg-[0-9a-f]{8,17}$/, 'the id of a security group, like "sg-0123456789abcdef0"'), {
            error: 'the ids of security groups in the recovery region, like ["sg-0123456789abcdef0"]',
          })
          .min(1, { error: 'at least one security group, like ["sg-0123456789abcdef0"]' })
          .max(5, { error: "at most 5 security groups" })
          .optional(),
      },
      networkHint,
    )
      .refine(saysSomething, { error: networkHint })
      .optional(),
    /**
     * From where `restore --hydrate` reads a restored DB instance whole, in each region in which it may be asked to: a volume
     * loads its blocks from S3 when they are first read. A function runs there only while a restore does.
     * @default - none: `--hydrate` is refused
     */
    hydrate: fields({ primary: subnets("primary"), recovery: subnets("recovery") }, hydrateHint)
      .refine(saysSomething, { error: hydrateHint })
      .optional(),
    /**
     * Buckets into which objects and archives may be restored besides the sources' own.
     * @default - none
     */
    buckets: z
      .array(bucketName, { error: 'the names of buckets, like ["acme-restored"]' })
      .min(1, { error: 'at least one bucket, like ["acme-restored"]' })
      .max(20, { error: "at most 20 buckets" })
      .optional(),
  },
  restoresHint,
).refine(saysSomething, { error: restoresHint });
export type RestoresFile = z.output<typeof RestoresFile>;

function subnets(region: string) {
  return fields(
    {
      /** Subnets from which the restored databases and Secrets Manager can be reached. */
      subnetIds: ids("subnet", `private subnets in the ${region} region`),
      /** The security groups of the reader: those of the restored databases must let them in. */
      securityGroupIds: ids("sg", "security groups that the restored databases let in"),
    },
    'subnets and security groups, like { subnetIds: ["subnet-…"], securityGroupIds: ["sg-…"] }',
  ).optional();
}
