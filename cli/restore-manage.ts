import {
  asking,
  type RestoreFacts as Facts,
  factNames,
  hydrationOf,
  progressOf,
  restoreState as stateOf,
  undoFailure,
} from "../functions/catalog/restore-state.ts";
import { undoFactName, undoTries } from "../functions/catalog/undo-facts.ts";
import { formatDuration } from "../functions/core/duration.ts";
import { Problem } from "../functions/core/problem.ts";
import { restoreIdPattern } from "../functions/core/restore.ts";
import { hydrationSentences } from "../functions/core/restore-report.ts";
import type { Client } from "./client.ts";
import { factsOf, follow, reportOf } from "./restore-follow.ts";
import { table } from "./table.ts";
import type { ApiVerb, Io, Options } from "./verb.ts";

/** How far a restore is: each step with how long it took and was expected to. */
export const restoreStatus: ApiVerb = async ([id = ""], client, _options, io) => {
  const { facts, requested, unknown } = await mustFind(id, client);
  const state = stateOf(facts);
  const steps = progressOf(facts, io.now());
  const plan = facts.planned?.plan;
  const awaiting = asking(facts);
  const read = hydrationOf(facts);
  const ended = facts.failed ?? facts.cancelled ?? undoFailure(facts);
  const rows = steps.map(({ name, state: one, seconds, expectedSeconds, calls }, index) => [
    `${index + 1} ${name}`,
    one,
    seconds === undefined ? "-" : formatDuration(seconds),
    expectedSeconds === undefined ? "-" : formatDuration(expectedSeconds),
    calls.join(" ") || "-",
  ]);
  return {
    json: {
      restore: id,
      region: requested.region,
      state,
      requestedBy: requested.by,
      plan,
      steps,
      facts,
      unknown,
    },
    text: [
      `Restore ${id} in ${requested.region}: ${state}. Asked for by ${requested.by ?? "somebody"} at ${requested.at}.`,
      ...(plan ? [`${plan.from} comes back as ${plan.into}: data of ${plan.dataAt}.`] : []),
      ...(rows.length > 0 ? ["", ...table([["STEP", "STATE", "TOOK", "EXPECTED", "CALLS"], ...rows])] : []),
      ...(read ? hydrationSentences(read) : []),
      ...(state === "awaiting approval" ? [`Another principal decides until ${awaiting?.until}.`] : []),
      ...(unknown ? [`Whether it still goes on could not be asked: ${unknown}.`] : []),
      ...(ended
        ? [`Why ${ended.fact === "undo-failed" ? "its undo failed" : "it ended"}: ${ended.reason}.`]
        : []),
      ...(ended?.leftBehind ?? []).map((sentence) => `Left behind: ${sentence}.`),
      ...(plan?.notes ?? []).map((note) => `Note: ${note}`),
    ],
    exitCode: 0,
  };
};

/** Stops a restore that has not come to its end; what it made is taken away again. */
export const restoreCancel: ApiVerb = async ([id = ""], client, options, io) => {
  const { requested } = await mustFind(id, client);
  await client.ask("cancelRestore", { params: { restore: id } });
  io.tell(`The restore ${id} is told to stop before its next step.`);
  if (options.wait) return reportOf(await follow({ id, region: requested.region }, client, options, io));
  const text = [`Look how it ends with: holdfast restore status ${id}`];
  return { json: { restore: id, state: "cancelling" }, text, exitCode: 0 };
};

/** Puts back what a restore took the place of; where that goes on already, it is followed. */
export const restoreUndo: ApiVerb = async ([id = ""], client, options, io) => {
  const { facts, requested } = await mustFind(id, client);
  const going = { attempt: undoTries(factNames(facts)).tries, execution: undefined };
  const { attempt, execution } =
    stateOf(facts) === "undoing" ? going : await client.ask("undoRestore", { params: { restore: id } });
  io.tell(`Undoing ${id} in ${requested.region}; it goes on without this command.`);
  if (!options.wait)
    return { json: { restore: id, state: "undoing" }, text: [`holdfast restore status ${id}`], exitCode: 0 };
  const ended = await untilUndone({ id, attempt, execution }, client, options, io);
  const { undone } = ended;
  const failure = ended[undoFactName("undo-failed", attempt)];
  if (!undone)
    throw new Problem(
      failure?.code ?? "internal",
      `The restore ${id} was not undone: ${failure?.reason}`,
      failure?.endedAs
        ? "Some names may be half changed; a quarter of an hour from now ask for it again."
        : "Everything has the names that the restore gave it; ask again once the cause is gone.",
    );
  const stays = (undone.leftBehind ?? []).map((name) => `What had come back is ${name} now, and stays.`);
  return {
    json: { restore: id, state: "undone", stays: undone.leftBehind ?? [], objects: undone.objects },
    text: [`What was there before ${id} is back.`, ...stays],
    exitCode: 0,
  };
};

async function untilUndone(
  { id, attempt, execution }: { id: string; attempt: number; execution: string | undefined },
  client: Client,
  options: Options,
  io: Io,
): Promise<Facts> {
  const endMs = io.now().getTime() + options.timeoutSeconds * 1_000;
  for (;;) {
    const facts = (await factsOf(id, client, execution)) ?? {};
    if (facts.undone || facts[undoFactName("undo-failed", attempt)]) return facts;
    if (io.now().getTime() >= endMs) {
      const fix = `It goes on without you. Look again with: holdfast restore status ${id}`;
      throw new Problem("unavailable", `The restore ${id} is not undone yet`, fix);
    }
    await io.wait(5_000);
  }
}

/** A restore by its id. Throws `Problem` not-found. */
async function mustFind(id: string, client: Client) {
  if (!restoreIdPattern.test(id)) throw notFound(id);
  const { facts, unknown } = await client.ask("getRestore", { params: { restore: id } });
  const { requested }: Facts = facts;
  if (!requested) throw notFound(id);
  return { facts: facts as Facts, requested, unknown };
}

function notFound(id: string): Problem {
  const fix = "Its id was told when it was begun; look under catalog/restores/ in the vault.";
  return new Problem("not-found", `There is no restore "${id}"`, fix);
}
