import type { ApiWorld, RegionWorld } from "../api-world.ts";
import { readRestoreFacts } from "../catalog/read-restore.ts";
import { asking, factNames, openAsking, type RestoreFacts, restoreState } from "../catalog/restore-state.ts";
import { undoTries } from "../catalog/undo-facts.ts";
import type { Caller } from "../core/api/caller.ts";
import type { RestoreWish } from "../core/api/recovery.ts";
import { asProblem, Problem } from "../core/problem.ts";
import {
  type Approval,
  maxUndoAttempts,
  type PlanFact,
  purposes,
  type RestoreOrder,
  type RestoreRequest,
  restoreId,
  undoName,
} from "../core/restore.ts";
import { planRestore as plan } from "../restore/planning.ts";
import { sourceOf } from "./find.ts";
import type { Change, Look } from "./operation.ts";
import { refuseTooSoon, withItsEnd } from "./restore-end.ts";
import { restoreOf } from "./restores.ts";

/** What a restore would do. Changes nothing. */
export const planRestore: Look<"planRestore"> = async ({ body }, { world }) => {
  const { request, at } = wished(body, world);
  const { fact } = await plan(request, at);
  const known = fact.steps.flatMap(({ expectedSeconds }) => expectedSeconds ?? []);
  return {
    plan: fact,
    approval: world.environment.restores?.approval === "required",
    ...(known.length > 0 ? { expectedSeconds: known.reduce((sum, seconds) => sum + seconds, 0) } : {}),
  };
};

/** Starts a restore. What can be seen to be wrong from here is refused before anything is begun. */
export const createRestore: Change<"createRestore"> = async ({ body }, { world, caller, since }) => {
  const { request, at } = wished(body, world, since);
  const { id } = request;
  const answer = { id, region: at.region };
  const { requested } = since ? await readRestoreFacts(at.catalog, id) : {};
  if (requested?.by === caller.who) return { target: id, act: async () => answer };
  await seen(request, at);
  return {
    target: id,
    async act() {
      const proof = await at.identity.prove(purposes.restore(id, behalf(caller).onBehalfOf));
      const order = { do: "restore", request, proof, ...behalf(caller) } as const;
      return { ...answer, ...(await begin(id, order, at)) };
    },
  };
};

/** Approves a restore, or the undoing of one, that somebody else asked for, or refuses it. */
export const approveRestore: Change<"approveRestore"> = async (
  { params, body },
  { world, caller, since },
) => {
  const id = params.restore;
  const { facts, at } = await restoreOf(world, id);
  const answer = body.refuse === undefined ? ("approved" as const) : ("refused" as const);
  if (didSince(since, caller, facts, [answer, `undo-${answer}`]))
    return { target: id, act: async () => ({ id, answer, by: caller.who }) };
  const awaiting = openAsking(facts);
  const { callbackId } = awaiting ?? {};
  if (!callbackId) {
    const what = asking(facts) ? "was answered already" : "waits for no approval";
    throw new Problem("invalid", `The restore ${id} ${what}`, `See: holdfast restore status ${id}`);
  }
  const { refuse } = body;
  if (refuse === undefined && caller.who === awaiting?.by)
    throw new Problem(
      "access-denied",
      "You asked for it and cannot approve it",
      "Ask another to approve it.",
    );
  return {
    target: id,
    async act() {
      const proof = await at.identity.prove(purposes.approve(id, behalf(caller).onBehalfOf));
      const approval: Approval = { proof, ...behalf(caller), ...(refuse === undefined ? {} : { refuse }) };
      await answerOnce(callbackId, { value: approval }, id, at);
      return { id, answer, by: caller.who };
    },
  };
};

/** Stops a restore that has not come to its end; what it has made is taken away again. */
export const cancelRestore: Change<"cancelRestore"> = async ({ params }, { world, caller, since }) => {
  const id = params.restore;
  const { requested, at, ...found } = await restoreOf(world, id);
  const { facts } = await withItsEnd(at, id, found.facts);
  const state = restoreState(facts);
  if (facts.cancelled && didSince(since, caller, facts, ["cancel-requested"]))
    return { target: id, act: async () => ({ id }) };
  if (state !== "running" && state !== "awaiting approval")
    throw new Problem(
      "invalid",
      `The restore ${id} is ${state} already`,
      state === "finished"
        ? `Put back what was there with: holdfast restore undo ${id}`
        : "Nothing is left to stop.",
    );
  const awaiting = state === "awaiting approval" ? openAsking(facts)?.callbackId : undefined;
  return {
    target: id,
    async act() {
      const about = { restore: id, source: requested.source, region: requested.region };
      const said = {
        schema: 1,
        at: world.now().toISOString(),
        fact: "cancel-requested",
        by: caller.who,
      } as const;
      await at.catalog.recordRestore("cancel-requested", { ...said, ...about });
      // One that waits for an approval looks at nothing: it has to be answered.
      if (awaiting) await answerOnce(awaiting, { refused: `cancelled by ${caller.who}` }, id, at);
      return { id };
    },
  };
};

