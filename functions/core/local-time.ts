/** What the clock on a wall shows: "2026-11-21", "07:00", and the day of the week, Monday being 1. */
export type LocalTime = { date: string; time: string; weekday: number };

/** A time of day by the clock of a time zone. */
type Clock = { timeZone: string };

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clocks show in a time zone, by its IANA name, with its summer time. */
export function localTime(at: Date, timeZone: string): LocalTime {
  const format = formats.get(timeZone) ?? formatOf(timeZone);
  formats.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const date = `${parts.year}-${parts.month}-${parts.day}`;
  return { date, time: `${parts.hour}:${parts.minute}`, weekday: weekdayOf(date) };
}

/**
 * Whether it is quiet: from `from` until before `to` of the wall clock, over midnight if `to` is earlier. Where clocks are
 * put forward over `to`, it is over with the jump; where they are put back, the hour that comes twice is judged twice alike.
 */
export function isQuiet({ from, to, timeZone }: Clock & { from: string; to: string }, at: Date): boolean {
  const { time } = localTime(at, timeZone);
  return from < to ? time >= from && time < to : time >= from || time < to;
}

/**
 * The local date whose digest is due, which names it; `undefined` when none is. Each date is due once, however the clocks
 * are put: from the first instant that shows `at` or later. What was missed is sent until the day is over, of the week until
 * Tuesday is; then the next one tells it.
 */
export function digestDue(
  { every, at, timeZone }: Clock & { every: "day" | "week"; at: string },
  now: Date,
): string | undefined {
  const { date, time, weekday } = localTime(now, timeZone);
  if (every === "day") return time >= at ? date : undefined;
  if (weekday === 1) return time >= at ? date : undefined;
  return weekday === 2 ? dayBefore(date) : undefined;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
