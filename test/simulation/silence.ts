import { rpoSecondsAt } from "../../functions/core/continuity.ts";
import { placesOf } from "../../functions/core/decide-rpo.ts";
import { otherRegionGraceSeconds, severityOf } from "../../functions/core/finding.ts";
import { AwsError } from "../../local/twin.ts";
import type { Outcome } from "./reconciliation.ts";
import { minuteMs, type Station, type Town, townOf } from "./watched.ts";

/** What happens to the primary region, or to what runs in it. */
const silences = ["dead", "stopped", "slow", "stale"] as const;

/** A pass comes every five minutes, may be late by one, and its clock may be three apart. */
const passMs = 10 * minuteMs + 3 * minuteMs;

/**
 * One history in which the primary region is well at first, and then is dead, or nothing runs in it any more, or it answers
 * the watch only slowly, or with what it was half an hour ago. What is due is told by the recovery region within its bound,
 * what is not wrong is not told, and what the report does not know it says.
 */
export async function simulateSilence(seed: number, { watched = true } = {}): Promise<Outcome> {
  const town = await townOf(seed);
  const { clock, random, outcome, stations } = town;
  const [primary, recovery] = stations;
  const all = () => clock.advance((4 * 60 + random.below(120)) * 1_000);
  for (let minute = 0; minute < 90; minute += 5) {
    await town.passes();
    all();
  }
  town.told.length = 0;
  const fault = silences[seed % silences.length] as (typeof silences)[number];
  town.say(`the primary region is ${fault}`);
  const fromMs = clock.now();
  befall(town, fault, primary.region);
  const lives: readonly Station[] = fault === "dead" || fault === "stopped" ? [recovery] : stations;
  const hours = fault === "dead" || fault === "stopped" ? 4 : 0.5;
  while (clock.now() < fromMs + hours * 60 * minuteMs) {
    await town.passes(lives, watched);
    all();
  }
  const report = await recovery.watcher.catalog.readStatus();
  const answered = report.regions.find(({ region }) => region === primary.region)?.answered;
  const expected = fault === "stopped" || fault === "stale";
  if (answered !== expected)
    outcome.broken.push(`the report says that ${primary.region} answered: ${answered}`);
  if (fault === "slow" || fault === "stale") {
    for (const { id, kind } of town.told)
      if (severityOf(kind) === "page") outcome.broken.push(`told, and not wrong: ${id}`);
    return outcome;
  }
  if (report.ok) outcome.broken.push("the report says that all is well");
  checkDue(town, fromMs, fault);
  return outcome;
}

function befall({ twin, clock }: Town, fault: (typeof silences)[number], region: string): void {
  const old = new Map<string, unknown>();
  const untilMs = clock.now() + 30 * minuteMs;
  twin.interceptors.push(async (call, proceed) => {
    if (call.region !== region || call.principal === "test") return proceed();
    if (fault === "dead") throw new AwsError("ServiceUnavailable", "the region is gone", 503);
    const isWatch = call.principal.startsWith("watch-");
    if (
      fault === "slow" &&
      call.principal !== region &&
      call.principal !== `watch-${region}` &&
      call.service === "rds"
    )
      await new Promise<void>((after) => void clock.at(clock.now() + 90_000, () => after()));
    if (fault !== "stale" || !isWatch || !call.operation.startsWith("Describe") || clock.now() > untilMs)
      return proceed();
    const key = `${call.operation} ${JSON.stringify(call.input)}`;
    if (!old.has(key)) old.set(key, await proceed());
    return old.get(key);
  });
}

/** What is due when nothing comes from the primary region any more, and by when. */
function checkDue(town: Town, fromMs: number, fault: "dead" | "stopped"): void {
  const { environment, told, outcome, stations } = town;
  const [primary, recovery] = stations;
  const due = new Map<string, number>();
  if (fault === "stopped") {
    for (const task of ["reconcile", "watch"])
      due.set(`control-silent.account.${primary.region}-${task}`, fromMs + (15 + 15 + 6) * minuteMs + passMs);
  } else {
    due.set(
      `region-unreachable.account.${recovery.region}-vault-${primary.region}`,
      fromMs + 15 * minuteMs + passMs,
    );
  }
  for (const source of environment.sources) {
    for (const place of placesOf({ environment }, source)) {
      // A newer point may have come at the very end, and one was taken each half hour.
      const rpoMs = rpoSecondsAt(source.plan, place) * 1_000;
      if (source.plan.pointInTime) continue;
      const graceMs = place.region === recovery.region ? 0 : otherRegionGraceSeconds * 1_000;
      due.set(`rpo-breached.${source.name}.${place.region}`, fromMs + rpoMs + graceMs + passMs);
    }
  }
  for (const [id, byMs] of due) {
    const first = told.find((one) => one.id === id);
    if (!first) outcome.broken.push(`never told: ${id}`);
    else if (first.atMs > byMs)
      outcome.broken.push(`told ${Math.round((first.atMs - byMs) / minuteMs)} minutes too late: ${id}`);
  }
}
