import { createHash } from "node:crypto";
import { findingKey } from "../catalog/keys.ts";
import type { FindingFact } from "../core/fact.ts";
import { priorityOf } from "../core/finding.ts";
import type { About } from "../core/notice.ts";
import type { DueMessage, DueStep } from "../core/telling.ts";
import type { Message } from "../messages/topics.ts";
import type { World } from "../world.ts";
import { foldedEnded, foldedEscalated, foldedOpened } from "./folded.ts";
import type { Words } from "./hand-over.ts";
import { type Answer, endedMessage, escalatedMessage, openedMessage, type Teller } from "./message.ts";

/** A message in words, and in the fields that other channels take. Throws the catalog's `Problem`s. */
export async function wordsOf(world: World, due: DueMessage, answer: Answer | undefined): Promise<Words> {
  const teller = { environment: world.environment.name, region: world.region, now: world.now() };
  const about = { id: idOf(due), ...(answer?.link ? { link: answer.link } : {}) };
  const findings = due.steps.map(({ finding }) => ({ finding, priority: priorityOf(finding.kind) }));
  if (due.what === "ended") {
    const facts = await Promise.all(due.steps.map((step) => howItEnded(world, step)));
    const ended = facts.map(({ at, reason = "" }) => ({ at, reason }));
    return {
      message:
        facts.length === 1 ? endedMessage(facts[0] as FindingFact, teller) : foldedEnded(facts, teller),
      about: { ...about, kind: "ended", findings: findings.map((one, i) => ({ ...one, ended: ended[i] })) },
    };
  }
  const kind: About["kind"] = due.what === "opened" ? "raised" : "escalated";
  return { message: openWords(due, teller, answer), about: { ...about, kind, findings } };
}

function openWords({ what, steps }: DueMessage, teller: Teller, answer: Answer | undefined): Message {
  const findings = steps.map(({ finding }) => finding);
  const [first] = steps;
  const only = steps.length === 1 ? first : undefined;
  if (what === "opened")
    return only ? openedMessage(only.finding, teller, answer) : foldedOpened(findings, teller, answer);
  return only
    ? escalatedMessage(only.finding, toldAt(only), teller, answer)
    : foldedEscalated(findings, teller, answer);
}

/** What names a message: the same whoever tells it and however often, so that a channel that has it can tell. */
function idOf({ what, steps }: DueMessage): string {
  const names = steps.map(({ episode: { id, since }, step }) => `${id}@${since}#${step}`);
  if (names.length === 1) return names[0] as string;
  return `${what}-${createHash("sha256").update(names.sort().join("\n")).digest("hex").slice(0, 32)}`;
}

/** When people first heard of it. */
function toldAt({ episode, finding }: DueStep): Date {
  const told = [...episode.facts].filter(([name]) => /^told-(?!ended-)/.test(name)).map(([, at]) => at);
  return new Date(told.sort()[0] ?? finding.since);
}

/** Of one that ended in the other vault only that it did may be known here yet. */
async function howItEnded(
  { catalog, otherCatalog }: World,
  { episode: { id, since, facts }, finding }: DueStep,
): Promise<FindingFact> {
  const key = findingKey(id, since, "ended");
  try {
    return await catalog.readFinding(key).catch(() => otherCatalog.readFinding(key));
  } catch {
    const at = facts.get("ended") ?? since;
    return { schema: 1, at, fact: "ended", finding, reason: "The other region found it right again." };
  }
}
