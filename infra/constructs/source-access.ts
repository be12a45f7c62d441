import type { Environment } from "../../functions/core/environment.ts";
import { tagNames } from "../../functions/core/provider.ts";
import type { ArchivesSource, BucketSource, Source } from "../../functions/core/source.ts";
import { bucketArn, regionalArn } from "./arns.ts";
import { grantObserveReplicas } from "./continuity-access.ts";
import type { Task } from "./task.ts";

/** Grants on what is protected, named by what they are for. Only `connect` is given a right to change any of it. */
export class SourceAccess {
  readonly buckets: BucketSource[];
  readonly drops: ArchivesSource[];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.buckets = environment.sources.filter((source): source is BucketSource => source.kind === "bucket");
    this.drops = environment.sources.filter((source): source is ArchivesSource => source.kind === "archives");
  }

  /** Every bucket that a source lives in, once. */
  get bucketNames(): string[] {
    return [...new Set([...this.buckets, ...this.drops].map(({ bucket }) => bucket))].sort();
  }

  /** Lets the task see which databases, snapshots and buckets a region has. */
  grantObserve(task: Task, region: string): void {
    const all =
      "Everything of the kind is listed in pages; RDS checks a listing against the kind's wildcard.";
    task.allow(["rds:DescribeDBInstances"], [this.#rds(region, "db:*")], { why: all });
    task.allow(["rds:DescribeDBClusters"], [this.#rds(region, "cluster:*")], { why: all });
    task.allow(["rds:DescribeDBSnapshots"], [this.#rds(region, "db:*"), this.#rds(region, "snapshot:*")], {
      why: all,
    });
    task.allow(
      ["rds:DescribeDBClusterSnapshots"],
      [this.#rds(region, "cluster:*"), this.#rds(region, "cluster-snapshot:*")],
      { why: all },
    );
    // The answers' TagList says which snapshots are ours.
    task.allow(["rds:ListTagsForResource"], this.#snapshots(region), { why: ours });
    task.allow(["rds:DescribeAccountAttributes", "s3:ListAllMyBuckets"], ["*"], {
      why: "AWS knows no resource for these two.",
    });
    grantObserveReplicas(this.#environment, task, region);
  }

  /** Lets the task read what a snapshot of a database does not carry: the changed values of parameter groups. */
  grantReadContexts(task: Task, region: string): void {
    const why = "A database may have any parameter group and any option group.";
    const instance = ["rds:DescribeDBParameterGroups", "rds:DescribeDBParameters"];
    const cluster = ["rds:DescribeDBClusterParameterGroups", "rds:DescribeDBClusterParameters"];
    task.allow(instance, [this.#rds(region, "pg:*")], { why });
    task.allow(cluster, [this.#rds(region, "cluster-pg:*")], { why });
    task.allow(["rds:DescribeOptionGroups"], [this.#rds(region, "og:*")], { why });
  }

  /** Lets the task take snapshots of the declared databases, under Holdfast's names only. */
  grantSnapshot(task: Task): void {
    const { primaryRegion } = this.#environment;
    for (const [kind, actions] of Object.entries(creating)) {
      const declared = this.#declared(kind as RdsKind);
      if (declared.length === 0) continue;
      const artefacts = this.#rds(
        primaryRegion,
        `${snapshotOf[kind as RdsKind]}:${this.#environment.name}-*`,
      );
      task.allow(actions.take, [...declared, artefacts], { why: ours });
      task.allow(["rds:AddTagsToResource"], [artefacts], { why: ours });
    }
  }

  /**
   * Lets the task copy Holdfast's snapshots from the primary into the recovery region. RDS acts on the source's
   * key in the caller's name (RDS user guide, copying an encrypted snapshot).
   */
  grantCopySnapshots(task: Task): void {
    const { primaryRegion, recoveryRegion, name } = this.#environment;
    for (const [kind, actions] of Object.entries(creating)) {
      if (this.#declared(kind as RdsKind).length === 0) continue;
      const id = `${snapshotOf[kind as RdsKind]}:${name}-*`;
      const [from, to] = [this.#rds(primaryRegion, id), this.#rds(recoveryRegion, id)];
      task.allow(actions.copy, [from, to], { why: ours });
      task.allow(["rds:AddTagsToResource"], [to], { why: ours });
    }
    const keys = [regionalArn(this.#environment, "kms", primaryRegion, "key/*")];
    const why = "A database may have any key; the condition allows it only as RDS uses it.";
    const via = { StringEquals: { "kms:ViaService": `rds.${primaryRegion}.amazonaws.com` } };
    task.allow(["kms:Decrypt", "kms:DescribeKey"], keys, { why, when: via });
    task.allow(["kms:CreateGrant"], keys, {
      why,
      when: { ...via, Bool: { "kms:GrantIsForAWSResource": "true" } },
    });
  }

  /**
   * Lets the task delete Holdfast's snapshots in a region: by their names, and only while they carry the environment's
   * tag, so that IAM itself refuses what somebody else made, whatever its name.
   */
  grantDeleteSnapshots(task: Task, region: string): void {
    const { name } = this.#environment;
    const when = { StringEquals: { [`aws:ResourceTag/${tagNames.environment}`]: name } };
    // Of both kinds, also where none is declared: what is declared no longer still expires.
    for (const [kind, action] of Object.entries(deleting)) {
      const artefacts = this.#rds(region, `${snapshotOf[kind as RdsKind]}:${name}-*`);
      task.allow([action], [artefacts], { why: ours, when });
    }
  }

  /** Lets the task read every version of every object of the protected buckets, with its tags. */
  grantReadBuckets(task: Task): void {
    this.#grantRead(
      task,
      this.buckets.map(({ bucket, keyArn }) => ({ bucket, keyArn, keys: "*" })),
    );
  }

  /** Lets the task read what was dropped, and nothing else of those buckets. */
  grantReadDrops(task: Task): void {
    this.#grantRead(
      task,
      this.drops.map(({ bucket, keyArn, prefix }) => ({ bucket, keyArn, keys: `${prefix}*` })),
    );
  }

  /** Lets the task switch EventBridge on for the buckets. */
  grantSwitchEventsOn(task: Task): void {
    task.allow(
      ["s3:GetBucketNotification", "s3:PutBucketNotification"],
      this.bucketNames.map((bucket) => bucketArn(this.#environment, bucket)),
    );
  }

  #grantRead(task: Task, from: { bucket: string; keyArn: string | undefined; keys: string }[]): void {
    task.allow(
      ["s3:ListBucket", "s3:ListBucketVersions"],
      unique(from.map(({ bucket }) => bucketArn(this.#environment, bucket))),
    );
    task.allow(
      ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"],
      unique(from.map(({ bucket, keys }) => bucketArn(this.#environment, bucket, keys))),
      { why: "Every object of the source is to be protected, whatever its key." },
    );
    task.allow(["kms:Decrypt"], unique(from.flatMap(({ keyArn }) => keyArn ?? [])));
  }

  #declared(kind: RdsKind): string[] {
    const { primaryRegion, sources } = this.#environment;
    const resource = (source: Source) =>
      source.kind === "rds-instance"
        ? `db:${source.instance}`
        : source.kind === "rds-cluster"
          ? `cluster:${source.cluster}`
          : "";
    return unique(
      sources
        .filter((source) => source.kind === kind)
        .map((source) => this.#rds(primaryRegion, resource(source))),
    );
  }

  #snapshots(region: string): string[] {
    const { name } = this.#environment;
    return Object.values(snapshotOf).map((kind) => this.#rds(region, `${kind}:${name}-*`));
  }

  #rds(region: string, resource: string): string {
    return regionalArn(this.#environment, "rds", region, resource);
  }
}

type RdsKind = "rds-instance" | "rds-cluster";

const ours = "A snapshot's name ends with its slot; the prefix is the environment's own.";

const snapshotOf: Record<RdsKind, string> = { "rds-instance": "snapshot", "rds-cluster": "cluster-snapshot" };

const creating: Record<RdsKind, { take: string[]; copy: string[] }> = {
  "rds-instance": { take: ["rds:CreateDBSnapshot"], copy: ["rds:CopyDBSnapshot"] },
  "rds-cluster": { take: ["rds:CreateDBClusterSnapshot"], copy: ["rds:CopyDBClusterSnapshot"] },
};

const deleting: Record<RdsKind, string> = {
  "rds-instance": "rds:DeleteDBSnapshot",
  "rds-cluster": "rds:DeleteDBClusterSnapshot",
};

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
