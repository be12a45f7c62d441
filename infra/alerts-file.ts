import * as z from "zod";
import { duration, fields, matching } from "./fields.ts";

/* What an environment file says of when alerts are told; to whom is in environment-file.ts. */

const timeHint = 'a time of day, like "07:00"';
const zoneHint = 'a time zone by its IANA name, like "Europe/Berlin"';
const quietHint = 'when notes wait, like { from: "20:00", to: "07:00", timeZone: "Europe/Berlin" }';
const digestHint = 'when the digest goes out, like { every: "day", at: "07:00" }';
const canaryHint = 'when the weekly test goes out, like { every: "week", at: "09:00" }';
const withinHint = 'how soon alerts are to be acknowledged, like { P1: "15m" }';

const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, timeHint);
const timeZone = z.string({ error: zoneHint }).refine(isTimeZone, { error: zoneHint }).optional();
const saysSomething = (value: object) => Object.keys(value).length > 0;

/** One summary of what was found and what is still open, to `notify`. */
export const DigestFile = fields(
  {
    /** "day", or "week" for Mondays. */
    every: z.enum(["day", "week"], { error: '"day" or "week"' }),
    /** The time of day, by the clock of `timeZone`. */
    at: time,
    /** @default - UTC */
    timeZone,
  },
  digestHint,
);

/** The test that `page` gets on Mondays, which somebody is to acknowledge within two days. */
export const CanaryFile = fields(
  {
    /** "week", or "never". */
    every: z.enum(["week", "never"], { error: '"week" or "never"' }),
    /**
     * The time of day, by the clock of `timeZone`.
     * @default - 09:00
     */
    at: time.optional(),
    /** @default - UTC */
    timeZone,
  },
  canaryHint,
);

/** When what can wait for the morning waits for it. What pages never waits. */
export const QuietHoursFile = fields(
  {
    /** From this time of day on, by the clock of `timeZone`. */
    from: time,
    /** Until this time of day, of the next day if it is earlier than `from`. */
    to: time,
    /** @default - UTC */
    timeZone,
  },
  quietHint,
);

/** Within which time an alert is to be acknowledged, by its severity. What is not is told again, to `page`. P4 never is. */
export const AcknowledgeFile = fields(
  {
    /** @default - 15m */
    P1: duration("15m").optional(),
    /** @default - 1h */
    P2: duration("1h").optional(),
    /** @default - 24h */
    P3: duration("24h").optional(),
  },
  withinHint,
).refine(saysSomething, { error: withinHint });

function isTimeZone(name: string): boolean {
  try {
    // "+02:00" is one to Intl, and knows no summer.
    return /^[A-Za-z]/.test(name) && Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}
