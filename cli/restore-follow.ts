import { parseRestoreKey, type RestoreFactName, restorePrefix } from "../functions/catalog/keys.ts";
import { undoFactName, undoTries } from "../functions/catalog/undo-facts.ts";
import { formatDuration } from "../functions/core/duration.ts";
import { Problem, problemCodes } from "../functions/core/problem.ts";
import type { PlannedStep, RestoreFact } from "../functions/core/restore.ts";
import type { WorkflowWorld as World } from "../functions/workflow-world.ts";
import type { House } from "./house.ts";
import { withItsEnd } from "./restore-execution.ts";
import type { Io, Options, Outcome } from "./verb.ts";

const pollMs = 5_000;

/** Each so many polls AWS is asked whether there is still anything to wait for. */
export const pollsPerLook = 6;

/** What is told again of a step that goes on. */
const tellEveryMs = 60_000;

/** All facts of one restore, by name. */
export type Facts = Partial<Record<RestoreFactName, RestoreFact>>;

/** How far a restore is. */
export type State =
  | "finished"
  | "failed"
  | "cancelled"
  | "undone"
  | "awaiting approval"
  | "running"
  | "undoing";

/** Reads the facts of a restore; those that were read before are not read again. Throws `Problem` not-found if it has none. */
export async function readFacts({ catalog }: World, id: string, known: Facts = {}): Promise<Facts> {
  const facts: Facts = { ...known };
  for await (const { key } of catalog.list(restorePrefix(id))) {
    const name = parseRestoreKey(key)?.name;
    if (!name || facts[name]) continue;
    const fact = await catalog.readRestore(id, name);
    if (fact) facts[name] = fact;
  }
  return facts;
}

/** How far its facts say that a restore is. */
export function stateOf(facts: Facts): State {
  if (facts.undone) return "undone";
  const { tries, failed } = undoTries(factNames(facts));
  if (tries > 0 && !failed) return "undoing";
  for (const state of ["finished", "failed", "cancelled"] as const) if (facts[state]) return state;
  return asking(facts) && !facts.approved ? "awaiting approval" : "running";
}

/** The names of the facts that are there. */
export function factNames(facts: Facts): RestoreFactName[] {
  return Object.keys(facts) as RestoreFactName[];
}

/** How the newest try of undoing it failed, if it did. */
export function undoFailure(facts: Facts): RestoreFact | undefined {
  const { tries, failed } = undoTries(factNames(facts));
  return failed ? facts[undoFactName("undo-failed", tries)] : undefined;
}

/** The newest call for an approval. */
export function asking(facts: Facts): RestoreFact | undefined {
  return Object.entries(facts)
    .filter(([name]) => name.startsWith("awaiting-approval-"))
    .sort(([a], [b]) => Number(a.split("-").at(-1)) - Number(b.split("-").at(-1)))
    .at(-1)?.[1];
}

