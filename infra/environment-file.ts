import * as z from "zod";
import { AcknowledgeFile, CanaryFile, DigestFile, QuietHoursFile } from "./alerts-file.ts";
import { ChannelFile } from "./channel-file.ts";
import { DrillFile, HeartbeatFile, SqlChecksFile } from "./drill-file.ts";
import {
  bucketName,
  duration,
  fields,
  kept,
  keyArn,
  matching,
  name,
  rdsIdentifier,
  secretArn,
} from "./fields.ts";
import { RestoresFile } from "./restore-file.ts";
import { SignInFile } from "./sign-in-file.ts";
import { StorageFile } from "./storage-file.ts";

/*
 * What people write in an environment file, field by field. Each schema's message says what to write; the checks
 * that look at several fields at once are in environment-checks.ts.
 */

const Keep = fields(
  { last: kept, hourly: kept, daily: kept, weekly: kept, monthly: kept, yearly: kept },
  "what to keep, like { hourly: 24, daily: 7 }",
);

/** A plan as people write it: how sources are protected. */
export const PlanFile = fields(
  {
    /**
     * How often a point is owed: "15m", "1h", "1d". It divides a day or is whole days, so that slots are the same
     * every day. At least 15m for databases and 5m for buckets and archives.
     */
    every: duration("1h"),
    /**
     * The most that may be lost, and so the age at which the newest point, or its copy, raises an alert. At least
     * `every` and 15m: a pass of the reconciler every 5m, and the time that a snapshot and its copy take. Give a
     * large database more than that. Only with `pointInTime` it may be less, from 5m on.
     */
    rpo: duration("2h"),
    /**
     * The same for what is in the recovery region: its newest copy may be older than what the primary region has.
     * @default - `rpo`
     */
    recoveryRpo: duration("4h").optional(),
    /**
     * How soon the source is to be back. An objective, which each drill measures.
     * @default - no objective
     */
    rto: duration("30m").optional(),
    /** How many points each tier keeps. It must keep something. */
    keep: Keep,
    /**
     * Where copies go besides the primary region.
     * @default - to the recovery region
     */
    copies: z
      .array(z.literal("recovery", { error: '"recovery"' }), { error: '["recovery"], or [] for no copy' })
      .max(1, { error: '["recovery"] with it once' })
      .optional(),
    /**
     * Continuous protection of the plan's databases: RDS's automated backups are kept on, so that every moment of the
     * last days can be restored in the primary region ("primary"), or in the recovery region too ("recovery": for RDS
     * instances alone). Where they are off, switching them on interrupts the database for seconds to minutes.
     * @default - none: what can be restored is the points
     */
    pointInTime: z
      .enum(["primary", "recovery"], { error: '"primary" or "recovery", or leave it out' })
      .optional(),
    /**
     * For how many days, with `pointInTime`: 1 to 35.
     * @default - 7
     */
    pointInTimeDays: z
      .int({ error: daysHint() })
      .min(1, { error: daysHint() })
      .max(35, { error: daysHint() })
      .optional(),
    /**
     * How often the newest copy is restored in the recovery region, checked and thrown away again.
     * @default - never: nothing proves the RTO, nor that a point can be restored
     */
    drill: DrillFile.optional(),
    /**
     * How long a source may be out of an objective in 30 days before somebody is told that the plan is not kept.
     * @default - 0.5 % of them, 3h36m, of each
     */
    budget: fields(
      {
        /** Of the RPO: "12h". */
        rpo: duration("12h").optional(),
        /** Of the RTO, as drills measure it. Only with `rto` and `drill`. */
        rto: duration("2d").optional(),
      },
      'what may be out of an objective in 30 days, like { rpo: "12h" }',
    ).optional(),
    /**
     * Within which time each archive's copy is read again and compared.
     * @default - never again after its arrival
     */
    scrub: duration("90d").optional(),
  },
  'a plan, like { every: "1h", rpo: "2h", keep: { hourly: 24, daily: 7 }, copies: ["recovery"] }',
);
export type PlanFile = z.input<typeof PlanFile>;

const common = {
  /** What Holdfast calls the source. It is part of its snapshots' names: a renamed source starts anew. */
  name: name("orders"),
  /** The name of the plan that protects it. */
  plan: z.string({ error: "the name of a plan in this file" }),
};

const database = {
  ...common,
  /**
   * What each drill asks of the restored database, each with the answer that it must give.
   * @default - nothing besides what every drill checks
   */
  checks: SqlChecksFile.optional(),
  /**
   * Writes one small row into the database each minute, so that a drill can tell which minute its data is of.
   * @default - none: nothing is written into a source
   */
  heartbeat: HeartbeatFile.optional(),
};

