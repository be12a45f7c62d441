import type { Environment } from "../../functions/core/environment.ts";
import type { Plan } from "../../functions/core/plan.ts";
import type { Source } from "../../functions/core/source.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { rdsService } from "../../local/services/rds.ts";
import type { RdsOptions } from "../../local/services/rds-state.ts";
import { s3Service } from "../../local/services/s3.ts";
import { Twin } from "../../local/twin.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUpVaults } from "../worlds.ts";

/** A small fleet under plans of half an hour: so many instances and Aurora clusters. */
export function fleet(instances: number, clusters: number, more: Partial<Plan> = {}): Environment {
  const plan = { ...hourly, everySeconds: 1_800, rpoSeconds: 2 * 3_600, ...more };
  const sources: Source[] = [
    ...Array.from(
      { length: instances },
      (_, i): Source => ({ name: `db${i}`, kind: "rds-instance", instance: `db${i}`, plan }),
    ),
    ...Array.from(
      { length: clusters },
      (_, i): Source => ({ name: `au${i}`, kind: "rds-cluster", cluster: `au${i}`, plan }),
    ),
  ];
  return environmentOf(...sources);
}

/** A stand-in with the environment's vaults and databases, on a clock of its own; what is published goes nowhere. */
export async function putUp(environment: Environment, options: RdsOptions) {
  const clock = new VirtualClock();
  const twin = new Twin({ clock });
  const rds = rdsService(twin, options);
  for (const service of [kmsService(twin), s3Service(twin, memoryBlobs()), rds]) twin.register(service);
  twin.register({
    name: "events",
    operations: { PutEvents: () => ({ FailedEntryCount: 0, Entries: [{}] }) },
  });
  await putUpVaults(twin, environment);
  for (const source of environment.sources) {
    const [operation, id] =
      source.kind === "rds-cluster"
        ? ["CreateDBCluster", { DBClusterIdentifier: source.cluster }]
        : [
            "CreateDBInstance",
            { DBInstanceIdentifier: source.kind === "rds-instance" ? source.instance : source.name },
          ];
    const input = { ...(id as object), StorageEncrypted: true };
    await twin.call({
      service: "rds",
      region: environment.primaryRegion,
      operation: operation as string,
      input,
      principal: "test",
    });
  }
  return { clock, twin, rds };
}

/**
 * The fleet of a seed: one or two instances, sometimes a cluster; rarely more clusters than may be copied at once. One in
 * five is under continuous protection, with more days than its databases have.
 */
export function fleetOf(seed: number): Environment {
  if (seed % 50 === 0) return fleet(0, 7);
  const more = seed % 5 === 0 ? { pointInTime: { reach: "recovery" as const, days: 2 } } : {};
  return fleet(1 + (seed % 2), seed % 3 === 0 ? 1 : 0, more);
}
