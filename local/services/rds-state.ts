import { createHash, randomBytes } from "node:crypto";
import { AwsError, type Twin } from "../twin.ts";
import { keyArn } from "./kms.ts";
import type { Group } from "./rds-groups.ts";
import type { Settings } from "./rds-settings.ts";
import type { Change, Task } from "./rds-tasks.ts";

/** A tag as RDS has it. */
export type Tag = { Key: string; Value: string };

/** A DB instance or an Aurora cluster: what snapshots are taken of. */
export type Database = {
  kind: "instance" | "cluster";
  region: string;
  id: string;
  /** AWS's own name for it, which outlives a renaming; its data is kept under it. */
  resourceId: string;
  engine: string;
  engineVersion: string;
  status: string;
  sizeGiB: number;
  keyArn?: string;
  createdMs: number;
  /** Where its server listens, while there is one. */
  endpoint?: Endpoint;
  masterUsername?: string;
  /** Of an instance: the Aurora cluster whose data it opens. */
  clusterId?: string;
  settings: Settings;
  /** What is to change in a maintenance window, which never comes here. */
  pending?: Change;
  tags: Tag[];
  /** What is being done to it. */
  task?: Task;
};

/** Where a server listens. */
export type Endpoint = { address: string; port: number };

/** A snapshot of either kind. */
export type Snapshot = {
  kind: "instance" | "cluster";
  region: string;
  id: string;
  of: string;
  engine: string;
  engineVersion: string;
  type: "manual" | "automated";
  status: "creating" | "copying" | "available" | "failed";
  percent: number;
  sizeGiB: number;
  keyArn?: string;
  createdMs: number;
  copiedFromArn?: string;
  tags: Tag[];
  /** When its making ends; absent once it has, and for one that never will. */
  endsMs?: number;
  masterUsername?: string;
  /** The settings of the database then, of which a restore takes some. */
  settings?: Settings;
  /** The tags of the database then: a restored instance gets them unless it is given others. */
  databaseTags?: Tag[];
};

/** The automated backups of a database, or their replica in another region. */
export type Backups = Pick<
  Database,
  "kind" | "region" | "resourceId" | "engine" | "engineVersion" | "sizeGiB" | "createdMs" | "settings"
> & {
  /** The database's identifier, and where it is or was. */
  of: string;
  ofRegion: string;
  masterUsername?: string;
  keyArn?: string;
  status: "creating" | "active" | "retained";
  retentionDays: number;
  /** The first and the last instant that can be restored; absent while there is none. */
  sinceMs?: number;
  untilMs?: number;
  /** Since when they only wait for their end. */
  retainedMs?: number;
  tags: Tag[];
};

/** What the stand-in may be told to do differently; the defaults are AWS's own. */
export type RdsOptions = {
  /** How long making a snapshot, or copying one, takes. Defaults 120 and 300 seconds. */
  snapshotSeconds?: () => number;
  copySeconds?: () => number;
  /** What becomes of a snapshot or copy; for simulations. Default: it becomes available. */
  fate?: (what: Snapshot) => "available" | "failed" | "stuck";
  /** Manual snapshots of one kind per region (RDS user guide, quotas). Default 100. */
  manualSnapshotsMax?: number;
  /** Copies in flight into one region: 20 for instances, 5 for clusters. */
  copiesMax?: { instance: number; cluster: number };
  /** How long making a database takes. Default 0, so that a test has its databases at once; AWS takes minutes. */
  createSeconds?: () => number;
  /** How long a restore takes, and until an instance of a restored cluster is there. Default 600. */
  restoreSeconds?: () => number;
  /** How long a change, a renaming or a reboot takes. Default 60. */
  changeSeconds?: () => number;
  /** How long deleting a database takes. Default 120. */
  deleteSeconds?: () => number;
  /** What becomes of a restored database, or of a cluster's instance; for simulations. Default: it becomes available. */
  restoreFate?: (what: Database) => "available" | "stuck" | FailedStatus;
  /** With real data: how often what was written is secured for a restore to an instant. Default 5. AWS: 300. */
  sealSeconds?: number;
  /** Where databases and snapshots hold real data. Absent: they are names only. */
  storage?: Storage;
};

