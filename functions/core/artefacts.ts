import type { Environment } from "./environment.ts";
import { snapshotId } from "./names.ts";
import { type Artefact, tagNames } from "./provider.ts";
import type { PointId } from "./slot.ts";

/** An artefact of ours, with the attempt that its name says. */
export type OwnArtefact = { artefact: Artefact; attempt: number };

/** What exists in one region, told apart: ours by source and point, and the names of all that is not ours. */
export type Own = {
  bySource: ReadonlyMap<string, ReadonlyMap<PointId, readonly OwnArtefact[]>>;
  foreignIds: ReadonlySet<string>;
};

/**
 * Tells our artefacts from foreign ones. Ours is one that carries our tags *and* the name that follows from
 * them: a snapshot that somebody copied by hand takes our tags along but has another name.
 */
export function ownArtefacts(environment: Environment, artefacts: readonly Artefact[]): Own {
  const bySource = new Map<string, Map<PointId, OwnArtefact[]>>();
  const foreignIds = new Set<string>();
  for (const artefact of artefacts) {
    const source = artefact.tags[tagNames.source];
    const point = artefact.tags[tagNames.point];
    const tagged = artefact.tags[tagNames.environment] === environment.name && source && point;
    const attempt = tagged ? attemptOf(environment, source, point, artefact.id) : 0;
    if (!tagged || attempt === 0) {
      foreignIds.add(artefact.id);
      continue;
    }
    const points = bySource.get(source) ?? new Map<PointId, OwnArtefact[]>();
    bySource.set(source, points);
    const same = points.get(point);
    if (same) same.push({ artefact, attempt });
    else points.set(point, [{ artefact, attempt }]);
  }
  return { bySource, foreignIds };
}

/** The attempt that an identifier of the point's artefact stands for; 0 if it is none of its names. */
function attemptOf(environment: Environment, source: string, point: PointId, id: string): number {
  const first = snapshotId(environment, source, point);
  if (id === first) return 1;
  return Number(/^-r([2-9])$/.exec(id.startsWith(first) ? id.slice(first.length) : "")?.[1] ?? 0);
}
