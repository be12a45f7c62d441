import type { RestoreFactName } from "../catalog/keys.ts";
import { Problem } from "../core/problem.ts";
import type { RestoreFact, RestoreNews, RestoreRequest } from "../core/restore.ts";
import type { PointId } from "../core/slot.ts";
import type { RestoreWorld } from "../restore-world.ts";

/** Records a fact about a restore, and gives when. One that is there already stays as it is, and its instant counts. */
export async function record(
  { catalog, now, region }: RestoreWorld,
  { id, source }: Pick<RestoreRequest, "id" | "source">,
  name: RestoreFactName,
  news: RestoreNews = {},
): Promise<string> {
  const at = now().toISOString();
  const fact = name.replace(/-\d+$/, "") as RestoreFact["fact"];
  const fresh = await catalog.recordRestore(name, {
    ...{ schema: 1, at, fact, restore: id, source, region },
    ...news,
  });
  return fresh ? at : ((await catalog.readRestore(id, name))?.at ?? at);
}

/** Keeps expiry from what a restore reads, until it is released. */
export async function holdPoint(
  world: RestoreWorld,
  { id, source }: RestoreRequest,
  point: PointId,
): Promise<void> {
  const reason = `The restore ${id} reads it.`;
  await world.catalog.recordPoint(`held-restore-${id}`, {
    ...{ schema: 1, at: world.now().toISOString(), fact: "held", source, point, region: world.region },
    reason,
  });
}

/** Ends a hold. */
export async function releasePoint(
  world: RestoreWorld,
  { id, source }: RestoreRequest,
  point: PointId,
): Promise<void> {
  await world.catalog.recordPoint(`released-restore-${id}`, {
    ...{ schema: 1, at: world.now().toISOString(), fact: "released", source, point, region: world.region },
    reason: `The restore ${id} has ended.`,
  });
}

/** Why a restore is to stop, if somebody asked for that; asked between its steps. */
export async function whyCancelled(
  { id }: { id: string },
  { catalog }: RestoreWorld,
): Promise<string | undefined> {
  const fact = await catalog.readRestore(id, "cancel-requested");
  return fact && `cancelled by ${fact.by ?? "somebody"}`;
}

/** The facts of a restore that must be there. Throws `Problem` not-found. */
export async function mustRead(world: RestoreWorld, id: string, name: RestoreFactName): Promise<RestoreFact> {
  const fact = await world.catalog.readRestore(id, name);
  if (fact) return fact;
  const fix = "See: holdfast restore status <id>; it may have run in the other region.";
  throw new Problem("not-found", `the restore ${id} has no fact "${name}" in ${world.region}`, fix);
}
