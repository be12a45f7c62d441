import { pauseKey, pausesOf } from "../catalog/action-keys.ts";
import { PauseFact } from "../core/action.ts";
import { formatDuration } from "../core/duration.ts";
import { longestPauseSeconds, pauseNow } from "../core/pause.ts";
import { Problem } from "../core/problem.ts";
import { sourceOf } from "./find.ts";
import type { Change } from "./operation.ts";
import { readPauses } from "./schedules.ts";

/** Pauses the taking of points. Whoever asks twice sets a new end. */
export const pauseSchedule: Change<"pauseSchedule"> = async ({ params, body }, { world, caller, since }) => {
  const { name } = sourceOf(world, params.source);
  const now = world.now();
  const seconds = (Date.parse(body.until) - now.getTime()) / 1_000;
  if (seconds < 60 || seconds > longestPauseSeconds)
    throw new Problem(
      "invalid",
      `A schedule cannot be paused until ${body.until}`,
      `Give an instant in the future, at most ${formatDuration(longestPauseSeconds)} from now.`,
    );
  const until = toSecond(new Date(body.until));
  return {
    target: name,
    async act() {
      const at = toSecond(since ?? now);
      const fact = {
        schema: 1,
        at,
        fact: "paused",
        source: name,
        by: caller.who,
        until,
        reason: body.reason,
      } as const;
      await world.catalog.record(pauseKey({ source: name, at, until }), PauseFact, fact);
      return { source: name, pausedUntil: until };
    },
  };
};

/** Ends a pause before its time. */
export const resumeSchedule: Change<"resumeSchedule"> = async ({ params }, { world, caller }) => {
  const { name } = sourceOf(world, params.source);
  const now = world.now();
  const pause = pauseNow((await readPauses(world.catalog, pausesOf(name))).get(name), now);
  if (!pause)
    throw new Problem("invalid", `The schedule of "${name}" is not paused`, "Nothing is to be resumed.");
  return {
    target: name,
    async act() {
      // After the pause, though both come in one second: the newest decides.
      const at = toSecond(new Date(Math.max(now.getTime(), Date.parse(pause.at) + 1_000)));
      const fact = { schema: 1, at, fact: "resumed", source: name, by: caller.who } as const;
      await world.catalog.record(pauseKey({ source: name, at }), PauseFact, fact);
      return { source: name, resumedAt: at };
    },
  };
};

function toSecond(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
