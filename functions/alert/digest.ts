import { readEpisodes } from "../catalog/episodes.ts";
import { messagePrefix, messagesPrefix, parseMessageKey } from "../catalog/keys.ts";
import type { MessageFactName } from "../core/episode.ts";
import { otherRegionGraceSeconds } from "../core/finding.ts";
import { digestDue } from "../core/local-time.ts";
import { claimedAs, nextTry } from "../core/tries.ts";
import { logProblem } from "../glue.ts";
import { answerWithin } from "../patience.ts";
import type { World } from "../world.ts";
import { digestMessage } from "./digest-text.ts";
import { handOver, type Words } from "./hand-over.ts";

const dayMs = 86_400_000;

/**
 * Sends `notify` the summary that is due, if one is: once for each date, from the primary region, or from the other one when
 * that stays silent for a quarter of an hour. Throws `Problem` if it could not be handed over; the next pass tries again.
 */
export async function tellDigest(world: World, patienceMs: number): Promise<void> {
  const { catalog, environment, region } = world;
  const { digest } = environment.alerts;
  if (!digest) return;
  const now = world.now();
  const graceMs = region === environment.primaryRegion ? 0 : otherRegionGraceSeconds * 1_000;
  const date = digestDue(digest, now);
  if (!date || digestDue(digest, new Date(now.getTime() - graceMs)) !== date) return;
  const facts = await factsOf(catalog, date);
  if (isTold(facts)) return;
  const there = answerWithin(patienceMs, "the other region's vault", factsOf(world.otherCatalog, date));
  for (const [name, at] of await there.catch(nothing)) facts.set(name, facts.get(name) ?? at);
  const attempt = isTold(facts) ? undefined : nextTry(facts, region, "", now);
  if (attempt === undefined) return;
  const about = { schema: 1, at: now.toISOString(), message: "digest", slot: date, region } as const;
  if (
    !(await catalog.recordMessage(claimedAs("telling", region, "", attempt), { ...about, fact: "telling" }))
  )
    return;
  const sinceMs =
    (await lastDigestMs(catalog, date)) ?? now.getTime() - (digest.every === "day" ? 1 : 7) * dayMs;
  // Once a day: what has come and gone since the last one is in no index.
  const { episodes } = await readEpisodes(catalog);
  const message = await digestMessage(world, episodes, new Date(sinceMs));
  const words: Words = { message, about: { id: `digest-${date}`, kind: "digest", findings: [] } };
  const { messageIds, missed, problem } = await handOver(world, ["notify"], words, { patienceMs });
  // A summary that some have is told: it is not worth another try for the others.
  if (messageIds.length > 0 || !problem) {
    const left = missed.length > 0 ? { missed } : {};
    await catalog.recordMessage(`told-${region}`, { ...about, fact: "told", messageIds, ...left });
    return;
  }
  const untold = { ...about, fact: "untold", reason: problem.message } as const;
  await catalog.recordMessage(claimedAs("untold", region, "", attempt), untold);
  throw problem;
}

async function factsOf(catalog: World["catalog"], date: string): Promise<Map<MessageFactName, string>> {
  const facts = new Map<MessageFactName, string>();
  for await (const { key, storedAt } of catalog.list(messagePrefix("digest", date))) {
    const name = parseMessageKey(key)?.name;
    if (name) facts.set(name, storedAt);
  }
  return facts;
}

/** When the digest before this one was told: what came since is told now, so that nothing falls between two. */
async function lastDigestMs(catalog: World["catalog"], date: string): Promise<number | undefined> {
  let newest: number | undefined;
  for await (const { key, storedAt } of catalog.list(`${messagesPrefix}digest/`)) {
    const fact = parseMessageKey(key);
    if (fact && fact.slot < date && fact.name.startsWith("told-"))
      newest = Math.max(newest ?? 0, Date.parse(storedAt));
  }
  return newest;
}

function isTold(facts: ReadonlyMap<MessageFactName, string>): boolean {
  return [...facts.keys()].some((name) => name.startsWith("told-"));
}

function nothing(thrown: unknown): Map<MessageFactName, string> {
  logProblem(thrown, { looking: "across" });
  return new Map();
}
