import {
  type PointFactName,
  parseFindingKey,
  parsePointKey,
  pointKey,
} from "../../functions/catalog/keys.ts";
import type { PointFact } from "../../functions/core/fact.ts";
import type { Finding } from "../../functions/core/finding.ts";
import { snapshotId } from "../../functions/core/names.ts";
import type { Plan } from "../../functions/core/plan.ts";
import { slotOf } from "../../functions/core/slot.ts";
import type { Source } from "../../functions/core/source.ts";
import { expire } from "../../functions/expire/expire.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";

export const hourMs = 3_600_000;

/** An hourly plan that keeps two hours. */
export const twoHours: Plan = { ...hourly, keep: { hourly: 2 } };

/** A database under that plan. */
export const db0: Source = { name: "db0", kind: "rds-instance", instance: "db0", plan: twoHours };

/** An environment in the stand-in, with both regions' reconcilers and expiry. */
export async function putUpHouse(...sources: Source[]) {
  const environment = environmentOf(...sources);
  const { twin, clock, rds } = await putUp(environment, { manualSnapshotsMax: 500 });
  const primary = worldIn(twin, environment, environment.primaryRegion, "primary");
  const recovery = worldIn(twin, environment, environment.recoveryRegion, "recovery");
  const call = { remainingMs: () => 900_000 };

  /** Both reconcilers' passes, 20 minutes later. */
  const third = async () => {
    clock.advance(hourMs / 3);
    for (const world of [primary, recovery]) await reconcile(world);
  };
  /** Lets hours pass, and runs expiry wherever it is asked for at the end of each: 20 minutes before the full hour. */
  const pass = async (hours: number, expiring: (typeof primary)[] = []) => {
    for (let hour = 0; hour < hours; hour++) {
      for (let thirds = 0; thirds < 3; thirds++) await third();
      for (const world of expiring) await expire(world, call);
    }
  };
  /** The names of the snapshots of a region, oldest first. */
  const snapshots = (region = environment.primaryRegion) =>
    [...rds.state.snapshots.values()].flatMap((one) => (one.region === region ? [one.id] : [])).sort();
  /** The facts of one point, without the region in their names. */
  const factsOf = async (source: string, point: string, world = primary) => {
    const names: string[] = [];
    for await (const { key } of world.catalog.list(`catalog/points/${source}/${point}/`)) {
      names.push(parsePointKey(key)?.name ?? key);
    }
    return names.sort();
  };
  const record = (world: typeof primary, name: PointFactName, fact: Partial<PointFact> & { point: string }) =>
    world.catalog.recordPoint(name, {
      ...{ schema: 1, at: world.now().toISOString(), fact: "held", source: "db0", region: world.region },
      ...fact,
    } as PointFact);
  const open = async (finding: Partial<Finding>, { catalog } = primary) => {
    const whole: Finding = {
      ...{ kind: "copy-wrong", source: "db0", detail: "x", since: primary.now().toISOString() },
      ...{ region: primary.region, message: "m", fix: "f" },
      ...finding,
    } as Finding;
    const base = { schema: 1, at: primary.now().toISOString(), finding: whole } as const;
    await catalog.recordFinding("opened", { ...base, fact: "opened" });
    return () => catalog.recordFinding("ended", { ...base, fact: "ended" });
  };
  const idOf = (hoursAgo: number, source = "db0") =>
    snapshotId(
      environment,
      source,
      slotOf(new Date(Math.floor(clock.now() / hourMs) * hourMs - hoursAgo * hourMs)),
    );
  const run = (world = primary) => expire(world, call);
  await third();
  await third();
  return {
    environment,
    twin,
    clock,
    rds,
    primary,
    recovery,
    pass,
    run,
    snapshots,
    factsOf,
    record,
    open,
    idOf,
    pointKey,
  };
}

export type House = Awaited<ReturnType<typeof putUpHouse>>;

/** The findings that are open, and every episode that ever was, in the primary vault. */
export async function findings({ primary }: House) {
  const names = new Map<string, Set<string>>();
  for await (const { key } of primary.catalog.list("catalog/findings/")) {
    const { id, since, name } = parseFindingKey(key) ?? { id: key, since: "", name: "opened" };
    names.set(`${id} ${since}`, (names.get(`${id} ${since}`) ?? new Set()).add(name));
  }
  const open = [...names].flatMap(([episode, facts]) =>
    facts.has("ended") ? [] : [episode.split(" ")[0] ?? ""],
  );
  return { open: open.sort(), episodes: [...names.keys()] };
}
