import { AwsError } from "../twin.ts";
import { tellDatabase } from "./rds-events.ts";
import type { Backups, Database, RdsState } from "./rds-state.ts";

const dayMs = 86_400_000;

/** Begins, goes on with, or ends a database's automated backups, as its retention period says. */
export function keepBackups(state: RdsState, database: Database): void {
  const { kind, region, resourceId, settings } = database;
  // The instances of an Aurora cluster have none: the cluster has.
  if (database.clusterId || database.status !== "available") return;
  const there = state.backupsOf(database);
  if (settings.retentionDays === 0) {
    if (!there) return;
    drop(state, there);
    for (const replica of replicasOf(state, there)) retain(state, replica);
    tellDatabase(state, database, "backups off");
    return;
  }
  if (there) {
    there.retentionDays = settings.retentionDays;
    for (const one of [there, ...replicasOf(state, there)]) one.of = database.id;
    // The stand-in ended before the first was complete.
    if (there.status === "creating") first(state, database, there).catch((thrown) => complain(there, thrown));
    return;
  }
  const { engine, engineVersion, sizeGiB, createdMs, masterUsername, keyArn } = database;
  const backups: Backups = {
    ...{ kind, region, resourceId, engine, engineVersion, sizeGiB, createdMs, settings },
    of: database.id,
    ofRegion: region,
    ...(masterUsername ? { masterUsername } : {}),
    ...(keyArn ? { keyArn } : {}),
    status: "creating",
    retentionDays: settings.retentionDays,
    tags: [],
  };
  state.backups.set(state.arnOf(backups), backups);
  const { storage } = state.options;
  if (!storage) {
    backups.sinceMs = state.twin.clock.now();
    backups.status = "active";
  } else first(state, database, backups).catch((thrown) => complain(database, thrown));
}

async function first(state: RdsState, database: Database, backups: Backups): Promise<void> {
  const sinceMs = await state.options.storage?.keep(database, backups);
  if (sinceMs === undefined || backups.status !== "creating") return;
  backups.sinceMs = sinceMs;
  backups.status = "active";
}

/** What becomes of the automated backups of a database that is being deleted. */
export function leaveBackups(state: RdsState, database: Database, keep: boolean): void {
  const there = state.backupsOf(database);
  if (!there) return;
  for (const replica of replicasOf(state, there)) retain(state, replica);
  if (keep) retain(state, there);
  else drop(state, there);
}

/** Lets backups stand as they are, until their retention period is over. */
export function retain(state: RdsState, backups: Backups): void {
  const window = windowOf(state, backups);
  backups.status = "retained";
  backups.retainedMs = state.twin.clock.now();
  if (window) backups.untilMs = window.untilMs;
}

/** Removes automated backups. */
export function drop(state: RdsState, backups: Backups): void {
  state.backups.delete(state.arnOf(backups));
  state.options.storage?.remove(backups).catch((thrown) => complain(backups, thrown));
}

/** The replicas of a database's automated backups in other regions. */
export function replicasOf(state: RdsState, { resourceId, region }: Backups): Backups[] {
  return [...state.backups.values()].filter(
    (one) => one.resourceId === resourceId && one.region !== region && one.status !== "retained",
  );
}

/** The instants that can be restored, to the second as AWS tells them; `undefined` while there is none. */
export function windowOf(
  state: RdsState,
  backups: Backups,
): { sinceMs: number; untilMs: number } | undefined {
  const { sinceMs, untilMs, status, retentionDays } = backups;
  if (sinceMs === undefined) return undefined;
  const now = state.twin.clock.now();
  // AWS uploads transaction logs every five minutes (RDS user guide, restoring to a specified time).
  const named = Math.max(Math.ceil(sinceMs / 1_000) * 1_000, now - (now % 300_000));
  const until = status === "retained" || state.options.storage ? (untilMs ?? sinceMs) : named;
  const since = Math.max(sinceMs, until - retentionDays * dayMs);
  const firstMs = Math.ceil(since / 1_000) * 1_000;
  // Right after the first backup it is less than a whole second, which has no name but that of its end.
  return { sinceMs: firstMs, untilMs: Math.max(firstMs, Math.floor(until / 1_000) * 1_000) };
}

/** Removes retained backups whose time is over. */
export function expireBackups(state: RdsState): void {
  for (const one of state.backups.values()) {
    const endMs = (one.retainedMs ?? Number.POSITIVE_INFINITY) + one.retentionDays * dayMs;
    if (endMs <= state.twin.clock.now()) drop(state, one);
  }
}

/** The instant to restore out of a window, or AWS's refusal. `undefined`: the latest. */
export function instantIn(
  state: RdsState,
  backups: Backups,
  asked: { time: unknown; latest: unknown; timeName: string },
): number | undefined {
  const { time, latest, timeName } = asked;
  if ((time !== undefined) === (latest === true))
    throw new AwsError(
      "InvalidParameterCombination",
      `Either ${timeName} or UseLatestRestorableTime must be specified, and not both.`,
    );
  const window = windowOf(state, backups);
  if (!window)
    throw new AwsError("InvalidDBInstanceState", `${backups.of} has no automated backup that is complete.`);
  if (time === undefined) return undefined;
  const ms = new Date(time as string | Date).getTime();
  if (Number.isNaN(ms)) throw new AwsError("InvalidParameterValue", `${time} is not an instant.`);
  const second = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;
  if (ms > window.untilMs)
    throw new AwsError(
      "InvalidParameterValue",
      `The specified instance cannot be restored to a time later than ${second(window.untilMs)}.`,
    );
  if (ms < window.sinceMs)
    throw new AwsError(
      "InvalidParameterValue",
      `The specified instance cannot be restored to a time earlier than ${second(window.sinceMs)} because its backup retention period is set to ${backups.retentionDays} days.`,
    );
  return ms;
}

/** Secures what was written to every database with automated backups, again and again. */
export function keepSealing(state: RdsState): void {
  const { storage, sealSeconds = 5 } = state.options;
  if (!storage) return;
  const seal = async (backups: Backups) => {
    const database = [...state.databases.values()].find(
      ({ resourceId, region }) => resourceId === backups.resourceId && region === backups.region,
    );
    const there = () => backups.status === "active" && state.backups.get(state.arnOf(backups)) === backups;
    if (database?.status !== "available" || !there()) return;
    const untilMs = await storage.seal(database, backups);
    if (untilMs === undefined || !there()) return;
    backups.untilMs = untilMs;
    for (const replica of replicasOf(state, backups)) {
      await storage.replicate(backups, replica);
      replica.sinceMs ??= backups.sinceMs ?? untilMs;
      replica.untilMs = untilMs;
      if (replica.status === "creating") replica.status = "active";
    }
  };
  const sealAll = async () => {
    const own = [...state.backups.values()].filter(({ region, ofRegion }) => region === ofRegion);
    await Promise.all(own.map((one) => seal(one).catch((thrown) => complain(one, thrown))));
    state.twin.clock.at(state.twin.clock.now() + sealSeconds * 1_000, sealAll);
  };
  state.twin.clock.at(state.twin.clock.now() + sealSeconds * 1_000, sealAll);
}

function complain({ resourceId }: { resourceId: string }, thrown: unknown): void {
  // Its window then ends earlier, which is what a user of it has to notice.
  console.error(`rds: the automated backups of ${resourceId}:`, thrown);
}