/** What becomes of a database whose restore fails (RDS user guide, DB instance status). */
export type FailedStatus = "failed" | "restore-error" | "incompatible-restore";

/** Real data behind the names. Every method may be repeated and finishes before its promise resolves. */
export type Storage = {
  /** Makes an empty database, not yet open. */
  create(database: Database, masterPassword: string): Promise<void>;
  /** Makes a database with a snapshot's data, not yet open. */
  restore(from: Snapshot, database: Database): Promise<void>;
  /** Makes a database as it was at an instant, or as late as possible, not yet open. */
  recover(from: Backups, database: Database, toMs: number | undefined): Promise<void>;
  /** Lets clients in, on this port if it is free. */
  open(database: Database, port: number | undefined): Promise<Endpoint>;
  /** Ends its server; the data stays. */
  close(database: Database): Promise<void>;
  setPassword(database: Database, password: string): Promise<void>;
  snapshot(database: Database, snapshot: Snapshot): Promise<void>;
  copy(from: Snapshot, to: Snapshot): Promise<void>;
  /** Begins or renews automated backups; gives the instant from which on they can be restored. */
  keep(database: Database, backups: Backups): Promise<number>;
  /** Secures what was written; gives the instant up to which it can be restored, if there is one now. */
  seal(database: Database, backups: Backups): Promise<number | undefined>;
  /** Brings what a replica of automated backups lacks. */
  replicate(from: Backups, to: Backups): Promise<void>;
  remove(what: Database | Snapshot | Backups): Promise<void>;
};

/** Everything that RDS keeps, by ARN. */
export class RdsState {
  readonly twin: Twin;
  readonly options: RdsOptions;
  readonly databases = new Map<string, Database>();
  readonly snapshots = new Map<string, Snapshot>();
  readonly backups = new Map<string, Backups>();
  /** Subnet, parameter and option groups by their ARNs. */
  readonly groups = new Map<string, Group>();
  /** The port of each name, by ARN: clients know a database by its endpoint, which goes with its name. */
  readonly ports = new Map<string, number>();

  constructor(twin: Twin, options: RdsOptions) {
    this.twin = twin;
    this.options = options;
  }

  arnOf(what: Database | Snapshot | Backups): string {
    if ("retentionDays" in what) {
      const id = createHash("sha256").update(`${what.region}/${what.resourceId}`).digest("hex");
      const type = what.kind === "cluster" ? "cluster-auto-backup" : "auto-backup";
      return `arn:aws:rds:${what.region}:${this.twin.account}:${type}:ab-${id.slice(0, 26)}`;
    }
    const type = { instance: "db", cluster: "cluster" }[what.kind];
    const snapshotType = { instance: "snapshot", cluster: "cluster-snapshot" }[what.kind];
    return `arn:aws:rds:${what.region}:${this.twin.account}:${"of" in what ? snapshotType : type}:${what.id}`;
  }

  database(kind: Database["kind"], region: string, given: string): Database {
    const id = idOf(given);
    for (const database of this.databases.values()) {
      if (database.kind === kind && database.region === region && database.id === id) return database;
    }
    if (kind === "cluster")
      throw new AwsError("DBClusterNotFoundFault", `DBCluster ${given} not found.`, 404);
    throw new AwsError("DBInstanceNotFound", `DBInstance ${given} not found.`, 404);
  }

  /** The instances of an Aurora cluster, the writer first: it is the one that has been there longest. */
  membersOf({ region, id }: Pick<Database, "region" | "id">): Database[] {
    return [...this.databases.values()]
      .filter((one) => one.kind === "instance" && one.region === region && one.clusterId === id)
      .sort((a, b) => a.createdMs - b.createdMs);
  }

  /** The automated backups of a database that is there. */
  backupsOf({ resourceId, region }: Database): Backups | undefined {
    for (const one of this.backups.values())
      if (one.resourceId === resourceId && one.region === region) return one;
    return undefined;
  }

  snapshot(kind: Snapshot["kind"], region: string, given: string): Snapshot {
    const found = this.find(kind, region, given);
    if (found) return found;
    if (kind === "cluster") throw new AwsError("DBClusterSnapshotNotFoundFault", `${given} not found.`, 404);
    throw new AwsError("DBSnapshotNotFound", `DBSnapshot ${given} not found.`, 404);
  }

