import type { Catalog } from "../catalog/catalog.ts";
import { believedSeconds } from "../core/looks.ts";
import { asProblem } from "../core/problem.ts";
import type { PointId } from "../core/slot.ts";
import { logProblem } from "../glue.ts";
import type { World } from "../world.ts";

/** What a pass knows of artefacts whose fact is there and which it does not see. */
export type Unseen = {
  /** Whether an artefact that this pass does not see either has been away for so long that it is lost. */
  isLost(source: string, point: PointId): Promise<boolean>;
  /** Since which pass each was not seen that may still come back, by `<source>/<point>`, for the next pass. */
  noted: ReadonlyMap<string, string>;
};

/**
 * RDS's listings follow its changes with a delay, and may answer twice in a row with what was before. That something was lost
 * is a grave thing to say, and can never be taken back, so one pass does not say it: it notes what it did not see, and a pass
 * that comes `believedSeconds` later, or more, and does not see it either says that it is lost. Whatever a pass sees is
 * forgotten here. The notes lie in the trace of the passes, which is overwritten: should they be lost, it takes another
 * quarter of an hour. They are read only when something is missing.
 */
export function unseenBefore({ catalog, now }: Pick<World, "catalog" | "now">): Unseen {
  const noted = new Map<string, string>();
  let before: Promise<ReadonlyMap<string, string>> | undefined;
  return {
    noted,
    async isLost(source, point) {
      before ??= readNoted(catalog);
      const name = `${source}/${point}`;
      const [nowMs, since] = [now().getTime(), (await before).get(name)];
      const sinceMs = since === undefined ? nowMs : Date.parse(since);
      if (nowMs - sinceMs >= believedSeconds * 1_000) return true;
      // A clock that was wrong may have noted an instant that is still to come.
      noted.set(name, new Date(Math.min(sinceMs, nowMs)).toISOString());
      return false;
    },
  };
}

async function readNoted(catalog: Catalog): Promise<ReadonlyMap<string, string>> {
  try {
    return new Map(Object.entries((await catalog.readTrace()).unseen ?? {}));
  } catch (thrown) {
    if (asProblem(thrown).code !== "not-found") logProblem(thrown, { reading: "trace" });
    return new Map();
  }
}
