import { cloneTagNames } from "../../functions/core/clone.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { replicaName, snapshotId } from "../../functions/core/names.ts";
import { tagNames } from "../../functions/core/provider.ts";
import { bucketArn, regionalArn } from "./arns.ts";
import { grantRemoveScratch } from "./scratch.ts";
import type { Task } from "./task.ts";
import type { Vault } from "./vault.ts";

const anyName = "A database may come back under any name; the condition allows only what carries our tags.";

/** A declared database, by its identifier and by the name of its source. */
type Identified = { id: string; source: string; kind: "db" | "cluster" };

/**
 * Rights to restore, in one region, named by what they are for. Whoever has them may change what was lost or gives way,
 * and may delete nothing that it restores from: no snapshot, no object of a vault, no version of any object.
 */
export class RestoreAccess {
  readonly #environment: Environment;
  readonly #region: string;
  readonly #ours: Record<string, Record<string, string>>;

  constructor(environment: Environment, region: string) {
    this.#environment = environment;
    this.#region = region;
    this.#ours = { StringEquals: { [`aws:ResourceTag/${tagNames.environment}`]: environment.name } };
  }

  /** Lets the task restore databases from Holdfast's snapshots and from automated backups, under our tags only. */
  grantRestoreDatabases(task: Task): void {
    if (this.#identifiers.length === 0) return;
    this.#see(task);
    this.#make(task);
    this.#change(task);
    this.#keepBefore(task);
    grantRemoveScratch(this.#environment, this.#region, task);
    this.#useKeys(task);
  }

  /** Lets the task write what it restores: back into the sources of the primary region, and into declared buckets. */
  grantWriteObjects(task: Task): void {
    const { sources, primaryRegion, restores } = this.#environment;
    const buckets = sources.filter((source) => source.kind === "bucket");
    const own = this.#region === primaryRegion ? buckets : [];
    const names = [...new Set([...own.map(({ bucket }) => bucket), ...(restores?.buckets ?? [])])];
    const at = this.#environment;
    task.allow(
      ["s3:GetBucketVersioning", "s3:ListBucket"],
      names.map((name) => bucketArn(at, name)),
    );
    task.allow(
      [
        "s3:AbortMultipartUpload",
        // Without a version it puts a delete marker, where the bucket keeps versions; a restore looks whether it does.
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
        "s3:PutObjectTagging",
      ],
      names.map((name) => bucketArn(at, name, "*")),
      { why: "What is restored has whatever keys it had." },
    );
    const keys = own.flatMap(({ keyArn }) => keyArn ?? []);
    task.allow(["kms:Decrypt", "kms:GenerateDataKey"], [...new Set(keys)]);
  }

  /** Lets the task read every version in the replicas, and the archives of the vault, in the recovery region. */
  grantReadCopies(task: Task, vault: Vault): void {
    const { sources, recoveryRegion } = this.#environment;
    const at = this.#environment;
    const replicas = sources
      .filter(({ kind }) => kind === "bucket")
      .map(({ name }) => replicaName(at, name, recoveryRegion));
    const read = ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"];
    task.allow(
      ["s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"],
      replicas.map((name) => bucketArn(at, name)),
    );
    task.allow(
      read,
      [...replicas.map((name) => bucketArn(at, name, "*")), bucketArn(at, vault.name, "archives/*")],
      { why: "A replica has whatever keys its source has." },
    );
    task.allow(["kms:Decrypt"], [vault.key.keyArn]);
  }

  /** Lets the task look at all that a restore is planned from, and change none of it. */
  grantPlanRestores(task: Task): void {
    if (this.#identifiers.length > 0) this.#see(task);
    const at = this.#environment;
    const buckets = at.sources.flatMap((source) =>
      source.kind === "bucket" ? [source.bucket, replicaName(at, source.name, at.recoveryRegion)] : [],
    );
    const drops = at.sources.flatMap((source) => (source.kind === "archives" ? [source.bucket] : []));
    const names = [...new Set([...buckets, ...drops, ...(at.restores?.buckets ?? [])])];
    task.allow(
      ["s3:GetBucketVersioning", "s3:ListBucket"],
      names.map((name) => bucketArn(at, name)),
    );
  }

  get #identifiers(): Identified[] {
    return this.#environment.sources.flatMap((source): Identified[] => {
      if (source.kind === "rds-instance") return [{ id: source.instance, source: source.name, kind: "db" }];
      if (source.kind === "rds-cluster")
        return [{ id: source.cluster, source: source.name, kind: "cluster" }];
      return [];
    });
  }

  #rds(...resources: string[]): string[] {
    return resources.map((one) => regionalArn(this.#environment, "rds", this.#region, one));
  }

  #see(task: Task): void {
    const kinds = [
      "snapshot:*",
      "cluster-snapshot:*",
      "auto-backup:*",
      "cluster-auto-backup:*",
      "subgrp:*",
      "og:*",
      "pg:*",
      "cluster-pg:*",
    ];
    task.allow(
      [
        ...["rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots", "rds:DescribeDBInstances"],
        ...[
          "rds:DescribeDBClusterAutomatedBackups",
          "rds:DescribeDBInstanceAutomatedBackups",
          "rds:DescribeDBSnapshots",
          "rds:DescribeDBSubnetGroups",
        ],
        ...["rds:DescribeDBClusterParameterGroups", "rds:DescribeDBClusterParameters"],
        ...["rds:DescribeDBParameterGroups", "rds:DescribeDBParameters", "rds:DescribeOptionGroups"],
        "rds:ListTagsForResource",
      ],
      this.#rds("db:*", "cluster:*", ...kinds),
      { why: "Everything of the kinds may be asked for by its name." },
    );
  }

