import { AwsError, type Twin } from "../twin.ts";
import { keyArn } from "./kms.ts";

/** A tag as RDS has it. */
export type Tag = { Key: string; Value: string };

/** A DB instance or an Aurora cluster: what snapshots are taken of. */
export type Database = {
  kind: "instance" | "cluster";
  region: string;
  id: string;
  engine: string;
  engineVersion: string;
  status: string;
  sizeGiB: number;
  keyArn?: string;
  createdMs: number;
  endpoint?: { address: string; port: number };
  masterUsername?: string;
};

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
  /** Where databases and snapshots hold real data. Absent: they are names only. */
  storage?: Storage;
};

/** Real data behind the names. Every method may be repeated and finishes before its promise resolves. */
export type Storage = {
  create(database: Database, masterPassword: string): Promise<{ address: string; port: number }>;
  snapshot(database: Database, snapshot: Snapshot): Promise<void>;
  copy(from: Snapshot, to: Snapshot): Promise<void>;
  remove(what: Database | Snapshot): Promise<void>;
};

/** All databases and snapshots, by ARN. */
export class RdsState {
  readonly twin: Twin;
  readonly options: RdsOptions;
  readonly databases = new Map<string, Database>();
  readonly snapshots = new Map<string, Snapshot>();

  constructor(twin: Twin, options: RdsOptions) {
    this.twin = twin;
    this.options = options;
  }

  arnOf(what: Database | Snapshot): string {
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
    const id = given.toLowerCase();
    const max = kind === "instance" ? 255 : 63;
    if (!/^[a-z](-?[a-z0-9])*$/.test(id) || id.length > max) {
      throw new AwsError(
        "InvalidParameterValue",
        `The parameter ${kind === "instance" ? "DBSnapshotIdentifier" : "DBClusterSnapshotIdentifier"} is not a valid identifier.`,
      );
    }
    if (!this.find(kind, region, id)) return id;
    const code = kind === "instance" ? "DBSnapshotAlreadyExists" : "DBClusterSnapshotAlreadyExistsFault";
    throw new AwsError(
      code,
      `Cannot create the snapshot because one with the identifier ${id} already exists.`,
    );
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

function idOf(given: string): string {
  return (given.startsWith("arn:") ? (given.split(":").at(-1) ?? "") : given).toLowerCase();
}
