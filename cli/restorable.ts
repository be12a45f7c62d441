import { continuityPrefix, parseContinuityKey } from "../functions/catalog/keys.ts";
import {
  type Continuity,
  ContinuityChanges,
  isContinuousAt,
  placeKey,
} from "../functions/core/continuity.ts";
import type { Restorable, RpoView } from "../functions/core/decide-rpo.ts";
import { asProblem } from "../functions/core/problem.ts";
import { identifierOf, type Source } from "../functions/core/source.ts";
import { type House, placesOf } from "./house.ts";
import type { Io } from "./verb.ts";

/** What was just seen of automated backups, and where RDS could not be asked. */
export type Seen = { restorable: RpoView["restorable"]; unseen: { region: string; reason: string }[] };

/**
 * Asks RDS in both regions, in pages, up to when it can restore the sources whose plans ask for every moment. A vault does
 * not say: the latest moment moves every five minutes, and a fact is for ever. Where no plan asks, nobody is asked.
 */
export async function lookForRestorable(
  house: House,
  { reach }: Pick<Io, "reach">,
  sources: readonly Source[] = house.environment.sources,
): Promise<Seen> {
  const restorable = new Map<string, Restorable>();
  const unseen: Seen["unseen"] = [];
  const looks = placesOf(house).flatMap((place) => {
    const here = sources.filter((source) => isContinuousAt(source, place));
    const kinds = new Set(here.map(({ kind }) => kind));
    return [...kinds].map(async (kind) => {
      const { region } = place;
      const world = region === house.region ? house.world : reach.world(house.environment, region);
      try {
        const backups = await world.providers[kind].continuous?.look();
        for (const source of here.filter((one) => one.kind === kind)) {
          const until = backups?.get(identifierOf(source))?.until;
          restorable.set(placeKey(source.name, region), until ? { until } : {});
        }
      } catch (thrown) {
        unseen.push({ region, reason: asProblem(thrown).message });
      }
    });
  });
  await Promise.all(looks);
  return { restorable, unseen };
}

/** How continuous protection changed, as the vault tells it. */
export async function readContinuity({ world: { catalog } }: House): Promise<Continuity> {
  const changes = new ContinuityChanges();
  for await (const { key } of catalog.list(continuityPrefix)) {
    const change = parseContinuityKey(key);
    if (change) changes.add(change);
  }
  return changes.sorted;
}

/** A moment as people are shown it: to the second. */
export function moment(at: string): string {
  return `${at.slice(0, 19)}Z`;
}