/** The steps of the plan, each with when it began and, if it has, for how long it went on. */
export function progressOf(facts: Facts, now: Date): (PlannedStep & { state: string; seconds?: number })[] {
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

/**
 * Follows a restore, or the undoing of one, to its end and tells each step. Throws `Problem` when there is no time left.
 * `started`: the ARN of its execution, for the time before its first fact.
 */
export async function follow(
  id: string,
  house: House,
  options: Options,
  io: Io,
  started?: string,
): Promise<Facts> {
  const endMs = io.now().getTime() + options.timeoutSeconds * 1_000;
  let facts: Facts = {};
  let said = "";
  let saidMs = 0;
  for (let polls = 1; ; polls++) {
    facts = await readFacts(house.world, id, facts);
    if (polls % pollsPerLook === 0) ({ facts } = await withItsEnd(house.world, id, facts, started));
    const state = stateOf(facts);
    if (!["running", "awaiting approval", "undoing"].includes(state)) return facts;
    const nowMs = io.now().getTime();
    const { what, line } = currentLine(facts, state, io.now());
    if (what !== said || nowMs - saidMs >= tellEveryMs) {
      io.tell(line);
      [said, saidMs] = [what, nowMs];
    }
    if (nowMs >= endMs)
      throw new Problem(
        "unavailable",
        `The restore ${id} is not done yet: ${line}`,
        `It goes on without you. Look again with: holdfast restore status ${id} --region ${house.region}`,
      );
    await io.wait(pollMs);
  }
}

function currentLine(facts: Facts, state: State, now: Date): { what: string; line: string } {
  const awaiting = asking(facts);
  if (awaiting && (state === "awaiting approval" || state === "undoing") && !isUndoApproved(facts)) {
    const line = `Waits until ${awaiting.until} for another principal to say: holdfast approve ${awaiting.restore}`;
    return { what: "approval", line };
  }
  if (state === "undoing") return { what: "undo", line: "What was there before gets its names back." };
  const steps = progressOf(facts, now);
  const index = steps.findLastIndex(({ state: one }) => one === "under way");
  const step = steps[index];
  if (!step) return { what: "", line: "Waits for its first step." };
  const { does, seconds = 0, expectedSeconds } = step;
  const expected =
    expectedSeconds === undefined
      ? "nothing to expect it from"
      : `expected ${formatDuration(expectedSeconds)}`;
  const what = `${index + 1}/${steps.length}`;
  return { what, line: `${what} ${does}. ${formatDuration(seconds)} so far, ${expected}.` };
}

function isUndoApproved(facts: Facts): boolean {
  return facts[undoFactName("undo-approved", undoTries(factNames(facts)).tries)] !== undefined;
}

/** What a restore came to, for people and programs. Throws the `Problem` that it ended with. */
export function reportOf(facts: Facts): Outcome {
  const { finished, failed, cancelled, planned } = facts;
  const ended = failed ?? cancelled;
  const left = (ended?.leftBehind ?? []).map((sentence) => `Left behind: ${sentence}.`);
  if (failed)
    throw new Problem(
      failed.code ?? "internal",
      `The restore ${failed.restore} came to nothing: ${failed.reason}`,
      left.join(" ") ||
        (failed.endedAs
          ? `What is left of it is told soon by: holdfast restore status ${failed.restore}`
          : "Everything is as it was before."),
    );
  if (cancelled)
    return {
      json: { restore: cancelled.restore, state: "cancelled", leftBehind: cancelled.leftBehind ?? [] },
      text: [`The restore ${cancelled.restore} was ${cancelled.reason}.`, ...left],
      exitCode: 0,
    };
  if (!finished) throw new Problem("internal", "the restore has no end", "Report this.");
  const { database, objects, restore, secondsToAvailable = 0, region } = finished;
  const plan = planned?.plan;
  const bad = objects && objects.failed > 0;
  return {
    json: { restore, region, state: "finished", secondsToAvailable, database, objects, notes: plan?.notes },
    text: [
      `${plan?.into ?? finished.source} is back after ${formatDuration(secondsToAvailable)}: data of ${plan?.dataAt}.`,
      ...(database ? databaseLines(restore, database) : []),
      ...(objects ? objectLines(objects) : []),
      ...(plan?.notes ?? []).map((note) => `Note: ${note}`),
    ],
    exitCode: bad ? problemCodes.damaged.exitCode : 0,
  };
}

function databaseLines(id: string, database: NonNullable<RestoreFact["database"]>): string[] {
  const { endpoint, masterSecretArn, replaced } = database;
  return [
    ...(endpoint ? [`  It answers at ${endpoint.host}:${endpoint.port}.`] : []),
    ...(masterSecretArn ? [`  Its master password is in ${masterSecretArn}.`] : []),
    ...(replaced
      ? [
          `  What it took the place of is ${replaced.id}: delete it once nobody needs it.`,
          `  Put back with: holdfast restore undo ${id}`,
        ]
      : []),
  ];
}

function objectLines(objects: NonNullable<RestoreFact["objects"]>): string[] {
  const { bucket, keys, copied, hidden, same, left, verified, failed, failures } = objects;
  return [
    `  ${keys} key(s) looked at in ${bucket}: ${copied} copied, ${same} right already, ${hidden} hidden, ${left} left.`,
    `  ${verified} held to their checksums.`,
    ...(failed > 0 ? [`  ${failed} could not be brought back:`, ...failures.map((one) => `    ${one}`)] : []),
  ];
}
