import { randomBytes } from "node:crypto";
import { messagePrefix, messagesPrefix, parseMessageKey } from "../catalog/keys.ts";
import { answerWithinSeconds, type CanaryFacts, canaryDue, unanswered } from "../core/canary.ts";
import { codeBytes, codeOf } from "../core/code.ts";
import { claimedAs, nextTry } from "../core/tries.ts";
import { endFindings, openFinding } from "../passes/findings.ts";
import type { World } from "../world.ts";
import { digestOf } from "./acknowledge.ts";
import { handOver, type Words } from "./hand-over.ts";
import { answerLines, write } from "./message.ts";

/** Canaries that were sent longer ago have been judged. */
const lookBackMs = 60 * 86_400_000;

/** So often a pass looks whether the last canary was acknowledged. */
const lookEveryMinutes = 10;

/**
 * The weekly canary: a message to `page` that says that nothing is wrong and wants to be acknowledged. What nobody
 * acknowledges would not have woken anybody either: that is a finding, which ends when one is acknowledged. The regions take
 * turns, so that the channels of both are tried. Throws `Problem` if it could not be handed over; the next pass tries again.
 */
export async function tellCanary(world: World, patienceMs: number): Promise<void> {
  const { canary } = world.environment.alerts;
  if (!canary) return;
  const now = world.now();
  const slot = canaryDue(canary, world.environment, world.region, now);
  if (!slot && now.getUTCMinutes() % lookEveryMinutes !== 0) return;
  const canaries = await canariesOf(world);
  await judge(world, canaries);
  if (slot) await send(world, slot, canaries.get(slot) ?? new Map(), patienceMs);
}

async function judge(own: World, canaries: ReadonlyMap<string, CanaryFacts>): Promise<void> {
  const { region } = own;
  // Nobody needs to be woken: the next pass tells it.
  const world = { ...own, publish: async () => {} };
  const last = unanswered(canaries, region, own.now());
  if (!last) return;
  if (last.acknowledged) {
    const concerns = (finding: { detail: string }) => finding.detail === region;
    const reason = `The test of ${last.slot} was acknowledged.`;
    return endFindings(world, "account", ["canary-unanswered"], concerns, reason);
  }
  await openFinding(
    world,
    {
      ...{ kind: "canary-unanswered", source: "account", detail: region, region },
      since: `${last.since.slice(0, 19)}Z`,
      message: `Nobody acknowledged the weekly test of ${last.slot} from ${region} within two days: a page may reach nobody.`,
      fix: "See who gets `page`; run: holdfast alerts test; acknowledge.",
    },
    true,
  );
}

async function send(world: World, slot: string, facts: CanaryFacts, patienceMs: number): Promise<void> {
  const { catalog, region, environment, now, apiUrl } = world;
  if ([...facts.keys()].some((name) => name.startsWith("told-"))) return;
  const attempt = nextTry(facts, region, "", now());
  if (attempt === undefined) return;
  const about = { schema: 1, at: now().toISOString(), message: "canary", slot, region } as const;
  const claim = claimedAs("telling", region, "", attempt);
  if (!(await catalog.recordMessage(claim, { ...about, fact: "telling" }))) return;

  const code = codeOf(randomBytes(codeBytes));
  const stands = { episodes: [], messages: [{ message: "canary" as const, slot }] };
  const { schema, at } = about;
  await catalog.recordAcknowledgement(digestOf(code), {
    schema,
    at,
    fact: "acknowledgement",
    region,
    ...stands,
  });
  const link = apiUrl ? { link: `${apiUrl.replace(/\/+$/, "")}/ack/${code}` } : {};
  const teller = { environment: environment.name, region, now: now() };
  const answer = { code, ...link };
  const message = write(teller, "weekly test, please acknowledge", `Nothing is wrong. Code ${code}`, answer, [
    `This is the weekly test of who is paged for environment ${environment.name}. Nothing is wrong.`,
    "",
    "Acknowledge it, so that it is known that a page reaches somebody:",
    ...answerLines(teller, answer),
    "",
    `If nobody does within ${answerWithinSeconds / 86_400} days, that is a finding. Told from ${region}.`,
  ]);
  const words: Words = { message, about: { id: `canary-${slot}`, kind: "canary", findings: [], ...link } };
  const { messageIds, missed, problem } = await handOver(world, ["page"], words, { patienceMs });
  if (messageIds.length > 0 || !problem) {
    const left = missed.length > 0 ? { missed } : {};
    await catalog.recordMessage(`told-${region}`, { ...about, fact: "told", messageIds, ...left });
    return;
  }
  const untold = { ...about, fact: "untold", reason: problem.message } as const;
  await catalog.recordMessage(claimedAs("untold", region, "", attempt), untold);
  throw problem;
}

async function canariesOf({ catalog, now }: World): Promise<Map<string, CanaryFacts>> {
  const canaries = new Map<string, CanaryFacts>();
  // Each is named by its Monday; the regions take turns, so one of the last weeks is this one's.
  const since = new Date(now().getTime() - lookBackMs).toISOString().slice(0, 10);
  for await (const page of catalog.pages(`${messagesPrefix}canary/`, messagePrefix("canary", since)))
    for (const { key, storedAt } of page) {
      const fact = parseMessageKey(key);
      if (fact) canaries.set(fact.slot, (canaries.get(fact.slot) ?? new Map()).set(fact.name, storedAt));
    }
  return canaries;
}
