import type { Environment } from "./environment.ts";
import type { MessageFactName } from "./episode.ts";
import { digestDue } from "./local-time.ts";

/** When the weekly canary is sent, on Mondays. */
export type Canary = NonNullable<Environment["alerts"]["canary"]>;

/** The facts of one canary, each with the instant (ISO-8601 UTC) at which it was stored. */
export type CanaryFacts = Map<MessageFactName, string>;

/** Within so many seconds somebody acknowledges a canary. */
export const answerWithinSeconds = 2 * 86_400;

const dayMs = 86_400_000;
/** 1970 began on a Thursday. */
const firstMondayMs = 4 * dayMs;

/** The canary, named by its Monday, that this region is to send now if it has not yet; the regions take turns. */
export function canaryDue(
  canary: Canary,
  { primaryRegion }: Pick<Environment, "primaryRegion">,
  region: string,
  now: Date,
): string | undefined {
  const slot = digestDue({ every: "week", ...canary }, now);
  if (!slot) return undefined;
  const week = Math.floor((Date.parse(slot) - firstMondayMs) / (7 * dayMs));
  return (week % 2 === 0) === (region === primaryRegion) ? slot : undefined;
}

/**
 * What is known of the newest canary that this region sent: that somebody acknowledged it, or that nobody has in time, and
 * since when that is so. `undefined` while its time runs, and where there is none.
 */
export function unanswered(
  canaries: ReadonlyMap<string, CanaryFacts>,
  region: string,
  now: Date,
): { slot: string; acknowledged: true } | { slot: string; acknowledged: false; since: string } | undefined {
  const told = [...canaries].filter(([, facts]) => facts.has(`told-${region}`));
  const [slot, facts] = told.sort(([a], [b]) => (a < b ? 1 : -1))[0] ?? [];
  if (!slot || !facts) return undefined;
  if (facts.has("acknowledged")) return { slot, acknowledged: true };
  const toldMs = Date.parse(facts.get(`told-${region}`) ?? "");
  const dueMs = toldMs + answerWithinSeconds * 1_000;
  if (now.getTime() < dueMs) return undefined;
  return { slot, acknowledged: false, since: new Date(dueMs).toISOString() };
}