const SourceFile = z.discriminatedUnion(
  "kind",
  [
    fields(
      {
        ...database,
        kind: z.literal("rds-instance"),
        instance: rdsIdentifier("orders-db"),
        /**
         * As whom a restored one is read whole (`restore --hydrate`), where RDS does not keep its master password: a secret
         * with "username" and "password", of a user that may read everything. In the recovery region it is read from the
         * secret's replica there. Encrypted with AWS's own key for secrets.
         * @default - the master user, whose password RDS keeps
         */
        hydrate: fields(
          { secretArn: secretArn("orders-reader") },
          'as whom to read it, like { secretArn: "arn:…" }',
        ).optional(),
      },
      makers(),
    ),
    fields({ ...database, kind: z.literal("rds-cluster"), cluster: rdsIdentifier("ledger") }, makers()),
    fields(
      {
        ...common,
        kind: z.literal("bucket"),
        bucket: bucketName,
        /**
         * Whether deleting a key in the source hides it in the replica too ("propagate"). Older versions stay.
         * @default - "keep": a deletion in the source changes nothing in the replica
         */
        deletions: z.enum(["keep", "propagate"], { error: '"keep" or "propagate"' }).optional(),
        /**
         * The customer-managed KMS key of the bucket's objects, so that the copier may decrypt them.
         * @default - none: S3's own encryption
         */
        keyArn,
      },
      makers(),
    ),
    fields(
      {
        ...common,
        kind: z.literal("archives"),
        bucket: bucketName,
        /** The folder that the archives drop into, with "/" at its end; "" for the whole bucket. */
        prefix: matching(
          /^$|^[^/].*\/$/s,
          'a prefix with "/" at its end and none at its start, like "erp/", or ""',
        ).max(512, { error: "a prefix of at most 512 characters" }),
        /** An archive is owed in every period of this length: "24h". */
        arrives: duration("24h"),
        /**
         * The customer-managed KMS key of the bucket's objects, so that they can be read.
         * @default - none: S3's own encryption
         */
        keyArn,
      },
      makers(),
    ),
  ],
  { error: makers() },
);
export type SourceFile = z.input<typeof SourceFile>;

const reached = (write: string) => z.array(ChannelFile, { error: write }).min(1, { error: write });

const region = (example: string) => z.string({ error: `an AWS region, like "${example}"` });

/** An environment as people write it. */
export const EnvironmentFile = fields(
  {
    /** What the deployment is called; part of every name in AWS. The same as the file's. */
    name: name("prod"),
    /** The AWS account, 12 digits. */
    account: matching(/^\d{12}$/, '12 digits in quotes, like "111122223333"'),
    /** Where the sources are. */
    primaryRegion: region("eu-west-1"),
    /** Where the copies go, and from where alerts come when the primary region is silent. */
    recoveryRegion: region("eu-central-1"),
    /**
     * `protected`: compliance lock, everything stateful stays when a stack is deleted, termination protection.
     * `ephemeral`: none of that; it cleans up after itself.
     */
    profile: z.enum(["protected", "ephemeral"], { error: '"protected" or "ephemeral"' }),
    /** Who hears of what is wrong. */
    alerts: fields(
      {
        /** Who is woken: at least one sms("+49…") or email("…"), by which alarms come too, and any webhooks besides. */
        page: reached('at least one channel, like [email("oncall@acme.example")]'),
        /**
         * Who reads what can wait for the morning.
         * @default - the e-mail addresses of `page`
         */
        notify: reached(
          'at least one channel, or leave it out for the e-mail addresses of "page"',
        ).optional(),
        /**
         * Sends `notify` a summary of what was found and what is still open.
         * @default - none
         */
        digest: DigestFile.optional(),
        /**
         * The weekly test of `page`, on Mondays, which somebody is to acknowledge within two days. The regions take turns.
         * @default - every week at 09:00 UTC in a `protected` environment, never in an `ephemeral` one
         */
        canary: CanaryFile.optional(),
        /**
         * When `notify` is told nothing; it hears it afterwards.
         * @default - never
         */
        quietHours: QuietHoursFile.optional(),
        /**
         * Within which time an alert is to be acknowledged before it is told again, to `page`.
         * @default - { P1: "15m", P2: "1h", P3: "24h" }
         */
        acknowledgeWithin: AcknowledgeFile.optional(),
      },
      'who hears of what is wrong, like { page: [email("oncall@acme.example")] }',
    ),
    /**
     * What holds for restores.
     * @default - no approval, and no network or bucket of their own
     */
    restores: RestoresFile.optional(),
    /**
     * How large each vault may become. Nothing stops when it is reached: somebody is told 30 days before.
     * @default - no budget: its size and growth are shown
     */
    storage: StorageFile.optional(),
    /**
     * Who signs people in to the API and the console: an issuer of yours.
     * @default - a Cognito user pool in each region, with the groups viewer, operator and admin
     */
    signIn: SignInFile.optional(),
    /** How sources are protected, by the plan's name. Each plan is used by some source. */
    plans: z
      .record(z.string(), PlanFile, { error: plansHint() })
      .refine((plans) => Object.keys(plans).length > 0, { error: plansHint() }),
    /** What is protected. */
    sources: z.array(SourceFile, { error: "a list of sources" }).min(1, {
      error: 'at least one source, like rdsInstance("orders", { plan: "critical", instance: "orders-db" })',
    }),
  },
  "environment({ name, account, … })",
);
export type EnvironmentFile = z.input<typeof EnvironmentFile>;
/** The file once its fields were checked one by one. */
export type CheckedFile = z.output<typeof EnvironmentFile>;

function daysHint() {
  return "a whole number of days from 1 to 35, which is what RDS keeps";
}

function makers() {
  return "a source made by rdsInstance, rdsCluster, bucket or archives";
}

function plansHint() {
  return 'the plans by name, like { critical: { every: "1h", … } }';
}
