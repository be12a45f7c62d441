import { Cron } from "croner";
import { AwsError } from "../twin.ts";

/** When a schedule is due. Instants in ms since 1970 UTC. */
export type ScheduleTimes = {
  /** The first due instant at or after `ms`; undefined when there is none any more. */
  next(ms: number): number | undefined;
};

const unitMs: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * A schedule expression of EventBridge Scheduler in UTC (user guide, schedule types): rate(), at(), and cron() with
 * its six fields. A rate counts from `startMs`, at which it is due for the first time.
 */
export function parseSchedule(expression: string, startMs: number): ScheduleTimes {
  const [, kind, body = ""] = /^(rate|cron|at)\((.+)\)$/.exec(expression) ?? [];
  if (kind === "rate") {
    const [, count, unit = ""] = /^(\d+) (minute|hour|day)s?$/.exec(body) ?? [];
    const everyMs = Number(count) * (unitMs[unit] ?? Number.NaN);
    if (!(everyMs > 0)) throw invalid(expression);
    return { next: (ms) => startMs + Math.max(0, Math.ceil((ms - startMs) / everyMs)) * everyMs };
  }
  if (kind === "at") {
    const dueMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body) ? Date.parse(`${body}Z`) : Number.NaN;
    if (Number.isNaN(dueMs)) throw invalid(expression);
    return { next: (ms) => (dueMs >= ms ? dueMs : undefined) };
  }
  if (kind === "cron") return cron(body, expression);
  throw invalid(expression);
}

/** minutes hours day-of-month month day-of-week year; one of the two days is "?"; 1 is Sunday. */
function cron(body: string, expression: string): ScheduleTimes {
  const fields = body.trim().split(/\s+/);
  if (fields.length !== 6 || (fields[2] === "?") === (fields[4] === "?")) throw invalid(expression);
  try {
    const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields.map((field) =>
      field === "?" ? "*" : field,
    );
    const pattern = `0 ${minutes} ${hours} ${dayOfMonth} ${month} ${dayOfWeek} ${year}`;
    const times = new Cron(pattern, { timezone: "UTC", alternativeWeekdays: true, paused: true });
    return { next: (ms) => times.nextRun(new Date(ms - 1_000))?.getTime() };
  } catch {
    throw invalid(expression);
  }
}

function invalid(expression: string): AwsError {
  return new AwsError("ValidationException", `Invalid Schedule Expression ${expression}.`);
}
