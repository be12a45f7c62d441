import { asProblem } from "../core/problem.ts";
import type { RestoreRequest } from "../core/restore.ts";
import { Cancelled } from "../core/workflow.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { NotApproved } from "./approval.ts";
import type { Back } from "./kinds.ts";
import { record, releasePoint } from "./record.ts";

/** When a step of the plan began, ISO-8601 UTC. */
export type Begun = { step: string; at: string };

/** What a restore comes to; `ended`: why it was stopped by people before anything came back. */
export type Restored = { back: Back; secondsToAvailable: number; ended?: string };

/**
 * How an execution ends that came to nothing. What people stopped has ended as they wanted; what failed is thrown, so
 * that it is a failure to Lambda too and its dead letter pages.
 */
export function endOf(thrown: unknown): Restored {
  if (!(thrown instanceof Cancelled || thrown instanceof NotApproved)) throw thrown;
  return { back: {}, secondsToAvailable: 0, ended: thrown.message };
}

/** Nothing may undo what has come back only because it could not be told for a while. */
export const tellLong = { attempts: 100, maxSeconds: 300 };

/** Tells that a restore is done, and how long each of its steps took. */
export async function tellFinished(
  request: RestoreRequest,
  { back, point }: { back: Back; point: string | undefined },
  begun: readonly Begun[],
  world: RestoreWorld,
): Promise<Restored> {
  const ends = [...begun.slice(1).map(({ at }) => at), world.now().toISOString()];
  const took = begun.map(({ step, at }, index) => ({ step, seconds: secondsBetween(at, ends[index] ?? at) }));
  const work = took.filter(({ step }) => step !== "approval");
  const secondsToAvailable = work.reduce((sum, { seconds }) => sum + seconds, 0);
  if (point) await releasePoint(world, request, point);
  await record(world, request, "finished", { ...back, took, secondsToAvailable });
  return { back, secondsToAvailable };
}

/** Tells why a restore came to nothing, and what of it is left, if anything. */
export async function tellEnded(
  request: RestoreRequest,
  thrown: unknown,
  { left, point }: { left: string[]; point: string | undefined },
  world: RestoreWorld,
): Promise<void> {
  if (point) await releasePoint(world, request, point);
  const leftBehind = left.length > 0 ? { leftBehind: left } : {};
  if (thrown instanceof Cancelled)
    await record(world, request, "cancelled", { reason: thrown.message, ...leftBehind });
  else {
    const { message: reason, code } = asProblem(thrown);
    await record(world, request, "failed", { reason, code, ...leftBehind });
  }
}

function secondsBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 1_000);
}