  /** Everything that is made carries the environment's tag and an instant at which its time is over. */
  #make(task: Task): void {
    const { name } = this.#environment;
    const from = [`snapshot:${name}-*`, `cluster-snapshot:${name}-*`];
    const backups = ["auto-backup:*", "cluster-auto-backup:*"];
    task.allow(
      [
        ...["rds:AddTagsToResource", "rds:CreateDBClusterParameterGroup", "rds:CreateDBInstance"],
        "rds:CreateOptionGroup",
        ...[
          "rds:CreateDBParameterGroup",
          "rds:RestoreDBClusterFromSnapshot",
          "rds:RestoreDBClusterToPointInTime",
        ],
        ...["rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"],
      ],
      this.#rds("db:*", "cluster:*", "pg:*", "cluster-pg:*", "og:*", "subgrp:*", ...from, ...backups),
      {
        why: anyName,
        when: {
          StringEquals: { [`aws:RequestTag/${tagNames.environment}`]: name },
          StringLike: { [`aws:RequestTag/${cloneTagNames.expiresAt}`]: "*" },
        },
      },
    );
  }

  #change(task: Task): void {
    task.allow(
      [
        // What was kept already and failed after all becomes scratch again.
        "rds:AddTagsToResource",
        ...["rds:DeleteDBClusterParameterGroup", "rds:DeleteDBParameterGroup"],
        ...["rds:ModifyDBCluster", "rds:ModifyDBClusterParameterGroup", "rds:ModifyDBInstance"],
        ...["rds:ModifyDBParameterGroup", "rds:RemoveTagsFromResource"],
        ...["rds:DeleteOptionGroup", "rds:ModifyOptionGroup"],
      ],
      this.#rds("db:*", "cluster:*", "pg:*", "cluster-pg:*", "og:*"),
      { why: anyName, when: this.#ours },
    );
    // What gives way is renamed, and what takes its place gets its name.
    for (const kind of ["db", "cluster"] as const) {
      const action = kind === "db" ? "rds:ModifyDBInstance" : "rds:ModifyDBCluster";
      const own = this.#identifiers.filter((one) => one.kind === kind).map(({ id }) => id);
      const why = "The names that a restore gives begin with the database's own and end with its instant.";
      task.allow([action], this.#rds(...own.flatMap((id) => [`${kind}:${id}`, `${kind}:${namesFrom(id)}`])), {
        why,
      });
    }
    if (!this.#identifiers.some(({ kind }) => kind === "cluster")) return;
    const why =
      "An Aurora cluster's instances may have any names, and give way with it; RDS knows no condition for that.";
    task.allow(["rds:ModifyDBInstance"], this.#rds("db:*"), { why });
  }

  /** A fresh point of what gives way: of the source itself under the points' names, else under the database's. */
  #keepBefore(task: Task): void {
    const made = this.#identifiers.flatMap(({ id, source, kind }) => {
      const snapshot = kind === "db" ? "snapshot" : "cluster-snapshot";
      return [
        `${snapshot}:${snapshotId(this.#environment, source, "")}*`,
        `${snapshot}:${namesFrom(id, "before-")}`,
      ];
    });
    const of = this.#identifiers.map(({ id, kind }) => `${kind}:${id}`);
    const why = "A snapshot's name ends with an instant that is not known at synth.";
    task.allow(["rds:CreateDBClusterSnapshot", "rds:CreateDBSnapshot"], this.#rds(...of, ...made), { why });
    task.allow(["rds:AddTagsToResource"], this.#rds(...made), { why });
  }

  #useKeys(task: Task): void {
    const at = this.#environment;
    const keys = [regionalArn(at, "kms", this.#region, "key/*")];
    const why = "A snapshot may have any key; the condition allows it only as RDS uses it.";
    const via = { StringEquals: { "kms:ViaService": `rds.${this.#region}.amazonaws.com` } };
    task.allow(["kms:DescribeKey"], keys, { why, when: via });
    task.allow(["kms:CreateGrant"], keys, {
      why,
      when: { ...via, Bool: { "kms:GrantIsForAWSResource": "true" } },
    });
    task.allow(
      ["secretsmanager:CreateSecret", "secretsmanager:TagResource"],
      [regionalArn(at, "secretsmanager", this.#region, "secret:rds!*")],
      {
        why: "RDS names the secret of a master password that it manages, and makes it in the caller's name.",
      },
    );
    task.allow(["iam:PassRole"], [`arn:${partition(keys)}:iam::${at.account}:role/*`], {
      why: "A database may have any role for its monitoring; the condition allows it for that alone.",
      when: { StringEquals: { "iam:PassedToService": "monitoring.rds.amazonaws.com" } },
    });
  }
}

/** The names that a restore gives to a database or a snapshot of it: cut to RDS's 63 characters where its own is long. */
function namesFrom(identifier: string, what = ""): string {
  const longest = "before-20261121t030512z";
  const whole = identifier.length + 1 + longest.length <= 63;
  return whole
    ? `${identifier}-${what}*`
    : `${identifier.slice(0, 62 - longest.length).replace(/-+$/, "")}${what ? `*${what}` : ""}*`;
}

function partition([arn = ""]: string[]): string {
  return arn.split(":")[1] ?? "aws";
}
