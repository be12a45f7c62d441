import { Problem } from "../core/problem.ts";
import type { RestoreRequest } from "../core/restore.ts";
import type { Steps } from "../core/workflow.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { askForApproval, endAsking, judge } from "./approver.ts";
import { approvalSeconds } from "./plan.ts";

/** What is to be approved: a restore, or the undoing of one. */
export type ToApprove = {
  request: Pick<RestoreRequest, "id" | "source">;
  what: "restore" | "undo";
  /** Of an undo: which try it is, from 1. */
  attempt?: number;
  /** The ARN of who asked for it. */
  asker: string;
  /** One sentence. */
  does: string;
};

/** That nobody approved: an end that people wanted, or let come about. Thrown outside of steps only. */
export class NotApproved extends Problem {
  constructor({ request, what }: ToApprove, reason: string) {
    super(
      "access-denied",
      `the ${what} ${request.id} was not approved: ${reason}`,
      "Nothing was done; ask again.",
    );
  }
}

/** One who asked may try to approve it himself so many times before it is over. */
const maxRounds = 5;

/**
 * Waits until another principal than the one that asked approves. Throws `Problem` access-denied when somebody refuses
 * or nobody answers in time; nothing has been done then. Costs nothing while it waits.
 */
export async function approved(of: ToApprove, steps: Steps, world: RestoreWorld): Promise<void> {
  try {
    for (let round = 1; round <= maxRounds; round++) {
      const answer = await steps.callback(
        `approval ${round}`,
        (callbackId) => askForApproval(of, round, callbackId, world),
        { timeoutSeconds: approvalSeconds },
      );
      const verdict = await steps.step(`judge approval ${round}`, () => judge(of, answer, world));
      if (verdict.outcome === "approved") return;
      if (verdict.outcome === "over") throw new NotApproved(of, verdict.reason);
    }
    throw new NotApproved(of, "only who asked for it wanted to approve it");
  } finally {
    await steps.always.step("end of asking", () => endAsking(of, world));
  }
}
