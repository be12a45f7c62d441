import { asking, factNames, undoFailure } from "../functions/catalog/restore-state.ts";
import { undoFactName, undoTries } from "../functions/catalog/undo-facts.ts";
import { Problem } from "../functions/core/problem.ts";
import { type Approval, purposes } from "../functions/core/restore.ts";
import { mustFind, whoAmI } from "./restore-manage.ts";
import type { Verb } from "./verb.ts";

/**
 * Approves or refuses a restore, or the undoing of one, that somebody else wants. Who it is, AWS says: what is sent is a
 * proof, and the function asks AWS itself.
 */
export const approve: Verb = async ([id = ""], house, { refuse }, io) => {
  const { facts, at } = await mustFind(id, house, io);
  const awaiting = asking(facts);
  const { tries } = undoTries(factNames(facts));
  const answered = tries
    ? (facts[undoFactName("undo-approved", tries)] ?? facts.undone ?? undoFailure(facts))
    : (facts.approved ?? facts.refused ?? facts.failed ?? facts.cancelled);
  if (!awaiting?.callbackId || answered) {
    const what = answered ? "was answered already" : "waits for no approval";
    throw new Problem("invalid", `The restore ${id} ${what}`, `See: holdfast restore status ${id}`);
  }
  const purpose = purposes.approve(id);
  const me = await whoAmI(at.world, purpose);
  if (refuse === undefined && me === awaiting.by)
    throw new Problem(
      "access-denied",
      `${me} asked for it and cannot approve it`,
      "Ask another to approve it.",
    );
  const proof = await at.world.identity.prove(purpose);
  const approval: Approval = { proof, ...(refuse === undefined ? {} : { refuse }) };
  await at.world.invoke.answer(awaiting.callbackId, { value: approval });
  const did = refuse === undefined ? "approved" : "refused";
  return {
    json: { restore: id, [did]: true, by: me },
    text: [`${did === "approved" ? "Approved" : "Refused"} as ${me}: ${id}.`],
    exitCode: 0,
  };
};
