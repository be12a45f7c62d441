import type { TellingStep } from "./episode.ts";

/*
 * Who tells claims a try first, by a fact that only one can create. A try that came to nothing is followed by another; one
 * of which nothing was heard has died, once it is older than a function can live.
 */

/** How long the function that tells may run, in seconds. */
export const tellTimeoutSeconds = 60;

/** By how much the clocks of AWS's services and of functions may differ without anything being told twice. */
export const clocksApartSeconds = 300;

/** From when on whoever claimed a try and said no more is dead. */
export const claimLapsesSeconds = tellTimeoutSeconds + clocksApartSeconds;

/** The longest pause between two tries in vain. */
const longestPauseSeconds = 600;

/** Of a message about no finding the step is not named. */
type Step = TellingStep | "";

/** The last try that a key may name. */
const lastTry = 9_999;

/**
 * The number of the try that may be made now, from 1; `undefined` while another is under way, or it is too soon after one in
 * vain: a minute, then two, four, up to ten. `facts`: by name, with the instant at which each was stored.
 */
export function nextTry(
  facts: ReadonlyMap<string, string>,
  region: string,
  step: Step,
  now: Date,
): number | undefined {
  let last = 0;
  for (const [name, at] of facts) {
    const claim = claimIn(name, step);
    if (!claim) continue;
    const inVain = facts.get(claimedAs("untold", claim.region, step, claim.number));
    const sinceSeconds = (now.getTime() - Date.parse(inVain ?? at)) / 1_000;
    const mine = claim.region === region;
    if (mine) last = Math.max(last, claim.number);
    if (inVain === undefined && sinceSeconds < claimLapsesSeconds) return undefined;
    const pauseSeconds = Math.min(longestPauseSeconds, 60 * 2 ** (claim.number - 1));
    if (mine && inVain !== undefined && sinceSeconds < pauseSeconds) return undefined;
  }
  return last < lastTry ? last + 1 : undefined;
}

/** The name of the fact that claims a try, or says that it was in vain. */
export function claimedAs<F extends "telling" | "untold", S extends Step>(
  fact: F,
  region: string,
  step: S,
  attempt: number,
): S extends "" ? `${F}-${string}-${number}` : `${F}-${string}-${TellingStep}-${number}` {
  const name = step === "" ? `${fact}-${region}-${attempt}` : `${fact}-${region}-${step}-${attempt}`;
  return name as ReturnType<typeof claimedAs<F, S>>;
}

function claimIn(name: string, step: Step): { region: string; number: number } | undefined {
  const [, region = "", number] =
    (step === ""
      ? /^telling-([a-z0-9-]+)-(\d+)$/.exec(name)
      : new RegExp(`^telling-([a-z0-9-]+)-${step}-(\\d+)$`).exec(name)) ?? [];
  return number ? { region, number: Number(number) } : undefined;
}
