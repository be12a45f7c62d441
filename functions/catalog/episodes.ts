import type { Episode } from "../core/episode.ts";
import type { Catalog } from "./catalog.ts";
import { changesPrefix, parseChangeKey } from "./change-keys.ts";
import { episodePrefix, findingsPrefix, parseFindingKey } from "./keys.ts";

/** Episodes by `<id>/<since>`. */
export type Episodes = Map<string, Episode>;

/** What names an episode among others. */
export function episodeName({ id, since }: Pick<Episode, "id" | "since">): string {
  return `${id}/${since}`;
}

/**
 * Every episode of every finding that a vault knows, and how many calls it took to list them. No fact's body is read.
 * Throws the catalog's `Problem`s.
 */
export async function readEpisodes(
  catalog: Catalog,
  prefix = findingsPrefix,
): Promise<{ episodes: Episodes; pages: number }> {
  const episodes: Episodes = new Map();
  let pages = 0;
  for await (const page of catalog.pages(prefix)) {
    pages += 1;
    for (const { key, storedAt } of page) {
      const fact = parseFindingKey(key);
      if (!fact) continue;
      const { id, since, name } = fact;
      const known = episodes.get(`${id}/${since}`);
      if (known) known.facts.set(name, storedAt);
      else episodes.set(`${id}/${since}`, { id, since, facts: new Map([[name, storedAt]]) });
    }
  }
  return { episodes, pages };
}

/** One episode as a vault has it; undefined where it has no fact of it. Throws the catalog's `Problem`s. */
export async function readEpisode(
  catalog: Catalog,
  { id, since }: Pick<Episode, "id" | "since">,
): Promise<Episode | undefined> {
  return (await readEpisodes(catalog, episodePrefix(id, since))).episodes.get(episodeName({ id, since }));
}

/** The episodes of which a fact came into a vault since an instant. Throws the catalog's `Problem`s. */
export async function changedSince(
  catalog: Catalog,
  sinceMs: number,
): Promise<Pick<Episode, "id" | "since">[]> {
  const changed: Pick<Episode, "id" | "since">[] = [];
  for await (const { key, storedAt } of catalog.list(changesPrefix)) {
    const episode = parseChangeKey(key);
    if (episode && Date.parse(storedAt) >= sinceMs) changed.push(episode);
  }
  return changed;
}
