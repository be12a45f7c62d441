import { openEpisodes, readCatalog, readOpen } from "../../functions/catalog/whole.ts";
import { keepBackups } from "../../functions/connect/keep.ts";
import { breaksSince, isContinuousAt, placeKey } from "../../functions/core/continuity.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { findingId } from "../../functions/core/finding.ts";
import type { Place } from "../../functions/core/point.ts";
import { identifierOf } from "../../functions/core/source.ts";
import type { World } from "../../functions/world.ts";
import type { Twin } from "../../local/twin.ts";
import type { seeded } from "./random.ts";
import type { Outcome } from "./reconciliation.ts";

type Random = ReturnType<typeof seeded>;

/** Has `connect` called for what reconcilers put on the bus; one request in ten is lost, and a failure is nobody's. */
export function connectAsTheBusCalls(twin: Twin, primary: World, random: Pick<Random, "chance">): void {
  twin.interceptors.push(async (call, proceed) => {
    const answer = await proceed();
    if (call.operation !== "PutEvents") return answer;
    for (const { DetailType, Detail = "{}" } of call.input.Entries as Record<string, string>[]) {
      if (DetailType !== "Automated Backups Requested" || random.chance(0.1)) continue;
      const { source } = JSON.parse(Detail) as { source: string };
      await keepBackups(primary, source).catch(() => undefined);
    }
    return answer;
  });
}

/** Somebody switches automated backups off, makes their window shorter, or stops their replication. */
export async function meddleWithBackups(
  twin: Twin,
  { sources, account, primaryRegion, recoveryRegion }: Environment,
  random: Random,
  outcome: Outcome,
): Promise<void> {
  const instances = sources.filter((source) => isContinuousAt(source, { role: "recovery" }));
  if (instances.length === 0) return;
  const id = identifierOf(random.pick(instances));
  const SourceDBInstanceArn = `arn:aws:rds:${primaryRegion}:${account}:db:${id}`;
  const change = { DBInstanceIdentifier: id, ApplyImmediately: true };
  const [region, operation, input] = random.pick([
    [primaryRegion, "ModifyDBInstance", { ...change, BackupRetentionPeriod: 0 }],
    [primaryRegion, "ModifyDBInstance", { ...change, BackupRetentionPeriod: 1 }],
    [recoveryRegion, "StopDBInstanceAutomatedBackupsReplication", { SourceDBInstanceArn }],
  ] as const);
  const call = { service: "rds" as const, region, operation, input, principal: "somebody" };
  outcome.history.push(`${new Date(twin.clock.now()).toISOString()} somebody: ${operation} of ${id}`);
  await twin.call(call).catch(() => undefined);
}

/** In the end every moment is kept as the plans ask and that has begun, or it is told, and for a reason. */
export async function checkContinuity(
  environment: Environment,
  worlds: World[],
  outcome: Outcome,
): Promise<void> {
  for (const world of worlds) {
    const { region } = world;
    const place: Place = { region, role: region === environment.primaryRegion ? "primary" : "recovery" };
    const listing = await readCatalog(world.catalog);
    const open = (await readOpen(world.catalog, openEpisodes(listing))).map(findingId);
    for (const source of environment.sources) {
      if (!isContinuousAt(source, place)) continue;
      const seen = (await world.providers[source.kind].continuous?.look())?.get(identifierOf(source));
      const kept = seen?.going && seen.days >= source.plan.pointInTime.days && seen.until !== undefined;
      const changes = listing.continuity.sorted.get(placeKey(source.name, region)) ?? [];
      const told = open.includes(`continuity-broken.${source.name}.${region}`);
      const what = `continuity of "${source.name}" in ${region}`;
      if (kept && changes.at(-1)?.name !== "began")
        outcome.broken.push(`${what} is not recorded: ${changes.map(({ name }) => name)}`);
      const everTold = [...listing.episodes.keys()].some((key) =>
        key.startsWith(`continuity-broken.${source.name}.${region}/`),
      );
      if (breaksSince(changes, 0) > 0 && !everTold) outcome.broken.push(`${what} broke, and nobody was told`);
      if (kept === told) outcome.broken.push(`${what}: kept ${kept}, told ${told}`);
      // What was broken twice within a day is left to whoever does that, and the replica goes with it.
      const atPrimary = listing.continuity.sorted.get(placeKey(source.name, environment.primaryRegion)) ?? [];
      const left = breaksSince(atPrimary, world.now().getTime() - 86_400_000) > 1;
      if (!kept && !left) outcome.broken.push(`${what} did not converge: ${JSON.stringify(seen)}`);
    }
  }
}
