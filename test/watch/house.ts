import type { EmbeddedDocument } from "../../functions/core/embedded-metrics.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { otherRegion } from "../../functions/core/environment.ts";
import type { Plan } from "../../functions/core/plan.ts";
import type { StatusReport } from "../../functions/core/report.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { watch } from "../../functions/watch/watch.ts";
import type { WatchWorld } from "../../functions/watch-world.ts";
import { AwsError, type Interceptor, type Twin } from "../../local/twin.ts";
import { fleet, putUp } from "../simulation/fleet.ts";
import { type TestWorld, worldIn } from "../worlds.ts";

/** The world of the watch in the twin. Its heartbeats go into `beats`; how long it waits is up to the clock. */
export function watchWorldIn(
  twin: Twin,
  environment: Environment,
  region: string,
  {
    beats = [],
    measured = [],
    principal = "watch",
  }: { beats?: string[]; measured?: EmbeddedDocument[]; principal?: string } = {},
): WatchWorld & TestWorld {
  const other = otherRegion(environment, region);
  return {
    ...worldIn(twin, environment, region, principal),
    otherObservers: worldIn(twin, environment, other, principal).providers,
    leaveHeartbeat: async () => {
      beats.push(region);
      return [];
    },
    measure: (documents) => void measured.push(...documents),
    bucketSizes: { here: async () => new Map(), there: async () => new Map() },
    wait: (ms) => new Promise((after) => void twin.clock.at(twin.clock.now() + ms, after)),
  };
}

/** An environment in the twin with both regions' passes, and the hands to break it. */
export async function houseOf(environment: Environment) {
  const { clock, twin } = await putUp(environment, {});
  const { primaryRegion, recoveryRegion } = environment;
  const beats: string[] = [];
  const measured: EmbeddedDocument[] = [];
  const primary = watchWorldIn(twin, environment, primaryRegion, { beats, measured });
  const recovery = watchWorldIn(twin, environment, recoveryRegion, { beats, measured });
  const faults: Interceptor[] = [];
  twin.interceptors.push((call, proceed) => {
    let next = proceed;
    for (const fault of faults) {
      const inner = next;
      next = () => fault(call, inner);
    }
    return next();
  });
  return {
    ...{ environment, clock, twin, primary, recovery, beats, measured },
    /** Both reconcilers pass every five minutes, for so long. */
    async live(minutes: number): Promise<void> {
      for (let passed = 0; passed < minutes; passed += 5) {
        for (const world of [primary, recovery]) await reconcile(world).catch(() => {});
        clock.advance(5 * 60_000);
      }
    },
    /** A pass of a region's watch, and what it wrote. */
    async seen(world: WatchWorld = recovery): Promise<StatusReport> {
      await watch(world);
      return world.catalog.readStatus();
    },
    /** From now on every call to the region fails, as one that answers nothing does. */
    silence(region: string): void {
      faults.push((call, proceed) => {
        if (call.region !== region) return proceed();
        throw new AwsError("ServiceUnavailable", "the region is gone", 503);
      });
    },
    /** From now on every call of an operation is refused, until the answer is called. */
    refuse(operation: string): () => void {
      let refused = true;
      faults.push((call, proceed) => {
        if (!refused || call.operation !== operation) return proceed();
        throw new AwsError("ServiceUnavailable", "not now", 503);
      });
      return () => {
        refused = false;
      };
    },
    /** From now on a call for which this holds never comes back. */
    hang(which: (call: Parameters<Interceptor>[0]) => boolean): void {
      faults.push((call, proceed) => (which(call) ? new Promise(() => {}) : proceed()));
    },
  };
}

/** The same with so many databases under a plan of half an hour. */
export function houseWith(instances: number, more: Partial<Plan> = {}) {
  return houseOf(fleet(instances, 0, more));
}
