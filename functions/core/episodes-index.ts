import * as z from "zod/mini";
import type { Episode, FindingFactName } from "./episode.ts";
import { mayBeDue } from "./telling.ts";

/** What the last pass of telling left for the next: the episodes that are not at rest. */
export const EpisodesIndex = z.strictObject({
  schema: z.literal(1),
  /** ISO-8601 UTC: it has all facts that were stored by then. */
  at: z.string(),
  /** When all facts were last listed for it, and in how many calls. */
  wholeAt: z.string(),
  pages: z.int(),
  episodes: z.array(
    z.strictObject({
      id: z.string(),
      since: z.string(),
      /** By name: when each was stored. */
      facts: z.record(z.string(), z.string()),
    }),
  ),
});
export type EpisodesIndex = z.infer<typeof EpisodesIndex>;

/** For so long after its last fact an episode is kept though nothing is left to tell: storms are told by what was told of late. */
const restsAfterMs = 3_600_000;

/** Whether nothing is left to tell of an episode, and nothing was of late. */
export function isAtRest(episode: Episode, now: Date): boolean {
  if (mayBeDue(episode)) return false;
  for (const at of episode.facts.values()) if (now.getTime() - Date.parse(at) < restsAfterMs) return false;
  return true;
}

/** The index of episodes, in an order that does not depend on how they were come by. */
export function indexOf(
  episodes: ReadonlyMap<string, Episode>,
  about: { at: Date; wholeAt: string; pages: number },
): EpisodesIndex {
  const sorted = [...episodes].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...{ schema: 1, at: about.at.toISOString(), wholeAt: about.wholeAt, pages: about.pages },
    episodes: sorted.map(([, { id, since, facts }]) => ({
      ...{ id, since },
      facts: Object.fromEntries([...facts].sort(([a], [b]) => (a < b ? -1 : 1))),
    })),
  };
}

/** The episodes of an index. */
export function episodesOf({ episodes }: EpisodesIndex): Map<string, Episode> {
  return new Map(
    episodes.map(({ id, since, facts }) => [
      `${id}/${since}`,
      { id, since, facts: new Map(Object.entries(facts) as [FindingFactName, string][]) },
    ]),
  );
}
