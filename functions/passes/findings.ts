import { findingKey, findingsPrefix, parseFindingKey } from "../catalog/keys.ts";
import { type Finding, findingId } from "../core/finding.ts";
import type { World } from "../world.ts";

/** What opening and ending findings takes. */
type Opening = Pick<World, "catalog" | "publish" | "now" | "region">;

/** One time that a finding was, or is, open. */
type Episode = { id: string; since: string; ended: boolean };

/**
 * Opens a finding and has it told; while it is open it is not opened again. One that ended stays ended, however often
 * the event that opened it comes again, unless somebody asked (`afresh`): then a new episode begins now.
 */
export async function openFinding(world: Opening, finding: Finding, afresh = false): Promise<void> {
  const id = findingId(finding);
  const episodes = await episodesUnder(world, `${id}/`);
  const open = episodes.find(({ ended }) => !ended);
  if (!open && episodes.length > 0 && !afresh) return;
  const at = world.now().toISOString();
  const since = open?.since ?? (episodes.length > 0 ? `${at.slice(0, 19)}Z` : finding.since);
  if (!open) {
    const opened = { schema: 1, at, fact: "opened", finding: { ...finding, since } } as const;
    await world.catalog.recordFinding("opened", opened);
  }
  await world.publish("Finding Changed", { findingId: id, since });
}

/** Ends this region's open findings of these kinds about a source that `concerns` says are over. */
export async function endFindings(
  world: Opening,
  source: string,
  kinds: Finding["kind"][],
  concerns: (finding: Finding) => boolean,
  reason: string,
): Promise<void> {
  for (const kind of kinds) {
    for (const { id, since, ended } of await episodesUnder(world, `${kind}.${source}.`)) {
      if (ended) continue;
      const { finding } = await world.catalog.readFinding(findingKey(id, since, "opened"));
      // Each region ends what it found itself.
      if (finding.region !== world.region || !concerns(finding)) continue;
      const at = world.now().toISOString();
      await world.catalog.recordFinding("ended", { schema: 1, at, fact: "ended", finding, reason });
      await world.publish("Finding Changed", { findingId: id, since });
    }
  }
}

/** The findings of a kind about a source that are open. */
export async function openFindings(
  world: Pick<World, "catalog">,
  kind: Finding["kind"],
  source: string,
): Promise<Finding[]> {
  const episodes = await episodesUnder(world, `${kind}.${source}.`);
  const open = episodes.filter(({ ended }) => !ended);
  const facts = open.map(({ id, since }) => world.catalog.readFinding(findingKey(id, since, "opened")));
  return (await Promise.all(facts)).map(({ finding }) => finding);
}

/** The `detail` of every finding of this kind about a source that was ever opened. */
export async function detailsOf(world: Opening, kind: Finding["kind"], source: string): Promise<string[]> {
  const episodes = await episodesUnder(world, `${kind}.${source}.`);
  return episodes.map(({ id }) => id.slice(kind.length + source.length + 2));
}

async function episodesUnder({ catalog }: Pick<World, "catalog">, prefix: string): Promise<Episode[]> {
  const episodes = new Map<string, Episode>();
  for await (const { key } of catalog.list(`${findingsPrefix}${prefix}`)) {
    const fact = parseFindingKey(key);
    if (fact?.name !== "opened" && fact?.name !== "ended") continue;
    const { id, since } = fact;
    const episode = episodes.get(`${id}/${since}`) ?? { id, since, ended: false };
    episodes.set(`${id}/${since}`, { ...episode, ended: episode.ended || fact.name === "ended" });
  }
  return [...episodes.values()];
}
