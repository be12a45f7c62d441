import {
  asking,
  type RestoreFacts as Facts,
  factNames,
  hydrationOf,
  progressOf,
  type RestoreState as State,
  restoreState as stateOf,
} from "../functions/catalog/restore-state.ts";
import { undoFactName, undoTries } from "../functions/catalog/undo-facts.ts";
import { formatDuration } from "../functions/core/duration.ts";
import { asProblem, Problem, problemCodes } from "../functions/core/problem.ts";
import { databaseSentences, hydrationSentences, objectSentences } from "../functions/core/restore-report.ts";
import type { Client } from "./client.ts";
import type { Io, Options, Outcome } from "./verb.ts";

const pollMs = 5_000;

/** What is told again of a step that goes on. */
const tellEveryMs = 60_000;

/**
 * Follows a restore, or the undoing of one, to its end and tells each step. Throws `Problem` when there is no time left.
 */
export async function follow(
  { id, region, execution }: Followed,
  client: Client,
  options: Options,
  io: Io,
): Promise<Facts> {
  const endMs = io.now().getTime() + options.timeoutSeconds * 1_000;
  let facts: Facts = {};
  let said = "";
  let saidMs = 0;
  for (;;) {
    facts = (await factsOf(id, client, execution)) ?? facts;
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
        `It goes on without you. Look again with: holdfast restore status ${id} --region ${region}`,
      );
    await io.wait(pollMs);
  }
}

/** A restore that is followed. `execution`: the ARN that its start gave, for the time before its first fact. */
export type Followed = { id: string; region: string; execution?: string | undefined };

/** Its facts as far as they are known; undefined before there is any. */
export async function factsOf(
  id: string,
  client: Client,
  execution?: string | undefined,
): Promise<Facts | undefined> {
  try {
    const query = execution ? { execution } : {};
    return (await client.ask("getRestore", { params: { restore: id }, query })).facts;
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return undefined;
    throw thrown;
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
  const read = step.name === "hydrate" && hydrationOf(facts);
  const far = read ? ` ${hydrationSentences(read)[0]}` : "";
  return { what, line: `${what} ${does}. ${formatDuration(seconds)} so far, ${expected}.${far}` };
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
  const { database, hydration, objects, restore, secondsToAvailable = 0, region } = finished;
  const plan = planned?.plan;
  const bad = objects && objects.failed > 0;
  return {
    json: {
      ...{ restore, region, state: "finished", secondsToAvailable, database, hydration, objects },
      notes: plan?.notes,
    },
    text: [
      `${plan?.into ?? finished.source} is back after ${formatDuration(secondsToAvailable)}: data of ${plan?.dataAt}.`,
      ...(database ? databaseSentences(restore, database) : []).map(indented),
      ...(hydration ? hydrationSentences(hydration) : []).map(indented),
      ...(objects ? objectSentences(objects) : []).map(indented),
      ...(plan?.notes ?? []).map((note) => `Note: ${note}`),
    ],
    exitCode: bad ? problemCodes.damaged.exitCode : 0,
  };
}

function indented(sentence: string): string {
  return `  ${sentence}`;
}
