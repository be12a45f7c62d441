import type { Episode } from "../core/episode.ts";
import type { Catalog } from "./catalog.ts";
import { findingsPrefix, parseFindingKey } from "./keys.ts";

/** Every episode of every finding that a vault knows, by `<id>/<since>`. No fact's body is read. Throws the catalog's `Problem`s. */
export async function readEpisodes(catalog: Catalog): Promise<Map<string, Episode>> {
  const episodes = new Map<string, Episode>();
  for await (const page of catalog.pages(findingsPrefix)) {
    for (const { key, storedAt } of page) {
      const fact = parseFindingKey(key);
      if (!fact) continue;
      const { id, since, name } = fact;
      const known = episodes.get(`${id}/${since}`);
      if (known) known.facts.set(name, storedAt);
      else episodes.set(`${id}/${since}`, { id, since, facts: new Map([[name, storedAt]]) });
    }
  }
  return episodes;
}
