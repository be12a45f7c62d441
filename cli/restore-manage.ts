import { readRestoreFacts } from "../functions/catalog/read-restore.ts";
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
import {
  maxUndoAttempts,
  purposes,
  type RestoreFact,
  type RestoreOrder,
  undoName,
} from "../functions/core/restore.ts";
import { hydrationSentences } from "../functions/core/restore-report.ts";
import type { WorkflowWorld as World } from "../functions/workflow-world.ts";
import type { House } from "./house.ts";
import { type Asked, refuseTooSoon, withItsEnd } from "./restore-execution.ts";
import { follow, pollsPerLook, reportOf } from "./restore-follow.ts";
import { table } from "./table.ts";
import type { Io, Verb } from "./verb.ts";

/** How far a restore is: each step with how long it took and was expected to. */
export const restoreStatus: Verb = async ([id = ""], house, _options, io) => {
  const { facts, requested, unknown } = await mustFind(id, house, io);
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
export const restoreCancel: Verb = async ([id = ""], house, options, io) => {
  const { facts, requested, at } = await mustFind(id, house, io);
  const state = stateOf(facts);
  if (state !== "running" && state !== "awaiting approval") {
    const fix = state === "finished" ? `Put back what was there with: holdfast restore undo ${id}` : "";
    throw new Problem("invalid", `The restore ${id} is ${state} already`, fix || "Nothing is left to stop.");
  }
  const by = await whoAmI(at.world, `cancel ${id}`);
  await at.world.catalog.recordRestore("cancel-requested", {
    ...{ schema: 1, at: io.now().toISOString(), fact: "cancel-requested", by },
    ...{ restore: id, source: requested.source, region: requested.region },
  });
  const awaiting = asking(facts);
  // One that waits for an approval looks at nothing: it has to be answered.
  if (state === "awaiting approval" && awaiting?.callbackId)
    await at.world.invoke.answer(awaiting.callbackId, { refused: `cancelled by ${by}` });
  io.tell(`The restore ${id} is told to stop before its next step.`);
  if (options.wait) return reportOf(await follow(id, at, options, io));
  const text = [`Look how it ends with: holdfast restore status ${id}`];
  return { json: { restore: id, state: "cancelling" }, text, exitCode: 0 };
};

/** Puts back what a restore took the place of. */
export const restoreUndo: Verb = async ([id = ""], house, options, io) => {
  const found = await mustFind(id, house, io);
  const { facts, at } = found;
  const { finished } = facts;
  const state = stateOf(facts);
  if (!finished || state === "undone")
    throw new Problem(
      "invalid",
      `The restore ${id} is ${state}: there is nothing to undo`,
      "See its status.",
    );
  refuseTooSoon(found, io.now());
  const attempt = undoTries(factNames(facts)).tries + (state === "undoing" ? 0 : 1);
  const started = state === "undoing" ? undefined : await startUndo(id, attempt, at.world);
  io.tell(`Undoing ${id} in ${finished.region}; it goes on without this command.`);
  if (!options.wait)
    return { json: { restore: id, state: "undoing" }, text: [`holdfast restore status ${id}`], exitCode: 0 };
  const ended = await untilUndone({ id, attempt, started }, at, options, io);
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

/** An execution's name is its own for ever: each try of an undo has another. */
async function startUndo(id: string, attempt: number, world: World): Promise<string | undefined> {
  if (attempt > maxUndoAttempts) {
    const fix = "Rename by hand: docs/runbook.md#restore-undo says what to what.";
    throw new Problem("invalid", `The undo of ${id} failed ${maxUndoAttempts} times`, fix);
  }
  const proof = await world.identity.prove(purposes.undo(id));
  const order: RestoreOrder = { do: "undo", id, proof, ...(attempt > 1 ? { attempt } : {}) };
  return world.invoke.start("restore", undoName(id, attempt), order);
}

async function untilUndone(
  { id, attempt, started }: { id: string; attempt: number; started: string | undefined },
  house: House,
  options: Parameters<typeof follow>[2],
  io: Io,
) {
  let facts: Facts = {};
  const endMs = io.now().getTime() + options.timeoutSeconds * 1_000;
  for (let polls = 1; ; polls++) {
    facts = await readRestoreFacts(house.world.catalog, id, facts);
    if (polls % pollsPerLook === 0) ({ facts } = await withItsEnd(house.world, id, facts, started));
    if (facts.undone || facts[undoFactName("undo-failed", attempt)]) return facts;
    if (io.now().getTime() >= endMs) {
      const fix = `It goes on without you. Look again with: holdfast restore status ${id}`;
      throw new Problem("unavailable", `The restore ${id} is not undone yet`, fix);
    }
    await io.wait(5_000);
  }
}

/** A restore by its id, and the region in which it runs: its facts are there first. Throws `Problem` not-found. */
export async function mustFind(
  id: string,
  house: House,
  io: Io,
): Promise<Asked & { requested: RestoreFact; at: House }> {
  const { environment } = house;
  const first = await readRestoreFacts(house.world.catalog, id);
  const other = [environment.primaryRegion, environment.recoveryRegion].find((one) => one !== house.region);
  const region = first.requested?.region ?? (other && !first.requested ? other : house.region);
  if (region === house.region) {
    if (first.requested)
      return { ...(await withItsEnd(house.world, id, first)), requested: first.requested, at: house };
  } else {
    const at = { ...house, region, world: io.reach.world(environment, region) };
    const facts = await readRestoreFacts(at.world.catalog, id).catch(() => first);
    const requested = facts.requested ?? first.requested;
    if (requested) return { ...(await withItsEnd(at.world, id, facts)), requested, at };
  }
  throw new Problem(
    "not-found",
    `There is no restore "${id}"`,
    "Its id was told when it was begun; look under catalog/restores/ in the vault.",
  );
}

/** The ARN of whoever runs this. */
export async function whoAmI({ identity }: World, purpose: string): Promise<string> {
  return identity.identify(await identity.prove(purpose), purpose);
}
