import { openEpisodes, readCatalog, readOpen } from "../../functions/catalog/whole.ts";
import { isContinuousAt } from "../../functions/core/continuity.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { findingId } from "../../functions/core/finding.ts";
import { gatherPoints, newestPresent, type Place } from "../../functions/core/point.ts";
import { asProblem } from "../../functions/core/problem.ts";
import { slotAt } from "../../functions/core/slot.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { WorkflowWorld as World } from "../../functions/workflow-world.ts";
import type { rdsService } from "../../local/services/rds.ts";
import type { Snapshot } from "../../local/services/rds-state.ts";
import { AwsError, type Twin } from "../../local/twin.ts";
import { worldIn } from "../worlds.ts";
import { checkContinuity, connectAsTheBusCalls, meddleWithBackups } from "./continuity.ts";
import { putUp } from "./fleet.ts";
import { seeded, turnOfTheLoop } from "./random.ts";

/** A crash: the process that called is gone, whatever the call did. */
export class Crash extends Error {}

/** What one run came to: empty `broken` means that every invariant held. */
export type Outcome = { seed: number; broken: string[]; history: string[] };

const minuteMs = 60_000;

/**
 * One random history: a small fleet, hours of faults, then hours of peace. While it runs no quota may be
 * exceeded and no slot have two snapshots; in the end everything owed must be there, or a finding be open.
 */
export async function simulate(seed: number, environment: Environment): Promise<Outcome> {
  const random = seeded(seed);
  const outcome: Outcome = { seed, broken: [], history: [] };
  const fates = { until: 0 };
  const limits: Limits = {
    manualMax: random.pick([3, 12, 60]),
    copiesMax: { instance: 20, cluster: 5 },
  };
  const { twin, rds, clock } = await putUp(environment, {
    manualSnapshotsMax: limits.manualMax,
    copiesMax: limits.copiesMax,
    snapshotSeconds: () => random.pick([30, 120, 900]),
    copySeconds: () => random.pick([60, 600, 1_800]),
    fate: () => (clock.now() < fates.until && random.chance(0.1) ? "failed" : "available"),
  });

  let faulty = true;
  let away: string | undefined;
  let crashAt = Number.POSITIVE_INFINITY;
  let calls = 0;
  let passesAtOnce = 0;
  twin.interceptors.push(async (call, proceed) => {
    calls += 1;
    if (away === call.region) throw new AwsError("ServiceUnavailable", `${call.region} is away`, 503);
    if (calls === crashAt) {
      if (random.chance(0.5)) await proceed();
      outcome.history.push(`crash at ${call.service}:${call.operation}`);
      throw new Crash();
    }
    if (faulty && random.chance(0.02)) throw new AwsError("ThrottlingException", "Rate exceeded", 400);
    const answer = await proceed().catch((thrown: unknown) => {
      const overQuota = thrown instanceof AwsError && thrown.code === "SnapshotQuotaExceeded";
      // Two passes at once may both see the last place; one alone must know that there is none.
      if (overQuota && passesAtOnce === 1)
        outcome.broken.push(`${call.operation} was tried beyond the quota`);
      throw thrown;
    });
    if (faulty && random.chance(0.01))
      throw new AwsError("InternalFailure", "timed out after it happened", 500);
    return answer;
  });
  connectAsTheBusCalls(twin, worldIn(twin, environment, environment.primaryRegion), random);
  const hints: { atMs: number; region: string }[] = [];
  twin.onEvent((event) => {
    if (event.source !== "aws.rds" || random.chance(0.3)) return;
    const times = random.chance(0.2) ? 2 : 1;
    for (let i = 0; i < times; i++)
      hints.push({ atMs: clock.now() + random.below(30) * minuteMs, region: event.region });
  });

  const regions = [environment.primaryRegion, environment.recoveryRegion];
  const worlds = new Map(regions.map((region) => [region, worldIn(twin, environment, region)]));
  const pass = async (region: string): Promise<void> => {
    passesAtOnce += 1;
    try {
      await reconcile(worlds.get(region) as World);
    } catch (thrown) {
      if (!(thrown instanceof Crash) && asProblem(thrown).code === "internal")
        outcome.broken.push(`pass in ${region}: ${thrown}`);
    } finally {
      passesAtOnce -= 1;
    }
    checkWhileRunning(environment, [...rds.state.snapshots.values()], limits, outcome);
  };
  const started = clock.now();
  // Most histories are short; in one of fifty the trouble lasts for a day.
  const day = random.chance(0.02);
  const faultMinutes = day ? 24 * 60 : 45 + random.below(60);
  fates.until = started + faultMinutes * minuteMs;
  if (random.chance(0.3)) {
    away = random.pick(regions);
    outcome.history.push(`${away} is away for the first ${faultMinutes} minutes`);
  }
  await run(faultMinutes, day ? 30 : 5);
  faulty = false;
  away = undefined;
  crashAt = Number.POSITIVE_INFINITY;
  outcome.history.push("peace");
  await run(200, 20);
  await checkInTheEnd(twin, environment, [...worlds.values()], limits, outcome);
  await checkContinuity(environment, [...worlds.values()], outcome);
  await turnOfTheLoop();
  return outcome;

  /** Steps of so many minutes: in each, both regions make their pass, hints make others, people meddle. */
  async function run(minutes: number, stepMinutes: number): Promise<void> {
    for (let passed = 0; passed < minutes; passed += stepMinutes) {
      clock.advance(stepMinutes * minuteMs);
      if (faulty) await meddle();
      const due = hints.filter(({ atMs }) => atMs <= clock.now()).map(({ region }) => region);
      hints.splice(0, hints.length, ...hints.filter(({ atMs }) => atMs > clock.now()));
      const passes = [...due.slice(0, 2), ...regions.filter(() => !faulty || random.chance(0.9))];
      if (faulty && random.chance(0.15)) crashAt = calls + 1 + random.below(40);
      if (random.chance(0.1)) await Promise.all(passes.map(pass));
      else for (const region of passes) await pass(region);
    }
  }

  async function meddle(): Promise<void> {
    if (random.chance(0.02)) clock.advance(random.below(180) * minuteMs);
    if (random.chance(0.05)) await meddleWithBackups(twin, environment, random, outcome);
    const there = [...rds.state.snapshots.values()].filter(({ status }) => status === "available");
    const one = there.length > 0 && random.chance(0.02) ? random.pick(there) : undefined;
    if (!one) return;
    outcome.history.push(
      `${new Date(clock.now()).toISOString()} somebody deletes ${one.id} in ${one.region}`,
    );
    rds.state.snapshots.delete(rds.state.arnOf(one));
  }
}

