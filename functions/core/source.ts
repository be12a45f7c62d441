import * as z from "zod/mini";
import { SqlCheck } from "./fingerprint.ts";
import { Plan } from "./plan.ts";

const common = { name: z.string(), plan: Plan };

/** The row that Holdfast writes into a source each minute, if asked to: as whom, and from where in its network. */
export const Heartbeat = z.strictObject({
  /** The secret, in RDS's own form, of a user that may make and write the schema `holdfast`. */
  secretArn: z.string(),
  /** The database that the schema is in; of MySQL's family a server has it once. */
  database: z.optional(z.string()),
  subnetIds: z.array(z.string()),
  securityGroupIds: z.array(z.string()),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

const database = {
  ...common,
  /** What each drill asks of the restored database. */
  checks: z.optional(z.array(SqlCheck)),
  heartbeat: z.optional(Heartbeat),
};

/** An RDS DB instance. */
export const RdsInstanceSource = z.strictObject({
  ...database,
  kind: z.literal("rds-instance"),
  instance: z.string(),
  /** As whom a restored one is read whole, where RDS does not keep its master password: a secret of the primary region. */
  hydrate: z.optional(z.strictObject({ secretArn: z.string() })),
});
export type RdsInstanceSource = z.infer<typeof RdsInstanceSource>;

/** An Aurora DB cluster. */
export const RdsClusterSource = z.strictObject({
  ...database,
  kind: z.literal("rds-cluster"),
  cluster: z.string(),
});
export type RdsClusterSource = z.infer<typeof RdsClusterSource>;

/** A bucket of which every object is replicated. */
export const BucketSource = z.strictObject({
  ...common,
  kind: z.literal("bucket"),
  bucket: z.string(),
  /** Whether deleting a key in the source hides it in the replica too; older versions stay either way. */
  deletions: z.enum(["keep", "propagate"]),
  /** The customer-managed key of the source's objects, where there is one. */
  keyArn: z.optional(z.string()),
});
export type BucketSource = z.infer<typeof BucketSource>;

/** A prefix under which somebody else's tool drops archives. */
export const ArchivesSource = z.strictObject({
  ...common,
  kind: z.literal("archives"),
  bucket: z.string(),
  /** Ends with "/", or is empty for the whole bucket. */
  prefix: z.string(),
  /** An archive is owed in every period of this length. */
  arrivesSeconds: z.int().check(z.positive()),
  keyArn: z.optional(z.string()),
});
export type ArchivesSource = z.infer<typeof ArchivesSource>;

/** A thing that can be lost, with the plan that protects it. */
export const Source = z.discriminatedUnion("kind", [
  RdsInstanceSource,
  RdsClusterSource,
  BucketSource,
  ArchivesSource,
]);
export type Source = z.infer<typeof Source>;

/** One of the kinds of source; each has one provider. */
export type SourceKind = Source["kind"];

/** The AWS identifier that the source protects: instance, cluster, or bucket and prefix. */
export function identifierOf(source: Source): string {
  switch (source.kind) {
    case "rds-instance":
      return source.instance;
    case "rds-cluster":
      return source.cluster;
    case "bucket":
      return source.bucket;
    case "archives":
      return `${source.bucket}/${source.prefix}`;
  }
}

/** The source for people: 'RDS instance "orders-db"'. */
export function subjectOf(source: Source): string {
  const kinds = {
    "rds-instance": "RDS instance",
    "rds-cluster": "Aurora cluster",
    bucket: "bucket",
    archives: "archives in",
  };
  return `${kinds[source.kind]} "${identifierOf(source)}"`;
}
