import { findingKey } from "../catalog/keys.ts";
import { undoFactName } from "../catalog/undo-facts.ts";
import { type Finding, findingId } from "../core/finding.ts";
import { Problem } from "../core/problem.ts";
import { Approval, purposes, undoName } from "../core/restore.ts";
import type { Answer } from "../core/workflow.ts";
import { log } from "../glue.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { actorOf } from "./actor.ts";
import type { ToApprove } from "./approval.ts";
import { approvalSeconds } from "./plan.ts";
import { record } from "./record.ts";

/** What an answer comes to: done, over, or not the one that was waited for. */
export type Verdict = { outcome: "approved" } | { outcome: "over"; reason: string } | { outcome: "again" };

/** Says where an approval is heard and until when, and has those told who may give it. Repeatable. */
export async function askForApproval(
  of: ToApprove,
  round: number,
  callbackId: string,
  world: RestoreWorld,
): Promise<void> {
  const untilMs = world.now().getTime() + approvalSeconds * 1_000;
  const until = `${new Date(untilMs).toISOString().slice(0, 19)}Z`;
  const name = `awaiting-approval-${numberOf(of, round)}` as const;
  const at = await record(world, of.request, name, { callbackId, until, by: of.asker });
  if (round > 1) return;
  const finding = findingOf(of, at, world);
  await world.catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding });
  await world.publish("Finding Changed", { findingId: findingId(finding), since: finding.since });
}

/** Judges an answer. Who asked can refuse, and cannot approve. */
export async function judge(of: ToApprove, answer: Answer, world: RestoreWorld): Promise<Verdict> {
  const { request, asker, what } = of;
  if (answer.outcome === "timed-out") return { outcome: "over", reason: "nobody answered in time" };
  if (answer.outcome === "refused") return { outcome: "over", reason: answer.reason };
  const parsed = Approval.safeParse(answer.value);
  if (!parsed.success) return again("what was sent is no approval");
  let by: string;
  try {
    const { proof, onBehalfOf } = parsed.data;
    const proved = await world.identity.identify(proof, purposes.approve(request.id, onBehalfOf));
    by = actorOf(proved, onBehalfOf, world);
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "access-denied") return again(thrown.message);
    throw thrown;
  }
  const { refuse } = parsed.data;
  if (refuse !== undefined) {
    if (what === "restore") await record(world, request, "refused", { by, reason: refuse });
    return { outcome: "over", reason: `${by} refused it: ${refuse}` };
  }
  if (by === asker) return again(`${by} asked for it and cannot approve it`);
  const name = what === "restore" ? "approved" : undoFactName("undo-approved", of.attempt ?? 1);
  await record(world, request, name, { by });
  return { outcome: "approved" };

  function again(why: string): Verdict {
    log("not approved", { restore: request.id, why });
    return { outcome: "again" };
  }
}

/** Whether it was answered or not: there is nothing to approve any more. */
export async function endAsking(of: ToApprove, world: RestoreWorld): Promise<void> {
  const { catalog, now, publish } = world;
  const first = await catalog.readRestore(of.request.id, `awaiting-approval-${numberOf(of, 1)}`);
  if (!first) return;
  const { finding } = await catalog.readFinding(opened(of, first.at, world));
  const reason = "It was answered, or it is too late to.";
  await catalog.recordFinding("ended", {
    schema: 1,
    at: now().toISOString(),
    fact: "ended",
    finding,
    reason,
  });
  await publish("Finding Changed", { findingId: findingId(finding), since: finding.since });
}

/** The facts of an undo come after those of its restore, and those of each try after the one before. */
function numberOf({ what, attempt = 1 }: ToApprove, round: number): number {
  return what === "restore" ? round : 10 * attempt + round;
}

function opened(of: ToApprove, at: string, world: RestoreWorld): string {
  const finding = findingOf(of, at, world);
  return findingKey(findingId(finding), finding.since, "opened");
}

function findingOf(
  { request, what, attempt = 1, asker, does }: ToApprove,
  at: string,
  { region }: RestoreWorld,
): Finding {
  return {
    kind: "restore-awaits-approval",
    source: request.source,
    detail: what === "restore" ? request.id : undoName(request.id, attempt),
    since: `${at.slice(0, 19)}Z`,
    region,
    message: `${asker} wants to ${what} ${request.id}: ${does}. Another principal must approve or refuse it within 24 h.`,
    fix: `Run: holdfast approve ${request.id}`.slice(0, 70),
  };
}
