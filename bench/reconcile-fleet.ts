import { createHash } from "node:crypto";
import { contextKey, findingKey, pointKey, sourceKey } from "../functions/catalog/keys.ts";
import type { Environment } from "../functions/core/environment.ts";
import { snapshotId } from "../functions/core/names.ts";
import { tagNames } from "../functions/core/provider.ts";
import { slotAt } from "../functions/core/slot.ts";
import type { Source } from "../functions/core/source.ts";
import { declarationDigest } from "../functions/reconcile/declare.ts";
import type { Snapshot } from "../local/services/rds-state.ts";

const daySeconds = 86_400;
const plan = {
  name: "daily",
  everySeconds: daySeconds,
  rpoSeconds: 2 * daySeconds,
  keep: { daily: 30 },
  copies: ["recovery" as const],
};
const primaryRegion = "eu-west-1";
const recoveryRegion = "eu-central-1";

/** So many sources under a daily plan: instances, clusters, buckets and drops of archives, a quarter each. */
export function fleetOf(sources: number): Environment {
  return {
    name: "bench",
    account: "000000000000",
    primaryRegion,
    recoveryRegion,
    profile: "ephemeral",
    alerts: { page: [], notify: [] },
    plans: [plan],
    sources: Array.from({ length: sources }, (_, index): Source => {
      const name = `team-${index % 50}-service-${index}`;
      switch (index % 4) {
        case 0:
          return { name, kind: "rds-instance", instance: `${name}-db`, plan };
        case 1:
          return { name, kind: "rds-cluster", cluster: `${name}-db`, plan };
        case 2:
          return { name, kind: "bucket", bucket: `acme-${name}`, deletions: "keep", plan };
        default: {
          const drop = { bucket: "acme-dumps", prefix: `${name}/`, arrivesSeconds: daySeconds };
          return { name, kind: "archives", ...drop, plan };
        }
      }
    }),
  };
}

/**
 * The keys of every fact as they stand in both vaults once each point has been taken, copied and mirrored, in their
 * order. Beside them what each database's snapshots do not carry, one ended finding for each four sources, told in time, and the sweep marker of each drop's slot.
 */
export function factKeys(environment: Environment, points: number, now: Date): string[] {
  const keys: string[] = [];
  for (const [index, source] of environment.sources.entries()) {
    const firstAt = new Date(now.getTime() - (points + 1) * daySeconds * 1_000);
    keys.push(sourceKey(source.name, firstAt, declarationDigest(source)));
    if (source.kind.startsWith("rds-"))
      keys.push(contextKey(source.name, firstAt, digest(source.name).padEnd(12, "0")));
    for (const slot of slotsOf(points, now)) {
      const point = source.kind === "archives" ? `${slot}-${digest(`${source.name}${slot}`)}` : slot;
      for (const name of factNames[source.kind]) keys.push(pointKey(source.name, point, name));
      if (source.kind === "archives") keys.push(pointKey(source.name, slot, `requested-${primaryRegion}`));
    }
    if (index % 4 > 0) continue;
    const episode = [`rpo-breached.${source.name}.${recoveryRegion}`, firstAt.toISOString()] as const;
    for (const name of ["opened", "ended", `told-${recoveryRegion}`, `told-ended-${recoveryRegion}`] as const)
      keys.push(findingKey(...episode, name));
  }
  return keys.sort();
}

const factNames = {
  "rds-instance": ["available", `copied-${recoveryRegion}`],
  "rds-cluster": ["available", `copied-${recoveryRegion}`],
  bucket: [`requested-${primaryRegion}`, "available", `copied-${recoveryRegion}`],
  archives: [
    "available",
    `verified-${primaryRegion}`,
    `requested-${recoveryRegion}`,
    `copied-${recoveryRegion}`,
    `verified-${recoveryRegion}`,
  ],
} as const;

/** The snapshots of all points, or their copies, that are in a region. */
export function* snapshotsOf(
  environment: Environment,
  region: string,
  keyArn: string,
  points: number,
  now: Date,
): Generator<Snapshot> {
  for (const source of environment.sources) {
    if (source.kind !== "rds-instance" && source.kind !== "rds-cluster") continue;
    const kind = source.kind === "rds-instance" ? "instance" : "cluster";
    for (const slot of slotsOf(points, now)) {
      const id = snapshotId(environment, source.name, slot);
      const tags = { [tagNames.environment]: environment.name, [tagNames.source]: source.name };
      const type = kind === "instance" ? "snapshot" : "cluster-snapshot";
      const arn = `arn:aws:rds:${primaryRegion}:${environment.account}:${type}:${id}`;
      yield {
        ...{ kind, region, id, keyArn, type: "manual", status: "available", percent: 100, sizeGiB: 100 },
        ...{ of: `${source.name}-db`, engine: "postgres", engineVersion: "18.4", createdMs: now.getTime() },
        ...(region === primaryRegion ? {} : { copiedFromArn: arn }),
        tags: Object.entries({ ...tags, [tagNames.point]: slot }).map(([Key, Value]) => ({ Key, Value })),
      };
    }
  }
}

/** The buckets that the sources name. */
export function bucketsOf({ sources }: Environment): string[] {
  const named = sources.flatMap((source) => ("bucket" in source ? [source.bucket] : []));
  return [...new Set(named)];
}

type DatabaseCall = { operation: string; input: object };

/** The calls that put up the databases that the sources name. */
export function databasesOf({ sources }: Environment): DatabaseCall[] {
  return sources.flatMap((source): DatabaseCall[] => {
    if (source.kind === "rds-instance")
      return [{ operation: "CreateDBInstance", input: { DBInstanceIdentifier: source.instance } }];
    if (source.kind === "rds-cluster")
      return [{ operation: "CreateDBCluster", input: { DBClusterIdentifier: source.cluster } }];
    return [];
  });
}

function slotsOf(points: number, now: Date): string[] {
  return Array.from({ length: points }, (_, back) =>
    slotAt(new Date(now.getTime() - back * daySeconds * 1_000), daySeconds),
  );
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
