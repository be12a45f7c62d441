import { undoFactName } from "../catalog/undo-facts.ts";
import { asProblem, Problem } from "../core/problem.ts";
import {
  appended,
  purposes,
  type RestoredDatabase,
  type RestoredObjects,
  type RestoreFact,
  type RestoreId,
  type RestoreOrder,
  restoreStamp,
} from "../core/restore.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { actorOf } from "./actor.ts";
import { ownBy } from "./asked.ts";
import type { Renaming } from "./database-plan.ts";
import type { ObjectsWish } from "./object.ts";
import { mustRead, record } from "./record.ts";

/** The order to undo a restore. */
export type UndoOrder = Extract<RestoreOrder, { do: "undo" }>;

/** What an undo will do. */
export type Undoing = {
  asker: string;
  finished: RestoreFact;
  renamings: Renaming[];
  /** Of a bucket: what was restored, of which all is taken back that nobody has changed since. */
  objects?: ObjectsWish;
};

/** Finds out who wants to undo a restore, and what is to be renamed for it. Throws `Problem` where nothing is to be undone. */
export async function beginUndo(
  { id, proof, onBehalfOf, attempt = 1 }: UndoOrder,
  execution: string,
  world: RestoreWorld,
): Promise<Undoing> {
  const finished = await mustRead(world, id, "finished");
  const requested = undoFactName("undo-requested", attempt);
  const known = await world.catalog.readRestore(id, requested);
  const asker = known
    ? ownBy(known, execution)
    : actorOf(await world.identity.identify(proof, purposes.undo(id, onBehalfOf)), onBehalfOf, world);
  await record(world, { id, source: finished.source }, requested, { by: asker, execution });
  const { database } = finished;
  const objects = finished.objects && (await mustRead(world, id, "planned")).plan?.objects;
  if (!database?.replaced && !objects) {
    const fix = "Delete what came back, if it is not wanted.";
    throw new Problem("invalid", `the restore ${id} took the place of nothing`, fix);
  }
  if (database?.replaced) await mustBeThere(database, database.replaced, world);
  const renamings = database?.replaced
    ? undoRenamings(database, database.replaced, id, await isThere(finished, world))
    : [];
  return { asker, finished, renamings, ...(objects ? { objects } : {}) };
}

/** Tells that a restore was undone, and where what had come back is now. */
export async function tellUndone(
  request: { id: string; source: string },
  { database }: RestoreFact,
  objects: RestoredObjects | undefined,
  world: RestoreWorld,
): Promise<{ stays?: string }> {
  const stays = database && undoneName(database.id, request.id);
  const news = { ...(stays ? { leftBehind: [stays] } : {}), ...(objects ? { objects } : {}) };
  await record(world, request, "undone", news);
  return stays ? { stays } : {};
}

/** Tells why a restore was not undone; of a try that is another execution's it tells nothing. */
export async function tellUndoFailed(
  { id, attempt = 1 }: UndoOrder,
  execution: string,
  thrown: unknown,
  world: RestoreWorld,
): Promise<void> {
  const finished = await world.catalog.readRestore(id, "finished");
  const requested = await world.catalog.readRestore(id, undoFactName("undo-requested", attempt));
  if (!finished || (requested && requested.execution !== execution)) return;
  const { message: reason, code } = asProblem(thrown);
  const name = undoFactName("undo-failed", attempt);
  await record(world, { id, source: finished.source }, name, { reason, code });
}

/** Under the name that the restore gave it; under its own again, where a try before this one was stopped after that. */
async function mustBeThere(
  { kind, id: own }: RestoredDatabase,
  { id, resourceId }: { id: string; resourceId: string },
  world: RestoreWorld,
): Promise<void> {
  if (await hasName(kind, [id, own], resourceId, world)) return;
  const fix = "It was renamed or deleted since; restore the point that was taken before.";
  throw new Problem("not-found", `${id}, which is to have its names back, is not there`, fix);
}

/** What had come back may have been deleted since: then its names are free. */
async function isThere({ database, restore }: RestoreFact, world: RestoreWorld): Promise<boolean> {
  if (!database) return false;
  const { kind, id, resourceId } = database;
  return hasName(kind, [id, undoneName(id, restore)], resourceId, world);
}

async function hasName(
  kind: RestoredDatabase["kind"],
  names: string[],
  resourceId: string,
  { databases }: RestoreWorld,
): Promise<boolean> {
  for (const id of names) {
    const found = await databases.describe({ kind, id });
    if (found?.resourceId === resourceId) return true;
  }
  return false;
}

function undoneName(id: string, restore: RestoreId): string {
  return appended(id, `undone-${restoreStamp(restore)}`);
}

function undoRenamings(
  database: RestoredDatabase,
  replaced: NonNullable<RestoredDatabase["replaced"]>,
  restore: RestoreId,
  isThere: boolean,
): Renaming[] {
  const { kind } = database;
  const undone = (id: string) => undoneName(id, restore);
  const member = { kind: "instance" as const };
  const away: Renaming[] = [
    { kind, id: database.id, resourceId: database.resourceId, to: undone(database.id) },
    ...(kind === "cluster"
      ? database.instances.map((one) => ({ ...member, ...one, to: undone(one.id) }))
      : []),
  ];
  const home: Renaming[] = [
    ...(kind === "cluster"
      ? replaced.instances.map(({ id, resourceId, was }) => ({ ...member, id, resourceId, to: was }))
      : []),
    { kind, id: replaced.id, resourceId: replaced.resourceId, to: database.id },
  ];
  return [...(isThere ? away : []), ...home];
}
