import { type Episode, kindOf } from "./episode.ts";
import { priorityOf, type Severity, severityOf } from "./finding.ts";
import type { DueMessage, DueStep } from "./telling.ts";

/** So many messages are told one by one; what is more at once is one message that lists them. */
export const singleMessages = 3;

/** The time within which messages count as of one storm. */
const stormSeconds = 600;

/** How long a storm's next message waits for more to put into it, and how long where it is a large one. */
const gatherSeconds = { usual: 60, large: 300 };
const largeStorm = 20;

/** How many were told to a severity of late, and until when its next message is better kept back (ms since 1970). */
export type Storm = { told: number; gatherMs: number; untilMs: number };

/** How stormy it is: what was told of late to those who hear of a severity. */
export function stormOf(episodes: readonly Episode[], severity: Severity, now: Date): Storm {
  let told = 0;
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const episode of episodes) {
    for (const [name, at] of episode.facts) {
      if (!name.startsWith("told-") && !name.startsWith("escalated-")) continue;
      const to = name.startsWith("escalated-") ? "page" : severityOf(kindOf(episode));
      const atMs = Date.parse(at);
      if (to !== severity || now.getTime() - atMs > stormSeconds * 1_000) continue;
      told += 1;
      newestMs = Math.max(newestMs, atMs);
    }
  }
  const gatherMs = (told > largeStorm ? gatherSeconds.large : gatherSeconds.usual) * 1_000;
  return { told, gatherMs, untilMs: told > singleMessages ? newestMs + gatherMs : Number.NEGATIVE_INFINITY };
}

/**
 * Makes messages of what is due. Up to three at once, in quiet weather, are told one by one; more, or more within ten
 * minutes, are one message for each of opened, ended and told again. While a storm lasts its next message waits a minute
 * (five, of a large one) for more to put into it, but never a P1, and nothing that was tried before.
 */
export function fold(due: readonly DueStep[], storms: ReadonlyMap<Severity, Storm>, now: Date): DueMessage[] {
  const groups = new Map<string, DueMessage>();
  for (const step of due) {
    const what = step.step === "opened" || step.step === "ended" ? step.step : "escalated";
    const name = `${what} ${step.to}`;
    const group = groups.get(name) ?? { what, to: step.to, steps: [] };
    group.steps.push(step);
    groups.set(name, group);
  }
  return [...groups.values()].flatMap((group) => messagesOf(group, storms, now)).sort(byGravity);
}

function messagesOf(group: DueMessage, storms: ReadonlyMap<Severity, Storm>, now: Date): DueMessage[] {
  const storm = group.to.map((severity) => storms.get(severity)).find((one) => one && one.told > 0);
  if (storm && now.getTime() < storm.untilMs && group.steps.every((step) => mayWait(step, storm, now)))
    return [];
  const told = storm?.told ?? 0;
  if (group.steps.length + told <= singleMessages)
    return group.steps.map((step) => ({ ...group, steps: [step] }));
  return [{ ...group, steps: [...group.steps].sort((a, b) => (gravity(a) < gravity(b) ? -1 : 1)) }];
}

/** Each waits once, however long the storm lasts. */
function mayWait({ step, attempt, episode, dueMs }: DueStep, { gatherMs }: Storm, now: Date): boolean {
  if (attempt > 1 || now.getTime() >= dueMs + gatherMs) return false;
  return step === "ended" || (step === "opened" && priorityOf(kindOf(episode)) !== "P1");
}

function byGravity(a: DueMessage, b: DueMessage): number {
  return gravityOf(a) < gravityOf(b) ? -1 : 1;
}

function gravityOf({ steps }: DueMessage): string {
  return steps.map(gravity).sort()[0] ?? "";
}

function gravity({ episode, step }: DueStep): string {
  return `${priorityOf(kindOf(episode))} ${step === "ended" ? 1 : 0} ${episode.since} ${episode.id}`;
}
