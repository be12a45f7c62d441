import type { Environment } from "../../functions/core/environment.ts";
import { type FindingKind, severityOf } from "../../functions/core/finding.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { watch } from "../../functions/watch/watch.ts";
import type { WatchWorld } from "../../functions/watch-world.ts";
import type { VirtualClock } from "../../local/clock.ts";
import { watchWorldIn } from "../watch/house.ts";
import { type TestWorld, worldIn } from "../worlds.ts";
import { connectAsTheBusCalls } from "./continuity.ts";
import { fleetOf, putUp } from "./fleet.ts";
import type { Health } from "./healthy.ts";
import { type Random, seeded, turnOfTheLoop } from "./random.ts";
import type { Outcome } from "./reconciliation.ts";

export const minuteMs = 60_000;

/** What a region runs: its reconciler and its watch, each by a clock that may be apart from the true one. */
export type Station = { region: string; skewMs: number; reconciler: TestWorld; watcher: WatchWorld };

/** That somebody is to be told of a finding, as a pass put it on the bus. */
export type Told = { atMs: number; by: string; id: string; kind: FindingKind };

/** An environment in the stand-in in which both regions reconcile and watch, and everything that they have told. */
export type Town = {
  environment: Environment;
  clock: VirtualClock;
  twin: Awaited<ReturnType<typeof putUp>>["twin"];
  random: Random;
  outcome: Outcome;
  stations: [Station, Station];
  told: Told[];
  /** The regions' passes, now; what fails is made again by the next. Calls that wait are waited for on the clock. */
  passes(there?: readonly Station[], watched?: boolean): Promise<void>;
  say(line: string): void;
};

/** A fleet by a seed, its regions' clocks apart by up to three minutes. */
export async function townOf(seed: number, { copySeconds = [60, 600, 1_500] }: Health = {}): Promise<Town> {
  const environment = fleetOf(seed);
  const random = seeded(seed);
  const outcome: Outcome = { seed, broken: [], history: [] };
  const { twin, clock } = await putUp(environment, {
    snapshotSeconds: () => random.pick([30, 120, 600]),
    copySeconds: () => random.pick(copySeconds),
  });
  clock.advance(random.below(86_400) * 1_000);
  const told: Told[] = [];
  const say = (line: string) => outcome.history.push(`${new Date(clock.now()).toISOString()} ${line}`);
  twin.interceptors.push(async (call, proceed) => {
    const answer = await proceed();
    if (call.operation !== "PutEvents") return answer;
    for (const { DetailType, Detail = "{}" } of call.input.Entries as Record<string, string>[]) {
      if (DetailType !== "Finding Changed") continue;
      const { findingId: id } = JSON.parse(Detail) as { findingId: string };
      const kind = id.split(".")[0] as FindingKind;
      told.push({ atMs: clock.now(), by: call.region, id, kind });
      say(`told in ${call.region}: ${id}`);
    }
    return answer;
  });
  const stationOf = (region: string): Station => {
    const skewMs = random.chance(0.4) ? (random.below(360) - 180) * 1_000 : 0;
    const now = () => new Date(clock.now() + skewMs);
    return {
      ...{ region, skewMs },
      reconciler: { ...worldIn(twin, environment, region, region), now },
      watcher: { ...watchWorldIn(twin, environment, region, { principal: `watch-${region}` }), now },
    };
  };
  const stations: Town["stations"] = [
    stationOf(environment.primaryRegion),
    stationOf(environment.recoveryRegion),
  ];
  connectAsTheBusCalls(twin, stations[0].reconciler, random);
  return {
    ...{ environment, clock, twin, random, outcome, stations, told, say },
    async passes(there = stations, watched = true) {
      const runs = there.flatMap(({ reconciler, watcher }) => [
        () => reconcile(reconciler),
        ...(watched ? [() => watch(watcher)] : []),
      ]);
      if (random.chance(0.1)) runs.push(...runs);
      const quiet = (run: () => Promise<void>) => run().catch(() => undefined);
      if (random.chance(0.3)) await drive(clock, Promise.all(runs.map(quiet)));
      else for (const run of runs) await drive(clock, quiet(run));
    },
  };
}

/** Waits for something, moving the clock to whatever it waits for. */
async function drive(clock: VirtualClock, work: Promise<unknown>): Promise<void> {
  let over = false;
  const done = work.then(() => {
    over = true;
  });
  for (let turns = 0; !over; turns++) {
    await turnOfTheLoop();
    // What does not wait for the clock is over in a few turns.
    if (over || turns < 40) continue;
    if (clock.nextMs !== undefined) clock.advanceTo(clock.nextMs);
  }
  await done;
}

/**
 * One history in which nothing is wrong: snapshots and copies are now faster and now slower, clocks are apart, calls are
 * throttled, answers get lost, passes overlap or come late, and a region may not answer for some minutes. Nobody may be
 * paged, by either region's passes, and the watch may find nothing at all.
 */
export async function simulateWatched(seed: number, health: Health = {}): Promise<Outcome> {
  const town = await townOf(seed, health);
  const { clock, random, twin, outcome, stations, told } = town;
  let away: string | undefined;
  let awayUntilMs = 0;
  twin.interceptors.push(async ({ region, principal }, proceed) => {
    if (region === away)
      throw Object.assign(new Error("gone"), {
        name: "ServiceUnavailable",
        code: "ServiceUnavailable",
        httpStatus: 503,
      });
    if (!/^(watch-)?eu-/.test(principal)) return proceed();
    if (random.chance(0.0003))
      throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
    return proceed();
  });
  for (let minute = 0; minute < 150 && outcome.broken.length === 0; minute += 5) {
    if (away && clock.now() >= awayUntilMs) away = undefined;
    if (!away && random.chance(0.01)) {
      away = random.pick(stations).region;
      awayUntilMs = clock.now() + (2 + random.below(6)) * minuteMs;
      town.say(`${away} does not answer until ${new Date(awayUntilMs).toISOString()}`);
    }
    await town.passes(stations.filter(({ region }) => region !== away));
    clock.advance((4 * 60 + random.below(120)) * 1_000);
    for (const { id, kind, by } of told)
      if (severityOf(kind) === "page" || watchKinds.test(kind)) outcome.broken.push(`${by} tells ${id}`);
  }
  return outcome;
}

const watchKinds = /^(control-silent|budget-|point-owed|three-two-one|quota-low|storage-budget)/;
