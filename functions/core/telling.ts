import type { Alerts } from "./environment.ts";
import { type Episode, kindOf, type TellingStep } from "./episode.ts";
import {
  computedBy,
  type Finding,
  otherRegionGraceSeconds,
  type Pass,
  priorities,
  priorityOf,
  type Severity,
  severityOf,
  tellAfterSeconds,
} from "./finding.ts";
import { fold, type Storm, stormOf } from "./folding.ts";
import { isQuiet } from "./local-time.ts";
import { nextTry } from "./tries.ts";

/** What is told and what not is decided from this alone: same input, same messages. */
export type Telling = {
  alerts: Alerts;
  /** The region that tells. */
  region: string;
  now: Date;
  /** Every episode of every finding, as this region's vault has it. */
  episodes: readonly Episode[];
  /** When each kind of pass was last there to its end in this region; absent where that could not be read. */
  passed?: ReadonlyMap<Pass, string>;
  /** The finding of an episode; of all of which `mayBeDue` is true. */
  findingOf(episode: Episode): Finding | undefined;
};

/** One step of an episode that is due since an instant (ms since 1970), and the how manieth try it is by this region. */
export type DueStep = {
  episode: Episode;
  finding: Finding;
  step: TellingStep;
  attempt: number;
  to: Severity[];
  dueMs: number;
};

/** One message that is to be sent: about one episode, or many that are folded into it. */
export type DueMessage = { what: "opened" | "ended" | "escalated"; to: Severity[]; steps: DueStep[] };

/** Whether anything may be left to tell of an episode, by the names of its facts alone. */
export function mayBeDue({ facts }: Episode): boolean {
  if (!facts.has("opened")) return false;
  return facts.has("ended") ? isHeard(facts) && !toldEnd(facts) : true;
}

/** What is to be told now, message by message, the gravest first. */
export function decideTelling(telling: Telling): DueMessage[] {
  const due = telling.episodes.filter(mayBeDue).flatMap((episode): DueStep[] => {
    const finding = telling.findingOf(episode);
    const step = finding && dueStep(telling, episode, finding);
    return step ? [step] : [];
  });
  if (due.length === 0) return [];
  const storms = new Map<Severity, Storm>();
  for (const severity of ["page", "notify"] as const)
    storms.set(severity, stormOf(telling.episodes, severity, telling.now));
  return fold(due, storms, telling.now);
}

/** The step of an episode that is due now, if one is. */
function dueStep(telling: Telling, episode: Episode, finding: Finding): DueStep | undefined {
  const { now, region, alerts } = telling;
  const next = stepAfter(alerts, episode);
  if (!next) return undefined;
  const { step, dueMs, to } = next;
  // Each region leaves what is about the other to the other, and speaks up when that one stays silent.
  const graceMs = finding.region === region ? 0 : otherRegionGraceSeconds * 1_000;
  if (now.getTime() < dueMs + graceMs) return undefined;
  if (step === "opened" && finding.region === region && !isStillSo(telling, episode, dueMs)) return undefined;
  // Quiet hours are for what can wait: whatever goes to `page` does not.
  if (!to.includes("page") && alerts.quietHours && isQuiet(alerts.quietHours, now)) return undefined;
  const attempt = nextTry(episode.facts, region, step, now);
  return attempt === undefined ? undefined : { episode, finding, step, attempt, to, dueMs: dueMs + graceMs };
}

/** A pass comes every five minutes. */
const passEveryMs = 300_000;

/**
 * Whether what heals by itself was still so when it is due: a pass must have looked again by then, to its end, or what it was
 * opened for may be long over. Which pass that is does not matter, for each would have ended what it did not find. That no
 * pass gets to its end is a matter of its own, told by the alarm on its errors and by the other region's watch. Where it
 * cannot be read when they were, the next minutes may read it; what is still so then does not wait any longer.
 */
