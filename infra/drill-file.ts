import * as z from "zod";
import { duration, fields, ids, matching, secretArn } from "./fields.ts";

/* What people write about drills, in plans and in sources. The checks that look at several fields are in drill-checks.ts. */

const share = (example: string) =>
  z
    .number({ error: shareHint(example) })
    .gt(0, { error: shareHint(example) })
    .lt(1, { error: shareHint(example) });

const databaseName = matching(/^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/, 'the name of a database, like "shop"');

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'the value of the first column of the first row, or all rows, like [[1, "a"]]',
});

/** One question to a restored database and the answer that it must give. */
const SqlCheckFile = fields(
  {
    /** One statement, in a read-only transaction with a time limit. */
    sql: matching(
      /^(?=.*\S)[^\0]{1,4096}$/s,
      'one SQL statement of at most 4,096 characters, like "SELECT count(*) > 0 FROM orders"',
    ),
    /** The first column of the first row; or all rows. Numbers equal what the database writes as text. */
    expect: z.union([scalar, z.array(z.array(scalar))], {
      error: 'the value that it must give, like true or 42, or all rows, like [[1, "a"]]',
    }),
    /**
     * The database to ask.
     * @default - the first that somebody made; of MySQL's family there is only one
     */
    database: databaseName.optional(),
  },
  checkHint(),
);

/** A list of questions to a restored database. */
export const SqlChecksFile = z
  .array(SqlCheckFile, { error: `a list of checks, each ${checkHint()}` })
  .min(1, { error: `at least one check, like ${checkHint()}, or leave it out` });

/** How a plan's sources are rehearsed. */
export const DrillFile = fields(
  {
    /**
     * How often the newest copy is restored and checked: "7d". At least the plan's `every` and 1h, and longer than its
     * `rto`.
     */
    every: duration("7d"),
    /**
     * The class of the restored instance, when the smallest is not enough to check the data in time.
     * @default - the smallest that the engine has
     */
    instanceClass: matching(
      /^db\.(serverless|[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(\.[a-z0-9]+)*)$/,
      'a class of DB instances, like "db.t4g.medium"',
    ).optional(),
    /**
     * Asked of every restored database of the plan, besides each source's own `checks`.
     * @default - nothing
     */
    sql: SqlChecksFile.optional(),
    /**
     * Of buckets: how sure a random sample is to meet damage of this share of the objects.
     * @default - { confidence: 0.99, damage: 0.01 }: 459 objects, whatever the size of the bucket
     */
    sample: fields(
      { confidence: share("0.99"), damage: share("0.01") },
      "how sure to be of which damage, like { confidence: 0.99, damage: 0.01 }",
    ).optional(),
  },
  'how often to rehearse, like { every: "7d" }',
);
export type DrillFile = z.input<typeof DrillFile>;

/** The row that is written into a database each minute, and how to get at it. */
export const HeartbeatFile = fields(
  {
    /**
     * The secret of a database user that may make and write the schema `holdfast`, in RDS's own form: "engine", "host",
     * "port", "username", "password". Encrypted with AWS's own key for secrets.
     */
    secretArn: secretArn("orders-heartbeat"),
    /**
     * The database in which the row is.
     * @default - the first that somebody made; of MySQL's family there is only one
     */
    database: databaseName.optional(),
    /** Subnets of the database's VPC from which Secrets Manager can be reached. */
    subnetIds: ids("subnet", "the private subnets of the database's VPC"),
    /** The security groups of the writer: the database's own must let them in. */
    securityGroupIds: ids("sg", "security groups that the database lets in"),
  },
  'where to write from and as whom, like { secretArn: "arn:…", subnetIds: ["subnet-…"], securityGroupIds: ["sg-…"] }',
);

function checkHint() {
  return '{ sql: "SELECT count(*) > 0 FROM orders", expect: true }';
}

function shareHint(example: string) {
  return `a share between 0 and 1, like ${example}`;
}
