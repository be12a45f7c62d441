import { changedSince, type Episodes, episodeName, readEpisode, readEpisodes } from "../catalog/episodes.ts";
import type { Episode } from "../core/episode.ts";
import { type EpisodesIndex, episodesOf, indexOf, isAtRest } from "../core/episodes-index.ts";
import { passing } from "../core/passing.ts";
import { asProblem } from "../core/problem.ts";
import { logProblem } from "../glue.ts";
import { inParallel } from "../passes/parallel.ts";
import type { World } from "../world.ts";

/** So many episodes are listed at one time. */
const listsAtOnce = 16;

/** By so much longer ago is looked for what has changed: clocks differ, and a mark comes before its fact. */
const marginMs = 10 * 60_000;

/** So old an index is made anew from all facts, whatever the marks say: nothing that they missed stays so for longer. */
const wholeEveryMs = 86_400_000;

/** An index of which nothing has changed is dated anew after so long, so that few marks are newer than it. */
const datedEveryMs = 15 * 60_000;

/**
 * The episodes of which something may be left to tell, and those that changed within the last hour. Findings that are over
 * are many in the end, so they are not all listed each minute: the last pass left an index of those that are not at rest, and
 * whatever adds a fact leaves a mark. The index is a cache: without one, or with an old one, all facts are listed. Throws
 * the catalog's `Problem`s.
 */
export async function episodesNow(world: Pick<World, "catalog" | "now">): Promise<Episodes> {
  const { catalog, now } = world;
  const at = now();
  const index = await readIndex(world);
  const read = (index && (await changesOf(world, index))) ?? {
    ...(await readEpisodes(catalog)),
    whole: true,
  };
  for (const [name, episode] of read.episodes) if (isAtRest(episode, at)) read.episodes.delete(name);
  const wholeAt = read.whole || !index ? at.toISOString() : index.wholeAt;
  const next = indexOf(read.episodes, { at, wholeAt, pages: read.pages });
  const same = index && JSON.stringify(index.episodes) === JSON.stringify(next.episodes);
  if (!same || read.whole || at.getTime() - Date.parse(index.at) >= datedEveryMs)
    await catalog
      .writeIndex("episodes", `${JSON.stringify(next)}\n`)
      .catch((thrown: unknown) => logProblem(thrown, { index: "episodes" }));
  return read.episodes;
}

/** What the other vault knows of the episodes: one by one if that takes fewer calls than all there are. */
export async function episodesThere(
  { otherCatalog }: Pick<World, "otherCatalog">,
  wanted: readonly Episode[],
): Promise<Episodes> {
  if (wanted.length > mostOneByOne) return (await readEpisodes(otherCatalog)).episodes;
  return oneByOne(otherCatalog, wanted);
}

/** More than so many are hardly fewer calls than all of a year. */
const mostOneByOne = 32;

async function readIndex({
  catalog,
  now,
}: Pick<World, "catalog" | "now">): Promise<EpisodesIndex | undefined> {
  try {
    const index = await catalog.readEpisodesIndex();
    const nowMs = now().getTime();
    const old = nowMs - Date.parse(index.wholeAt) >= wholeEveryMs;
    // Marks are gone after some days: from then on nothing is known of what has changed since.
    const lost = nowMs - Date.parse(index.at) + marginMs >= passing.changes.days * 86_400_000;
    return old || lost ? undefined : index;
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code !== "not-found") logProblem(problem, { index: "episodes" });
    return undefined;
  }
}

/** The index with all that has changed since; undefined where it takes fewer calls to list everything. */
async function changesOf({ catalog }: Pick<World, "catalog">, index: EpisodesIndex) {
  const changed = await changedSince(catalog, Date.parse(index.at) - marginMs);
  if (changed.length > Math.max(mostOneByOne, index.pages)) return undefined;
  const episodes = episodesOf(index);
  for (const [name, episode] of await oneByOne(catalog, changed)) episodes.set(name, episode);
  return { episodes, pages: index.pages, whole: false };
}

async function oneByOne(
  catalog: World["catalog"],
  wanted: readonly Pick<Episode, "id" | "since">[],
): Promise<Episodes> {
  const episodes: Episodes = new Map();
  await inParallel(wanted, listsAtOnce, async (one) => {
    const episode = await readEpisode(catalog, one);
    if (episode) episodes.set(episodeName(one), episode);
  });
  return episodes;
}