/** The quotas of one run. */
export type Limits = { manualMax: number; copiesMax: { instance: number; cluster: number } };

export function checkWhileRunning(
  environment: Environment,
  snapshots: Snapshot[],
  { manualMax, copiesMax }: Limits,
  outcome: Outcome,
): void {
  for (const region of [environment.primaryRegion, environment.recoveryRegion]) {
    for (const kind of ["instance", "cluster"] as const) {
      const here = snapshots.filter((one) => one.region === region && one.kind === kind);
      if (here.length > manualMax) outcome.broken.push(`${here.length} ${kind} snapshots in ${region}`);
      const copying = here.filter(({ status }) => status === "copying");
      if (copying.length > copiesMax[kind])
        outcome.broken.push(`${copying.length} ${kind} copies into ${region} at once`);
      const perSlot = new Map<string, string>();
      for (const one of here) {
        if (one.status === "failed") continue;
        const slot = one.id.replace(/-r\d$/, "");
        if (perSlot.has(slot))
          outcome.broken.push(`${slot} has two snapshots in ${region}: ${perSlot.get(slot)}, ${one.id}`);
        perSlot.set(slot, one.id);
      }
    }
  }
}

export async function checkInTheEnd(
  twin: Twin,
  environment: Environment,
  worlds: World[],
  { manualMax }: Limits,
  outcome: Outcome,
): Promise<void> {
  for (const world of worlds) {
    const listing = await readCatalog(world.catalog);
    const points = gatherPoints(listing.points);
    const open = new Set((await readOpen(world.catalog, openEpisodes(listing))).map(findingId));
    const place: Place = {
      region: world.region,
      role: world.region === environment.primaryRegion ? "primary" : "recovery",
    };
    for (const source of environment.sources) {
      const quota = [...open].some((id) => id.startsWith("quota-exhausted"));
      const newest = newestPresent(points.get(source.name) ?? [], place);
      const owed = slotAt(
        new Date(twin.clock.now() - source.plan.rpoSeconds * 1_000),
        source.plan.everySeconds,
      );
      if (newest && newest.point >= owed) continue;
      if (isContinuousAt(source, place)) {
        if (!quota && !quotaFull(environment, twin, world.region, manualMax))
          outcome.broken.push(`"${source.name}" in ${world.region} did not converge (${[...open]})`);
        continue;
      }
      const rpo = open.has(`rpo-breached.${source.name}.${world.region}`);
      if (!rpo)
        outcome.broken.push(
          `"${source.name}" in ${world.region}: newest ${newest?.point}, owed ${owed}, and no finding (${[...open]})`,
        );
      if (!quota && !rpo) outcome.broken.push(`"${source.name}" in ${world.region} did not converge`);
      if (rpo && !quota && !quotaFull(environment, twin, world.region, manualMax))
        outcome.broken.push(`"${source.name}" in ${world.region} did not converge (${[...open]})`);
    }
    for (const [source, states] of points) {
      for (const state of states) {
        const fact = place.role === "primary" ? "available" : `copied-${place.region}`;
        if (!state.facts.has(fact) || state.facts.has(`lost-${place.region}`)) continue;
        const rds = twin.service("rds") as ReturnType<typeof rdsService>;
        const there = [...rds.state.snapshots.values()].some(
          (one) =>
            one.region === place.region &&
            one.status === "available" &&
            one.id.startsWith(`${environment.name}-${source}-${state.point.toLowerCase()}`),
        );
        if (!there)
          outcome.broken.push(`"${source}" ${state.point} is acknowledged in ${place.region} and not there`);
      }
    }
  }
}

function quotaFull(environment: Environment, twin: Twin, region: string, manualMax: number): boolean {
  const rds = twin.service("rds") as ReturnType<typeof rdsService>;
  const kinds = new Set(
    environment.sources.map(({ kind }) => (kind === "rds-cluster" ? "cluster" : "instance")),
  );
  return [...kinds].some((kind) => rds.state.manualCount(kind as "instance", region) >= manualMax);
}

/** Makes the history of a failing seed readable. */
export function explain({ seed, broken, history }: Outcome): string {
  return [
    `seed ${seed}:`,
    ...broken.slice(0, 5).map((line) => `  broken: ${line}`),
    ...history.map((line) => `  ${line}`),
  ].join("\n");
}
