import { randomBytes, randomUUID } from "node:crypto";
import { findingKey } from "../catalog/keys.ts";
import { codeBytes, codeOf } from "../core/code.ts";
import type { FindingFactName } from "../core/episode.ts";
import type { FindingFact } from "../core/fact.ts";
import { priorities, priorityOf } from "../core/finding.ts";
import { asProblem, Problem } from "../core/problem.ts";
import type { DueMessage, DueStep } from "../core/telling.ts";
import { claimedAs } from "../core/tries.ts";
import { logProblem } from "../glue.ts";
import { inParallel } from "../passes/parallel.ts";
import type { World } from "../world.ts";
import { digestOf } from "./acknowledge.ts";
import { type Handed, handOver } from "./hand-over.ts";
import type { Answer } from "./message.ts";
import { wordsOf } from "./words.ts";

/** So many facts are recorded at one time. */
const writesAtOnce = 16;

/** After so many tries a message counts as told if any channel took it; that others did not stands in its fact. */
const triesBeforeGivingUp = 8;

/**
 * Sends one message and records that it was told. First each of its episodes is claimed, so that of two passes at once only
 * one tells it; those that another has claimed are left out. Dying after the channels took it repeats the message once the
 * claim has lapsed: twice is better than never. Throws `Problem` if no channel took it; the claim is then given back.
 */
export async function sendMessage(world: World, message: DueMessage, patienceMs: number): Promise<void> {
  for (const [missed, steps] of await byMissed(world, message.steps)) {
    const claimed = await claimAll(world, steps);
    if (claimed.length === 0) continue;
    const mine = { ...message, steps: claimed };
    await tell(world, mine, missed === "" ? undefined : missed.split("\n"), patienceMs);
  }
}

async function tell(
  world: World,
  message: DueMessage,
  only: readonly string[] | undefined,
  patienceMs: number,
): Promise<void> {
  const { messageIds, missed, problem } = await handed(world, message, only, patienceMs);
  const taken = messageIds.length > 0 || only !== undefined;
  const tried = Math.max(...message.steps.map(({ attempt }) => attempt));
  const whole = !problem && missed.length === 0;
  if (whole || (taken && tried >= triesBeforeGivingUp)) {
    await recordAll(world, message, "told", { messageIds, ...(missed.length > 0 ? { missed } : {}) });
    return;
  }
  // Those that have it do not get it again: the next try is for the others alone.
  const left = taken ? { messageIds, missed } : {};
  const reason = problem?.message ?? `${missed.join(", ")} did not take it`;
  await recordAll(world, message, "untold", { ...left, reason });
  throw problem ?? new Problem("unavailable", reason, "It is tried again; the other channels have it.");
}

async function handed(
  world: World,
  message: DueMessage,
  only: readonly string[] | undefined,
  patienceMs: number,
): Promise<Handed> {
  try {
    const answer = await answerFor(world, message);
    const words = await wordsOf(world, message, answer);
    return await handOver(world, message.to, words, { only, patienceMs });
  } catch (thrown) {
    return { messageIds: [], missed: [...(only ?? [])], problem: asProblem(thrown) };
  }
}

/** Those of the steps that this pass may tell: whose try it has claimed. Throws `Problem` if no claim could be made at all. */
async function claimAll(world: World, steps: readonly DueStep[]): Promise<DueStep[]> {
  const claimed = new Set<DueStep>();
  let failed: Problem | undefined;
  await inParallel(steps, writesAtOnce, async (step) => {
    try {
      if (await claim(world, step)) claimed.add(step);
    } catch (thrown) {
      // The others can be told all the same.
      logProblem(thrown, { claim: step.episode.id });
      failed ??= asProblem(thrown);
    }
  });
  if (failed && claimed.size === 0) throw failed;
  // In the order in which they are to be listed.
  return steps.filter((step) => claimed.has(step));
}

/** Claims a try; `false` if somebody else has. A claim of which no answer came is known again by its own word. */
async function claim(world: World, due: DueStep): Promise<boolean> {
  const { episode, step, attempt } = due;
  const name = claimedAs("telling", world.region, step, attempt);
  const by = randomUUID();
  try {
    if (await record(world, due, name, "telling", { by })) return true;
  } catch (thrown) {
    logProblem(thrown, { claim: episode.id });
  }
  return (await world.catalog.readFinding(findingKey(episode.id, episode.since, name))).by === by;
}

/** The steps by the channels that alone are to be tried, as the try before found; "" for all. */
async function byMissed(
  { catalog, region }: World,
  steps: readonly DueStep[],
): Promise<Map<string, DueStep[]>> {
  const groups = new Map<string, DueStep[]>();
  await inParallel(steps, writesAtOnce, async (due) => {
    const missed = due.attempt === 1 ? "" : await missedBefore(due);
    groups.set(missed, [...(groups.get(missed) ?? []), due]);
  });
  return groups;

  async function missedBefore({ episode: { id, since }, step, attempt }: DueStep): Promise<string> {
    const name = claimedAs("untold", region, step, attempt - 1);
    try {
      return ((await catalog.readFinding(findingKey(id, since, name))).missed ?? []).join("\n");
    } catch {
      // Whoever made that try died: nobody knows which channels took it.
      return "";
    }
  }
}

/** A code that acknowledges all that the message tells. It is known to the vault before anybody can use it. */
async function answerFor(world: World, { what, steps }: DueMessage): Promise<Answer | undefined> {
  const asks = steps.some(({ finding }) => priorities[priorityOf(finding.kind)].times > 0);
  if (what === "ended" || !asks) return undefined;
  const code = codeOf(randomBytes(codeBytes));
  const episodes = steps.map(({ episode: { id, since } }) => ({ id, since }));
  const at = world.now().toISOString();
  const fact = {
    schema: 1,
    at,
    fact: "acknowledgement",
    region: world.region,
    episodes,
    messages: [],
  } as const;
  await world.catalog.recordAcknowledgement(digestOf(code), { ...fact, messages: [] });
  return world.apiUrl ? { code, link: `${world.apiUrl.replace(/\/+$/, "")}/ack/${code}` } : { code };
}

/** Records what came of a message for each of its episodes. One that cannot be recorded keeps no other from it. */
async function recordAll(
  world: World,
  { steps }: DueMessage,
  outcome: "told" | "untold",
  about: Pick<FindingFact, "messageIds" | "missed" | "reason">,
): Promise<void> {
  let failed: Problem | undefined;
  await inParallel(steps, writesAtOnce, async (due) => {
    const { step, attempt } = due;
    const untold = claimedAs("untold", world.region, step, attempt);
    const [name, fact] = outcome === "told" ? toldAs(step, world.region) : ([untold, "untold"] as const);
    try {
      await record(world, due, name, fact, about);
    } catch (thrown) {
      failed ??= asProblem(thrown);
    }
  });
  if (failed) throw failed;
}

function toldAs(step: DueStep["step"], region: string): [FindingFactName, FindingFact["fact"]] {
  if (step === "opened") return [`told-${region}`, "told"];
  if (step === "ended") return [`told-ended-${region}`, "told-ended"];
  return [`escalated-${region}-${Number(step.slice("escalated-".length))}`, "escalated"];
}

function record(
  { catalog, now }: World,
  { finding, episode }: DueStep,
  name: FindingFactName,
  fact: FindingFact["fact"],
  about: Partial<FindingFact> = {},
): Promise<boolean> {
  // An episode is the one that its key names, whatever its finding says.
  const whole = { ...finding, since: episode.since };
  return catalog.recordFinding(name, { schema: 1, at: now().toISOString(), fact, finding: whole, ...about });
}
