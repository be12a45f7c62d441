import { tellDatabase } from "./rds-events.ts";
import { forgetPassword } from "./rds-passwords.ts";
import type { Settings } from "./rds-settings.ts";
import type { Database, FailedStatus, RdsState, Storage } from "./rds-state.ts";

/** What Modify changes: settings, a name, the master user's password. */
export type Change = { settings?: Partial<Settings>; newId?: string; password?: string };

/** What is being done to a database: plain data, so that a stand-in that was restarted takes it up again. */
export type Task = {
  /** When it ends; absent for one that never does. */
  endsMs?: number;
  /** What becomes of it instead of success. */
  fails?: FailedStatus;
} & (
  | { do: "create"; password: string }
  | { do: "restore"; fromArn: string }
  | { do: "recover"; fromArn: string; toMs?: number }
  | { do: "join" }
  | { do: "change"; change: Change }
  | { do: "reboot" }
  | { do: "delete" }
);

/** What follows when a task has succeeded, for those who know more of it than this file. */
export type After = (database: Database, task: Task) => void;

/** Begins a task. With `seconds` of 0 it is over when the promise resolves, or at once where nothing holds data. */
export function begin(
  state: RdsState,
  database: Database,
  task: Task,
  how: { status: string; seconds: number; fate?: "available" | "stuck" | FailedStatus; after?: After },
): Promise<void> | undefined {
  database.status = how.status;
  database.task = task;
  if (how.fate === "stuck") return undefined;
  if (how.fate && how.fate !== "available") task.fails = how.fate;
  task.endsMs = state.twin.clock.now() + how.seconds * 1_000;
  return follow(state, database, how.after);
}

/** Goes on with the task that a database has: begins its work, and ends it when its time is over. */
export function follow(state: RdsState, database: Database, after?: After): Promise<void> | undefined {
  const { task } = database;
  const { storage } = state.options;
  if (task?.endsMs === undefined) return undefined;
  const done = () => {
    if (database.task !== task) return;
    delete database.task;
    complete(state, database, task);
    after?.(database, task);
  };
  if (!storage) {
    if (task.endsMs <= state.twin.clock.now()) done();
    else state.twin.clock.at(task.endsMs, done);
    return undefined;
  }
  const prepared = prepare(state, database, task, storage);
  prepared.catch(() => {});
  const finish = async () => {
    try {
      await prepared;
      if (database.task === task) await settle(state, database, task, storage);
      done();
    } catch (thrown) {
      // A person at the terminal should see why; AWS itself shows nothing but the state.
      console.error(`rds: ${task.do} of ${database.id} failed:`, thrown);
      if (database.task !== task) return;
      delete database.task;
      database.status = "failed";
    }
  };
  if (task.endsMs <= state.twin.clock.now()) return finish();
  state.twin.clock.at(task.endsMs, finish);
  return undefined;
}

/** The work on real data that takes long and can begin at once. */
async function prepare(state: RdsState, database: Database, task: Task, storage: Storage): Promise<void> {
  if (task.fails) return;
  if (task.do === "create") await storage.create(database, task.password);
  if (task.do === "restore") {
    const from = state.snapshots.get(task.fromArn);
    if (!from) throw new Error(`${task.fromArn} is gone`);
    await storage.restore(from, database);
  }
  if (task.do === "recover") {
    const from = state.backups.get(task.fromArn);
    if (!from) throw new Error(`${task.fromArn} is gone`);
    await storage.recover(from, database, task.toMs);
  }
  if (task.do === "change" && task.change.password) await storage.setPassword(database, task.change.password);
}

/** What is seen from outside, when the time is over. */
async function settle(state: RdsState, database: Database, task: Task, storage: Storage): Promise<void> {
  if (task.fails) return;
  if (task.do === "delete") {
    if (!database.clusterId) await storage.remove(database);
    else await leaveCluster(state, database, storage);
    return;
  }
  const renamed = task.do === "change" && task.change.newId !== undefined;
  if (renamed || task.do === "reboot") await reopen(state, database, storage, task);
  else if (task.do !== "change") await open(state, database, storage);
}

/** Opens a database for clients; a cluster only when an instance of it comes. */
export async function open(state: RdsState, database: Database, storage: Storage, id = database.id) {
  if (database.kind === "cluster") return;
  const owner = database.clusterId
    ? state.database("cluster", database.region, database.clusterId)
    : { ...database, id };
  if (database.clusterId && owner.endpoint) return;
  const name = state.arnOf(owner);
  const endpoint = await storage.open(owner, state.ports.get(name));
  state.ports.set(name, endpoint.port);
  if (database.clusterId) owner.endpoint = endpoint;
  else database.endpoint = endpoint;
}

/** A restart of its server; after a renaming it is found where the new name is. */
async function reopen(state: RdsState, database: Database, storage: Storage, task: Task): Promise<void> {
  const newId = task.do === "change" ? task.change.newId : undefined;
  if (database.kind === "instance") {
    if (!database.clusterId) await storage.close(database);
    return open(state, database, storage, newId);
  }
  if (!database.endpoint) return;
  await storage.close(database);
  const name = state.arnOf({ ...database, id: newId ?? database.id });
  database.endpoint = await storage.open(database, state.ports.get(name));
  state.ports.set(name, database.endpoint.port);
}

/** The last instance that leaves a cluster closes its data. */
async function leaveCluster(state: RdsState, member: Database, storage: Storage): Promise<void> {
  const { clusterId = "" } = member;
  const cluster = state.databases.get(state.arnOf({ ...member, kind: "cluster", id: clusterId }));
  // A cluster may be deleted while its last instance still is.
  if (!cluster) return;
  if (state.membersOf(cluster).some((one) => one !== member && one.status !== "creating")) return;
  await storage.close(cluster);
  delete cluster.endpoint;
}

function complete(state: RdsState, database: Database, task: Task): void {
  if (task.fails) {
    database.status = task.fails;
    return;
  }
  if (task.do === "delete") {
    state.databases.delete(state.arnOf(database));
    forgetPassword(state, database);
    tellDatabase(state, database, "deleted");
    return;
  }
  if (task.do === "change") apply(state, database, task.change);
  database.status = "available";
  if (task.do === "create" || task.do === "join" || task.do === "restore")
    tellDatabase(state, database, "created");
  if (task.do === "recover") tellDatabase(state, database, "recovered");
  if (task.do === "reboot") tellDatabase(state, database, "restarted");
}

/** Makes a change visible. */
export function apply(state: RdsState, database: Database, change: Change): void {
  Object.assign(database.settings, change.settings);
  if (change.password) tellDatabase(state, database, "password reset");
  if (!change.newId) return;
  state.databases.delete(state.arnOf(database));
  if (database.kind === "cluster")
    for (const member of state.membersOf(database)) member.clusterId = change.newId;
  database.id = change.newId;
  state.databases.set(state.arnOf(database), database);
}