function isStillSo({ passed, now }: Telling, episode: Episode, dueMs: number): boolean {
  const kind = kindOf(episode);
  const pass = tellAfterSeconds[kind] === undefined ? undefined : computedBy(kind);
  if (!pass) return true;
  if (!passed) return now.getTime() >= dueMs + passEveryMs;
  const at = passed.get(pass);
  return at === undefined || Date.parse(at) >= dueMs - passEveryMs;
}

/** Whether an episode waits for that: it is of what heals by itself, and nobody was told of it yet. */
export function waitsForPass(episode: Episode): boolean {
  const { facts } = episode;
  return tellAfterSeconds[kindOf(episode)] !== undefined && !facts.has("ended") && !isHeard(facts);
}

type Step = { step: TellingStep; dueMs: number; to: Severity[] };

/** What comes next in the life of an episode, and from when on (ms since 1970). */
function stepAfter(alerts: Alerts, episode: Episode): Step | undefined {
  const { facts } = episode;
  const severity = severityOf(kindOf(episode));
  const openedAt = facts.get("opened");
  const endedAt = facts.get("ended");
  const toldMs = firstTold(facts);
  if (!openedAt) return undefined;
  if (endedAt) {
    // What ended before anyone could hear of it stays in the catalog only.
    if (!isHeard(facts) || toldEnd(facts)) return undefined;
    const to: Severity[] =
      severity === "notify" && escalations(facts).length > 0 ? ["page", "notify"] : [severity];
    return { step: "ended", dueMs: Date.parse(endedAt), to };
  }
  if (toldMs === undefined) {
    const afterMs = (tellAfterSeconds[kindOf(episode)] ?? 0) * 1_000;
    return { step: "opened", dueMs: Date.parse(openedAt) + afterMs, to: [severity] };
  }
  return facts.has("acknowledged") ? undefined : escalationAfter(alerts, episode, toldMs);
}

/** Told again, to `page`, after the time to acknowledge, and then each time after four times as long. */
function escalationAfter(alerts: Alerts, episode: Episode, toldMs: number): Step | undefined {
  const priority = priorityOf(kindOf(episode));
  const { acknowledgeSeconds, times } = priorities[priority];
  const done = escalations(episode.facts);
  if (done.length >= times) return undefined;
  const withinMs =
    (priority === "P4" ? acknowledgeSeconds : (alerts.acknowledgeSeconds?.[priority] ?? acknowledgeSeconds)) *
    1_000;
  const number = done.length + 1;
  // Not in one breath, when several came due while nobody could tell.
  const dueMs = Math.max(toldMs + withinMs * 4 ** done.length, ...done.map((ms) => ms + withinMs));
  return { step: `escalated-${number}`, dueMs, to: ["page"] };
}

/** When each escalation was told, in ms since 1970; one that both regions told counts once. */
function escalations(facts: Episode["facts"]): number[] {
  const byNumber = new Map<string, number>();
  for (const [name, at] of facts) {
    const number = /^escalated-.*-(\d+)$/.exec(name)?.[1];
    if (number) byNumber.set(number, Math.max(byNumber.get(number) ?? 0, Date.parse(at)));
  }
  return [...byNumber.values()];
}

/** When it was first told that the episode opened, in ms since 1970. */
function firstTold(facts: Episode["facts"]): number | undefined {
  let first: number | undefined;
  for (const [name, at] of facts)
    if (/^told-(?!ended-)/.test(name)) first = Math.min(first ?? Number.POSITIVE_INFINITY, Date.parse(at));
  return first;
}

/** Whether somebody may have heard of it: of a try that ended in a crash, or reached some channels, nobody knows. */
function isHeard(facts: Episode["facts"]): boolean {
  for (const name of facts.keys()) if (/^told-(?!ended-)|^telling-.*-opened-\d+$/.test(name)) return true;
  return false;
}

function toldEnd(facts: Episode["facts"]): boolean {
  for (const name of facts.keys()) if (name.startsWith("told-ended-")) return true;
  return false;
}
