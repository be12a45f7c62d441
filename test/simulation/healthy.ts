import { alert } from "../../functions/alert/alert.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { watch } from "../../functions/watch/watch.ts";
import { AwsError } from "../../local/twin.ts";
import { watchWorldIn } from "../watch/house.ts";
import { worldIn } from "../worlds.ts";
import { connectAsTheBusCalls } from "./continuity.ts";
import { fleetOf, putUp } from "./fleet.ts";
import { seeded, turnOfTheLoop } from "./random.ts";
import type { Outcome } from "./reconciliation.ts";
import { staleRds } from "./stale-rds.ts";

const minuteMs = 60_000;
const noon = "2026-11-21T12:00:00Z";

/** What may be otherwise than in a healthy history. */
export type Health = { copySeconds?: readonly number[] };

/**
 * One history in which nothing is wrong: databases are snapshotted and copied within their RPO, though now faster and now
 * slower; clocks are apart by minutes, calls are throttled as AWS throttles them, answers get lost, passes overlap or break off,
 * RDS's listings are minutes behind, and now and then a region does not answer for some minutes, or is slow to be itself again.
 * Reconcilers, watches and those who tell run in both regions. Nobody may be woken, and nobody told anything.
 */
export async function simulateHealthy(
  seed: number,
  { copySeconds = [60, 600, 1_500] }: Health = {},
): Promise<Outcome> {
  // Seven clusters, of which five are copied at once, may really be late: that is no house in which nothing is wrong.
  const environment = fleetOf(seed % 50 === 0 ? seed + 1 : seed);
  const random = seeded(seed);
  const outcome: Outcome = { seed, broken: [], history: [] };
  const channel = { kind: "email", address: "oncall@acme.example" } as const;
  const told: Environment = { ...environment, alerts: { page: [channel], notify: [channel] } };
  const { twin, clock } = await putUp(told, {
    snapshotSeconds: () => random.pick([30, 120, 600]),
    copySeconds: () => random.pick(copySeconds),
  });
  const say = (line: string) => outcome.history.push(`${new Date(clock.now()).toISOString()} ${line}`);
  const Publish = (input: Record<string, unknown>) => {
    say(`BROKEN: ${input.Subject}`);
    outcome.broken.push(`${String(input.TopicArn).split("-").at(-1)} is told: ${input.Subject}`);
    return { MessageId: "1" };
  };
  twin.register({ name: "sns", operations: { Publish } });
  clock.advance(Math.max(0, Date.parse(noon) - clock.now()) + random.below(86_400) * 1_000);

  const regions = [environment.primaryRegion, environment.recoveryRegion];
  const worlds = regions.map((region) => {
    const skewMs = random.chance(0.3) ? (random.below(360) - 180) * 1_000 : 0;
    if (skewMs) say(`the clock of ${region} is off by ${skewMs / 1_000} s`);
    const now = () => new Date(clock.now() + skewMs);
    const watcher = watchWorldIn(twin, told, region, { principal: region });
    // Nothing here answers late: what the watch would wait for needs no clock.
    return { ...watcher, now, wait: () => new Promise<void>(() => undefined) };
  });
  connectAsTheBusCalls(twin, worldIn(twin, told, environment.primaryRegion), random);
  let away: string | undefined;
  let awayUntilMs = 0;
  // After a blip a region may not list its own vault now and then, so that the next pass breaks off for another reason.
  let shakyUntilMs = 0;
  twin.interceptors.push(staleRds(twin, random, say));
  twin.interceptors.push(async (call, proceed) => {
    if (call.region === away) throw new AwsError("ServiceUnavailable", `${away} does not answer`, 503);
    if (!regions.includes(call.principal)) return proceed();
    // What is left of throttling once the SDK, which is not in the way here, has tried three times.
    if (random.chance(0.00003)) throw new AwsError("ThrottlingException", "Rate exceeded", 400);
    const ownList = call.operation === "ListObjectsV2" && call.region === call.principal;
    if (ownList && clock.now() < shakyUntilMs && random.chance(0.3))
      throw new AwsError("InternalFailure", "not quite well yet", 500);
    const answer = await proceed();
    if (random.chance(0.00003)) throw new AwsError("InternalFailure", "timed out after it happened", 500);
    return answer;
  });

  for (let minute = 0; minute < 4 * 60 && outcome.broken.length === 0; minute += 5) {
    if (away && clock.now() >= awayUntilMs) away = undefined;
    // Seldom: two blips in a row are half an hour without it for those who look every five minutes.
    if (!away && clock.now() > awayUntilMs + 30 * minuteMs && random.chance(0.01)) {
      away = random.pick(regions);
      awayUntilMs = clock.now() + (1 + random.below(4)) * minuteMs;
      if (random.chance(0.5)) shakyUntilMs = awayUntilMs + (5 + random.below(15)) * minuteMs;
      say(`${away} does not answer until ${new Date(awayUntilMs).toISOString()}`);
    }
    await passes(reconcile);
    await passes(watch);
    const restMs = 5 * minuteMs - random.below(20) * 1_000;
    const firstMs = random.below(60) * 1_000;
    clock.advance(firstMs);
    await passes(tell);
    clock.advance(restMs - firstMs);
    await passes(tell);
    // In truth they look each minute, and so one listing that failed is made again in the next.
    if (clock.now() < shakyUntilMs + 10 * minuteMs)
      for (let looks = 0; looks < 3; looks++) await passes(tell);
  }
  await turnOfTheLoop();
  return outcome;

  /** A pass in each region that is there; some fail, and are made again by the next. */
  async function passes(run: (world: (typeof worlds)[number]) => Promise<void>): Promise<void> {
    const there = worlds.filter(({ region }) => region !== away);
    const runs = random.chance(0.1) ? [...there, ...there] : there;
    if (random.chance(0.3)) await Promise.all(runs.map((world) => run(world).catch(() => undefined)));
    else for (const world of runs) await run(world).catch(() => undefined);
  }
}

function tell(world: Parameters<typeof alert>[0]): Promise<void> {
  return alert(world, { remainingMs: () => 60_000 });
}
