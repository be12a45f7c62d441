import { findingKey, type IndexName, indexKey } from "../catalog/keys.ts";
import type { Episode } from "../core/episode.ts";
import type { Finding, Pass } from "../core/finding.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import { decideTelling, mayBeDue, type Telling, waitsForPass } from "../core/telling.ts";
import { type Call, log, logProblem } from "../glue.ts";
import { inParallel } from "../passes/parallel.ts";
import { answerWithin } from "../patience.ts";
import type { World } from "../world.ts";
import { passOnAcknowledged } from "./acknowledged.ts";
import { tellCanary } from "./canary.ts";
import { tellDigest } from "./digest.ts";
import { episodesNow, episodesThere } from "./episodes.ts";
import { sendMessage } from "./send.ts";

/** So many messages are handed over at one time. */
const messagesAtOnce = 4;

/** What an invocation keeps for its end: it begins no message later. */
const reserveMs = 15_000;

/** What a pass of each kind leaves behind at its end. */
const traces = { reconcile: "reconcile", watch: "status" } as const satisfies Record<Pass, IndexName>;

/** What is known of findings from before: a fact never changes. What is over is forgotten. */
const known = new WeakMap<World["catalog"], Map<string, Finding>>();

/**
 * One pass of telling: reads what stands in the vault, decides what people are to be told now, and tells it. It may be run at
 * any time, twice at once, and in both regions; what made it run does not matter.
 *
 * Throws `Problem` unavailable, at its end, if a message could not be handed to any channel: the next pass tries again, and
 * that it fails again and again is what an alarm sees.
 */
export async function alert(world: World, call: Pick<Call, "remainingMs">): Promise<void> {
  const atFirstMs = call.remainingMs();
  const episodes = await answerWithin(atFirstMs / 2, "this region's vault", episodesNow(world));
  const findings = await findingsOf(world, [...episodes.values()].filter(mayBeDue));
  const waits = [...episodes.values()].some((episode) => mayBeDue(episode) && waitsForPass(episode));
  const passed = waits ? await lastPasses(world, atFirstMs / 4) : new Map<Pass, string>();
  const telling = (): Telling => ({
    ...(passed ? { passed } : {}),
    alerts: world.environment.alerts,
    region: world.region,
    now: world.now(),
    episodes: [...episodes.values()],
    findingOf: ({ id, since }) => findings.get(`${id}/${since}`),
  });
  if (decideTelling(telling()).length > 0) await lookAcross(world, episodes, call.remainingMs() / 4);
  const failed: Problem[] = [];
  const messages = decideTelling(telling());
  await inParallel(messages, messagesAtOnce, async (message) => {
    if (call.remainingMs() < reserveMs) return;
    try {
      await sendMessage(world, message, call.remainingMs() / 4);
    } catch (thrown) {
      logProblem(thrown, { told: message.what, to: message.to, findings: message.steps.length });
      failed.push(asProblem(thrown));
    }
  });
  if (call.remainingMs() >= reserveMs)
    await tellDigest(world, call.remainingMs() / 4).catch((thrown: unknown) => {
      logProblem(thrown, { told: "digest" });
      failed.push(asProblem(thrown));
    });
  if (call.remainingMs() >= reserveMs)
    await tellCanary(world, call.remainingMs() / 4).catch((thrown: unknown) => {
      logProblem(thrown, { told: "canary" });
      failed.push(asProblem(thrown));
    });
  if (call.remainingMs() >= reserveMs)
    await passOnAcknowledged(world, episodes.values(), telling().findingOf, call.remainingMs() / 4).catch(
      (thrown: unknown) => logProblem(thrown, { told: "acknowledged" }),
    );
  log("told", { region: world.region, messages: messages.length, failed: failed.length });
  if (failed[0]) throw failed[0];
}

/** The findings of episodes of which something may be left to tell: few, and read once by a warm function. */
async function findingsOf(
  { catalog }: World,
  episodes: readonly Episode[],
): Promise<ReadonlyMap<string, Finding>> {
  const before = known.get(catalog);
  const findings = new Map<string, Finding>();
  await inParallel(episodes, 16, async ({ id, since }) => {
    const name = `${id}/${since}`;
    try {
      const finding =
        before?.get(name) ?? (await catalog.readFinding(findingKey(id, since, "opened"))).finding;
      findings.set(name, finding);
    } catch (thrown) {
      // One that cannot be read now keeps no other from being told.
      logProblem(thrown, { finding: id, since });
    }
  });
  known.set(catalog, findings);
  return findings;
}

/**
 * Takes in what the other vault knows of these episodes and this one does not yet: that somebody acknowledged one there, that
 * it ended, that it was told. Without an answer in time this region goes by what it knows: told twice is better than never.
 */
async function lookAcross(
  world: World,
  episodes: ReadonlyMap<string, Episode>,
  patienceMs: number,
): Promise<void> {
  try {
    const asked = episodesThere(world, [...episodes.values()].filter(mayBeDue));
    const there = await answerWithin(patienceMs, "the other region's vault", asked);
    for (const [name, { facts }] of there) {
      const here = episodes.get(name);
      if (!here) continue;
      for (const [fact, at] of facts) if (!here.facts.has(fact)) here.facts.set(fact, at);
    }
  } catch (thrown) {
    logProblem(thrown, { looking: "across" });
  }
}

/** When passes were last there, by S3's clock like the facts; undefined if that cannot be read. */
async function lastPasses(
  { catalog }: World,
  patienceMs: number,
): Promise<ReadonlyMap<Pass, string> | undefined> {
  const passed = new Map<Pass, string>();
  try {
    const stored = await answerWithin(patienceMs, "this region's vault", catalog.indexes());
    for (const [pass, name] of Object.entries(traces)) {
      const at = stored.get(indexKey(name));
      if (at) passed.set(pass as Pass, at);
    }
  } catch (thrown) {
    logProblem(thrown, { looking: "for passes" });
    return undefined;
  }
  return passed;
}
