import { AwsError } from "../twin.ts";
import { defaultSettings } from "./rds-settings.ts";
import type { RdsState, Snapshot } from "./rds-state.ts";
import { checkedTags, type Tag } from "./rds-state.ts";

/** What CreateDBSnapshot and CreateDBClusterSnapshot share. `finally`: what follows instead of being available. */
export type Making = {
  kind: Snapshot["kind"];
  region: string;
  id: string;
  of: string;
  tags?: Tag[];
  finally?: () => void;
};

/** Begins a snapshot of a database that is available; one at a time (RDS user guide, DB instance status). */
export function beginSnapshot(state: RdsState, making: Making): Snapshot {
  const { kind, region } = making;
  const database = state.database(kind, region, making.of);
  const id = state.newSnapshotId(kind, region, making.id);
  const own = checkedTags(making.tags);
  if (database.clusterId)
    throw new AwsError(
      "InvalidParameterValue",
      "The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the CreateDBClusterSnapshot API instead.",
    );
  const ownKeys = new Set(own.map(({ Key }) => Key));
  const kept = database.settings.copyTagsToSnapshot ? database.tags : [];
  const tags = [...kept.filter(({ Key }) => !ownKeys.has(Key)), ...own];
  if (database.status !== "available") {
    const code = kind === "instance" ? "InvalidDBInstanceState" : "InvalidDBClusterStateFault";
    throw new AwsError(code, `${database.id} is in state ${database.status}, not available.`);
  }
  state.holdToManualQuota(kind, region);
  const snapshot: Snapshot = {
    kind,
    region,
    id,
    of: database.id,
    engine: database.engine,
    engineVersion: database.engineVersion,
    type: "manual",
    status: "creating",
    percent: 0,
    sizeGiB: database.sizeGiB,
    ...(database.keyArn ? { keyArn: database.keyArn } : {}),
    createdMs: state.twin.clock.now(),
    tags,
    ...(database.masterUsername ? { masterUsername: database.masterUsername } : {}),
    settings: { ...database.settings },
    databaseTags: [...database.tags],
  };
  database.status = "backing-up";
  state.snapshots.set(state.arnOf(snapshot), snapshot);
  tell(
    state,
    snapshot,
    kind === "instance" ? "RDS-EVENT-0040" : "RDS-EVENT-0074",
    "creation",
    "Creating manual snapshot",
  );
  const data = state.options.storage?.snapshot(database, snapshot);
  make(state, snapshot, (state.options.snapshotSeconds ?? (() => 120))(), data, () => {
    if (making.finally) making.finally();
    else if (database.status === "backing-up") database.status = "available";
  });
  return snapshot;
}

/** What CopyDBSnapshot and CopyDBClusterSnapshot share. */
export type Copying = {
  kind: Snapshot["kind"];
  region: string;
  id: string;
  fromArn: string;
  key?: string;
  tags?: Tag[];
  copyTags?: boolean;
};