/** Puts back what a restore replaced. */
export const undoRestore: Change<"undoRestore"> = async ({ params }, { world, caller, since }) => {
  const id = params.restore;
  const { facts: recorded, at } = await restoreOf(world, id);
  const { tries } = undoTries(factNames(recorded));
  if (didSince(since, caller, recorded, ["undo-requested"]))
    return { target: id, act: async () => ({ id, attempt: tries }) };
  const told = await withItsEnd(at, id, recorded);
  const { facts } = told;
  const state = restoreState(facts);
  if (!facts.finished || state === "undone" || state === "undoing")
    throw new Problem(
      "invalid",
      `The restore ${id} is ${state}: there is nothing to undo`,
      `See: holdfast restore status ${id}`,
    );
  refuseTooSoon(told, world.now());
  // An execution's name is its own for ever: each try of an undo has another.
  const attempt = tries + 1;
  if (attempt > maxUndoAttempts)
    throw new Problem(
      "invalid",
      `The undo of ${id} failed ${maxUndoAttempts} times`,
      "Rename by hand: docs/runbook.md#restore-undo says what to what.",
    );
  return {
    target: id,
    async act() {
      const proof = await at.identity.prove(purposes.undo(id, behalf(caller).onBehalfOf));
      const order: RestoreOrder = {
        ...{ do: "undo", id, proof, ...behalf(caller) },
        ...(attempt > 1 ? { attempt } : {}),
      };
      return { id, attempt, ...(await begin(undoName(id, attempt), order, at)) };
    },
  };
};

/** The API proves itself and says for whom it speaks; who breaks the glass proves to be themselves. */
function behalf({ who, from }: Caller): { onBehalfOf?: string } {
  return from.through === "break-glass" ? {} : { onBehalfOf: who };
}

/** Starts an execution. Its name is taken if another has been begun by it, in this very second or by a try before. */
async function begin(
  name: string,
  order: RestoreOrder,
  { invoke }: RegionWorld,
): Promise<{ execution?: string }> {
  const execution = await invoke.start("restore", name, order).catch((thrown: unknown) => {
    const { cause } = asProblem(thrown);
    if (!(cause instanceof Error) || cause.name !== "DurableExecutionAlreadyStartedException") throw thrown;
    throw new Problem("conflict", `${name} has just been begun`, "See how far it is, or ask again.", thrown);
  });
  return execution ? { execution } : {};
}

/** Answers who waits for it. Throws `Problem` conflict if somebody has done so already. */
async function answerOnce(
  callbackId: string,
  answer: Parameters<RegionWorld["invoke"]["answer"]>[1],
  id: string,
  { invoke }: RegionWorld,
): Promise<void> {
  await invoke.answer(callbackId, answer).catch((thrown: unknown) => {
    if (asProblem(thrown).code !== "not-found") throw thrown;
    throw new Problem("conflict", `Somebody has answered ${id} already`, "See how far it is.", thrown);
  });
}

/** Whether a fact says that the caller has done it since a try that came to no answer. */
function didSince(
  since: Date | undefined,
  { who }: Caller,
  facts: RestoreFacts,
  what: readonly string[],
): boolean {
  return Object.values(facts).some(
    (one) =>
      since && one && what.includes(one.fact) && one.by === who && Date.parse(one.at) >= since.getTime(),
  );
}

function wished(wish: RestoreWish, world: ApiWorld, since = world.now()) {
  const { primaryRegion, recoveryRegion } = world.environment;
  const { region = recoveryRegion, ...rest } = wish;
  if (region !== primaryRegion && region !== recoveryRegion)
    throw new Problem(
      "invalid",
      `"${region}" is no region of the environment`,
      `Write ${primaryRegion} or ${recoveryRegion}.`,
    );
  const { name } = sourceOf(world, wish.source);
  const request: RestoreRequest = { ...rest, id: restoreId(name, since) };
  return { request, at: world.at(region) };
}

/** Who may start a restore need not have the rights to look at everything that it looks at. */
async function seen(request: RestoreRequest, at: RegionWorld): Promise<PlanFact | undefined> {
  try {
    return (await plan(request, at)).fact;
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "access-denied") return undefined;
    throw thrown;
  }
}
