import * as z from "zod";
import { bucketName, fields, matching } from "./fields.ts";

const networkHint = 'where databases are put in the recovery region, like { subnetGroup: "private" }';
const restoresHint = 'what holds for restores, like { approval: "required" }';
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
