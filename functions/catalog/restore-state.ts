import type { Hydration } from "../core/hydrate.ts";
import type { PlannedStep, RestoreFact } from "../core/restore.ts";
import type { RestoreFactName } from "./keys.ts";
import { undoFactName, undoTries } from "./undo-facts.ts";

/** All facts of one restore, by name. */
export type RestoreFacts = Partial<Record<RestoreFactName, RestoreFact>>;

/** How far a restore is. */
export type RestoreState =
  | "finished"
  | "failed"
  | "cancelled"
  | "undone"
  | "awaiting approval"
  | "running"
  | "undoing";

/** How far its facts say that a restore is. */
export function restoreState(facts: RestoreFacts): RestoreState {
  if (facts.undone) return "undone";
  const { tries, failed } = undoTries(factNames(facts));
  if (tries > 0 && !failed) return "undoing";
  for (const state of ["finished", "failed", "cancelled"] as const) if (facts[state]) return state;
  return asking(facts) && !facts.approved ? "awaiting approval" : "running";
}

/** The names of the facts that are there. */
export function factNames(facts: RestoreFacts): RestoreFactName[] {
  return Object.keys(facts) as RestoreFactName[];
}

/** How the newest try of undoing it failed, if it did. */
export function undoFailure(facts: RestoreFacts): RestoreFact | undefined {
  const { tries, failed } = undoTries(factNames(facts));
  return failed ? facts[undoFactName("undo-failed", tries)] : undefined;
}

/** The newest call for an approval. */
export function asking(facts: RestoreFacts): RestoreFact | undefined {
  return Object.entries(facts)
    .filter(([name]) => name.startsWith("awaiting-approval-"))
    .sort(([a], [b]) => Number(a.split("-").at(-1)) - Number(b.split("-").at(-1)))
    .at(-1)?.[1];
}

/** How far a database has been read whole, as its last part told. */
export function hydrationOf(facts: RestoreFacts): Hydration | undefined {
  const parts = Object.keys(facts).flatMap((name) => /^read-(\d+)$/.exec(name)?.[1] ?? []);
  const last = Math.max(0, ...parts.map(Number));
  return facts.finished?.hydration ?? facts[`read-${last}`]?.hydration;
}

/** The newest call for an approval, of the restore or of its undoing, if nobody has answered it and it has not ended. */
export function openAsking(facts: RestoreFacts): RestoreFact | undefined {
  const { tries } = undoTries(factNames(facts));
  const answered = tries
    ? (facts[undoFactName("undo-approved", tries)] ?? facts.undone ?? undoFailure(facts))
    : (facts.approved ?? facts.refused ?? facts.failed ?? facts.cancelled ?? facts.finished);
  return answered ? undefined : asking(facts);
}

/** A step of the plan with how far it is, and for how long it goes or went on. */
export type StepProgress = PlannedStep & { state: "-" | "done" | "under way"; seconds?: number };

/** The steps of the plan, each with when it began and, if it has, for how long it went on. */
export function progressOf(facts: RestoreFacts, now: Date): StepProgress[] {
  const steps = facts.planned?.plan?.steps ?? [];
  const end = facts.finished ?? facts.failed ?? facts.cancelled;
  const began = steps.map((_, index) => facts[`began-${index + 1}`]?.at);
  return steps.map((step, index) => {
    const at = began[index];
    if (!at) return { ...step, state: "-" };
    const next = began.slice(index + 1).find((one) => one !== undefined) ?? end?.at;
    const seconds = ((next ? Date.parse(next) : now.getTime()) - Date.parse(at)) / 1_000;
    return { ...step, state: next ? "done" : "under way", seconds: Math.max(0, Math.round(seconds)) };
  });
}