  find(kind: Snapshot["kind"], region: string, given: string): Snapshot | undefined {
    const type = kind === "instance" ? "snapshot" : "cluster-snapshot";
    const arn = given.startsWith("arn:")
      ? given
      : `arn:aws:rds:${region}:${this.twin.account}:${type}:${idOf(given)}`;
    return this.snapshots.get(arn);
  }

  /** The identifiers' rules: letters, digits, hyphens; a letter first, no two hyphens together, none last. */
  newSnapshotId(kind: Snapshot["kind"], region: string, given: string): string {
    const parameter = kind === "instance" ? "DBSnapshotIdentifier" : "DBClusterSnapshotIdentifier";
    const id = checkedId(given, parameter, kind === "instance" ? 255 : 63);
    if (!this.find(kind, region, id)) return id;
    const code = kind === "instance" ? "DBSnapshotAlreadyExists" : "DBClusterSnapshotAlreadyExistsFault";
    throw new AwsError(
      code,
      `Cannot create the snapshot because one with the identifier ${id} already exists.`,
    );
  }

  /** A new name of AWS's own for a database. */
  newResourceId(kind: Database["kind"]): string {
    const random = randomBytes(13).toString("hex").toUpperCase();
    return `${kind === "instance" ? "db" : "cluster"}-${random}`;
  }

  /** A database's identifier that nothing has, and nothing is about to get by a renaming. */
  newDatabaseId(kind: Database["kind"], region: string, given: string): string {
    const name = kind === "instance" ? "DBInstanceIdentifier" : "DBClusterIdentifier";
    const id = checkedId(given, name, 63);
    for (const one of this.databases.values()) {
      if (one.kind !== kind || one.region !== region) continue;
      const coming = one.task?.do === "change" ? one.task.change.newId : undefined;
      if (one.id !== id && coming !== id) continue;
      const code = kind === "instance" ? "DBInstanceAlreadyExists" : "DBClusterAlreadyExistsFault";
      throw new AwsError(
        code,
        `DB ${kind === "instance" ? "Instance" : "Cluster"} already exists with the identifier ${id}.`,
      );
    }
    return id;
  }

  manualCount(kind: Snapshot["kind"], region: string): number {
    let count = 0;
    for (const one of this.snapshots.values()) {
      if (one.kind === kind && one.region === region && one.type === "manual") count += 1;
    }
    return count;
  }

  get manualMax(): number {
    return this.options.manualSnapshotsMax ?? 100;
  }

  holdToManualQuota(kind: Snapshot["kind"], region: string): void {
    if (this.manualCount(kind, region) < this.manualMax) return;
    throw new AwsError(
      kind === "instance" ? "SnapshotQuotaExceeded" : "SnapshotQuotaExceeded",
      `Cannot create more than ${this.manualMax} manual snapshots`,
    );
  }

  keyArn(region: string, given: string): string {
    return keyArn(this.twin, region, given);
  }
}

/** Tags as given; `aws:` is AWS's own. */
export function checkedTags(tags: Tag[] = []): Tag[] {
  if (tags.some(({ Key }) => Key.startsWith("aws:"))) {
    throw new AwsError("InvalidParameterValue", "Tag keys that begin with aws: are reserved.");
  }
  // API reference, Tag.
  if (tags.some(({ Key, Value = "" }) => !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(Key + Value)))
    throw new AwsError("InvalidParameterValue", "A tag has characters that are not allowed.");
  if (tags.length > 50) throw new AwsError("InvalidParameterValue", "A resource can have at most 50 tags.");
  return tags.map(({ Key, Value }) => ({ Key, Value: Value ?? "" }));
}

function checkedId(given: unknown, parameter: string, max: number): string {
  const id = String(given ?? "").toLowerCase();
  if (/^[a-z](-?[a-z0-9])*$/.test(id) && id.length <= max) return id;
  throw new AwsError("InvalidParameterValue", `The parameter ${parameter} is not a valid identifier.`);
}

function idOf(given: string): string {
  return (given.startsWith("arn:") ? (given.split(":").at(-1) ?? "") : given).toLowerCase();
}
