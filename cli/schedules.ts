import { formatDuration, parseDuration } from "../functions/core/duration.ts";
import { Problem } from "../functions/core/problem.ts";
import { everything } from "./pages.ts";
import { table } from "./table.ts";
import type { ApiVerb } from "./verb.ts";

/** When each source owes its next point and drill, and what is paused until when. */
export const schedules: ApiVerb = async (_args, client) => {
  const all = await everything((query) => client.ask("listSchedules", { query }));
  const rows = all.map(({ source, everySeconds, nextPointAt, nextDrillAt, pausedUntil, pausedBy }) => [
    source,
    formatDuration(everySeconds),
    nextPointAt,
    nextDrillAt ?? "-",
    pausedUntil ? `until ${pausedUntil}${pausedBy ? ` by ${pausedBy}` : ""}` : "-",
  ]);
  return {
    json: { schedules: all },
    text: table([["SOURCE", "EVERY", "NEXT POINT", "NEXT DRILL", "PAUSED"], ...rows]),
    exitCode: 0,
  };
};

/** Pauses the taking of a source's points. It goes on by itself. */
export const pause: ApiVerb = async ([source = ""], client, { duration, reason = "" }, io) => {
  if (duration === undefined || reason.trim() === "")
    throw new Problem("invalid", "A pause needs its end and its reason", 'Write --for 2h --reason "…".');
  const until = new Date(io.now().getTime() + parseDuration(duration) * 1_000).toISOString();
  const paused = await client.ask("pauseSchedule", { params: { source }, body: { reason, until } });
  return {
    json: paused,
    text: [
      `No points of "${source}" are taken by schedule until ${paused.pausedUntil}; its RPO holds meanwhile.`,
      `To go on before that: holdfast resume ${source}`,
    ],
    exitCode: 0,
  };
};

/** Ends a pause before its time. */
export const resume: ApiVerb = async ([source = ""], client) => {
  const resumed = await client.ask("resumeSchedule", { params: { source } });
  return { json: resumed, text: [`The schedule of "${source}" goes on.`], exitCode: 0 };
};