/** Begins a copy into the region that was called. Copies of one source run one after the other. */
export function beginCopy(state: RdsState, copying: Copying): Snapshot {
  const { kind, region } = copying;
  const from = state.snapshot(kind, region, copying.fromArn);
  const id = state.newSnapshotId(kind, region, copying.id);
  const acrossRegions = from.region !== region;
  const tags = checkedTags(copying.tags);
  if (from.status !== "available") {
    const code = kind === "instance" ? "InvalidDBSnapshotState" : "InvalidDBClusterSnapshotStateFault";
    throw new AwsError(code, `${from.id} is in state ${from.status}, not available.`);
  }
  if (from.keyArn && acrossRegions && !copying.key) {
    throw new AwsError(
      "InvalidParameterCombination",
      "KmsKeyId is needed to copy an encrypted snapshot to another region.",
    );
  }
  if (!from.keyArn && copying.key && kind === "cluster") {
    throw new AwsError(
      "InvalidParameterCombination",
      "An unencrypted DB cluster snapshot cannot be encrypted by copying it.",
    );
  }
  state.holdToManualQuota(kind, region);
  const inFlight = [...state.snapshots.values()].filter(
    (one) => one.status === "copying" && one.kind === kind && one.region === region,
  );
  const max = (state.options.copiesMax ?? { instance: 20, cluster: 5 })[kind];
  if (acrossRegions && inFlight.length >= max) {
    throw new AwsError(
      "SnapshotQuotaExceeded",
      `Cannot copy more than ${max} snapshots across regions into ${region}`,
    );
  }
  const key = copying.key ? state.keyArn(region, copying.key) : from.keyArn;
  const snapshot: Snapshot = {
    ...from,
    region,
    id,
    type: "manual",
    status: "copying",
    percent: 0,
    createdMs: state.twin.clock.now(),
    copiedFromArn: state.arnOf(from),
    tags: [...(copying.copyTags ? from.tags : []), ...tags],
    ...(key ? { keyArn: key } : {}),
    // Groups belong to a region (RDS user guide, copying a snapshot).
    ...(acrossRegions && from.settings
      ? {
          settings: {
            ...from.settings,
            optionGroup: defaultSettings(from.engine, from.engineVersion).optionGroup,
          },
        }
      : {}),
  };
  state.snapshots.set(state.arnOf(snapshot), snapshot);
  if (kind === "instance")
    tell(state, snapshot, "RDS-EVENT-0059", "notification", "Started copy of snapshot");
  const sameSource = inFlight
    .filter((one) => one.copiedFromArn === snapshot.copiedFromArn)
    .map((one) => one.endsMs ?? 0);
  const waitSeconds = Math.max(0, ...sameSource.map((ms) => (ms - state.twin.clock.now()) / 1_000));
  const data = state.options.storage?.copy(from, snapshot);
  make(state, snapshot, waitSeconds + (state.options.copySeconds ?? (() => 300))(), data, () => {});
  return snapshot;
}

/** Lets a snapshot become what its fate is, once its time is over and its data is there. */
export function make(
  state: RdsState,
  snapshot: Snapshot,
  seconds: number,
  data: Promise<void> | undefined,
  done: () => void,
): void {
  const fate = state.options.fate?.(snapshot) ?? "available";
  if (fate === "stuck") return;
  snapshot.endsMs = state.twin.clock.now() + seconds * 1_000;
  state.twin.clock.at(snapshot.endsMs, () => {
    if (!data) finish(fate);
    else
      data.then(
        () => finish(fate),
        () => finish("failed"),
      );
  });

  function finish(as: "available" | "failed") {
    delete snapshot.endsMs;
    done();
    const there = state.snapshots.get(state.arnOf(snapshot)) === snapshot;
    if (!there) return;
    // Deleting the source of a running copy can fail the copy (RDS user guide, copying a snapshot).
    const orphaned = snapshot.status === "copying" && !state.snapshots.has(snapshot.copiedFromArn ?? "");
    snapshot.status = orphaned ? "failed" : as;
    if (snapshot.status !== "available") return;
    snapshot.percent = 100;
    tellMade(state, snapshot);
  }
}

/** There is no event for a failure, and none at all for the copy of a cluster snapshot. */
function tellMade(state: RdsState, snapshot: Snapshot): void {
  const copied = snapshot.copiedFromArn !== undefined;
  if (snapshot.kind === "cluster") {
    if (!copied) tell(state, snapshot, "RDS-EVENT-0075", "backup", "Manual cluster snapshot created");
    return;
  }
  if (copied) tell(state, snapshot, "RDS-EVENT-0060", "notification", "Finished copy of snapshot");
  else tell(state, snapshot, "RDS-EVENT-0042", "creation", "Manual snapshot created");
}

/** One event as RDS sends it to EventBridge (RDS user guide, event categories and messages). */
export function tell(
  state: RdsState,
  snapshot: Snapshot,
  EventID: string,
  category: string,
  Message: string,
): void {
  const cluster = snapshot.kind === "cluster";
  const SourceArn = state.arnOf(snapshot);
  state.twin.emit({
    source: "aws.rds",
    "detail-type": cluster ? "RDS DB Cluster Snapshot Event" : "RDS DB Snapshot Event",
    region: snapshot.region,
    resources: [SourceArn],
    detail: {
      EventCategories: [category],
      SourceType: cluster ? "CLUSTER_SNAPSHOT" : "SNAPSHOT",
      SourceArn,
      Date: new Date(state.twin.clock.now()).toISOString(),
      Message,
      SourceIdentifier: snapshot.id,
      EventID,
    },
  });
}
