import { asProblem, Problem } from "../core/problem.ts";
import {
  appended,
  purposes,
  type RestoredDatabase,
  type RestoredObjects,
  type RestoreFact,
  type RestoreOrder,
  restoreStamp,
} from "../core/restore.ts";
import type { RestoreWorld } from "../restore-world.ts";
import type { Renaming } from "./database-plan.ts";
import type { ObjectsWish } from "./object.ts";
import { mustRead, record } from "./record.ts";

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
  { id, proof }: Extract<RestoreOrder, { do: "undo" }>,
  world: RestoreWorld,
): Promise<Undoing> {
  const finished = await mustRead(world, id, "finished");
  const { database } = finished;
  const objects = finished.objects && (await mustRead(world, id, "planned")).plan?.objects;
  if (!database?.replaced && !objects) {
    const fix = "Delete what came back, if it is not wanted.";
    throw new Problem("invalid", `the restore ${id} took the place of nothing`, fix);
  }
  if (database?.replaced) await mustBeThere(database.kind, database.replaced, world);
  const known = await world.catalog.readRestore(id, "undo-requested");
  const asker = known?.by ?? (await world.identity.identify(proof, purposes.undo(id)));
  await record(world, { id, source: finished.source }, "undo-requested", { by: asker });
  const renamings = database?.replaced
    ? undoRenamings(database, database.replaced, restoreStamp(id), await isThere(finished, world))
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
  const stays = database && appended(database.id, `undone-${restoreStamp(request.id)}`);
  const news = { ...(stays ? { leftBehind: [stays] } : {}), ...(objects ? { objects } : {}) };
  await record(world, request, "undone", news);
  return stays ? { stays } : {};
}

/** Tells why a restore was not undone. */
export async function tellUndoFailed(
  request: { id: string; source: string },
  thrown: unknown,
  world: RestoreWorld,
): Promise<void> {
  const { message: reason, code } = asProblem(thrown);
  await record(world, request, "undo-failed", { reason, code });
}

async function mustBeThere(
  kind: RestoredDatabase["kind"],
  { id, resourceId }: { id: string; resourceId: string },
  world: RestoreWorld,
): Promise<void> {
  const found = await world.databases.describe({ kind, id });
  if (found?.resourceId === resourceId) return;
  const fix = "It was renamed or deleted since; restore the point that was taken before.";
  throw new Problem("not-found", `${id}, which is to have its names back, is not there`, fix);
}

/** What had come back may have been deleted since: then its names are free. */
async function isThere({ database }: RestoreFact, world: RestoreWorld): Promise<boolean> {
  if (!database) return false;
  const found = await world.databases.describe({ kind: database.kind, id: database.id });
  return found?.resourceId === database.resourceId;
}

function undoRenamings(
  database: RestoredDatabase,
  replaced: NonNullable<RestoredDatabase["replaced"]>,
  stamp: string,
  isThere: boolean,
): Renaming[] {
  const { kind } = database;
  const undone = (id: string) => appended(id, `undone-${stamp}`);
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
