import type { Situation } from "../../functions/core/decision.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { snapshotId } from "../../functions/core/names.ts";
import { gatherPoints, type PointFactEntry } from "../../functions/core/point.ts";
import { type Artefact, type Observation, tagNames } from "../../functions/core/provider.ts";
import type { RdsInstanceSource, Source } from "../../functions/core/source.ts";

/** An hourly plan with an RPO of two hours, copied to the recovery region. */
export const hourly = {
  name: "critical",
  everySeconds: 3_600,
  rpoSeconds: 7_200,
  keep: { daily: 7 },
  copies: ["recovery" as const],
};

/** A database under the hourly plan; its instance is `<name>-db`. */
export function database(name = "orders"): RdsInstanceSource {
  return { name, kind: "rds-instance", instance: `${name}-db`, plan: hourly };
}

/** An environment with these sources, in Ireland with its recovery in Frankfurt. */
export function environmentOf(...sources: Source[]): Environment {
  return {
    name: "test",
    account: "000000000000",
    primaryRegion: "eu-west-1",
    recoveryRegion: "eu-central-1",
    profile: "ephemeral",
    alerts: { page: [{ kind: "email", address: "oncall@acme.example" }], notify: [] },
    plans: [hourly],
    sources,
  };
}

/** A snapshot as the region shows it: of the source's point, available and rightly tagged unless said otherwise. */
export function snapshot(
  environment: Environment,
  source: string,
  point: string,
  more: Partial<Artefact> = {},
  attempt = 1,
): Artefact {
  const id = snapshotId(environment, source, point, attempt);
  return {
    id,
    arn: `arn:aws:rds:eu-west-1:000000000000:snapshot:${id}`,
    of: `${source}-db`,
    status: "available",
    encrypted: true,
    keyArn: "arn:key",
    tags: { [tagNames.environment]: environment.name, [tagNames.source]: source, [tagNames.point]: point },
    ...more,
  };
}

/** A look at a region that found these artefacts and every database of the environment. */
export function observation(
  environment: Environment,
  artefacts: Artefact[] = [],
  more: Partial<Observation> = {},
): Observation {
  const databases = environment.sources.flatMap((source) =>
    source.kind === "rds-instance" ? [source.instance] : [],
  );
  return {
    sources: new Map(databases.map((id) => [id, { encrypted: true, available: true }])),
    artefacts,
    manualSnapshots: { used: artefacts.length, max: 100 },
    copiesInFlight: { used: 0, max: 20 },
    ...more,
  };
}

/** A situation at 03:10 UTC in the primary region with nothing recorded, changed as the test wants it. */
export function situation(
  environment: Environment,
  more: Partial<Situation> & { facts?: [string, string, string, string?][] } = {},
): Situation {
  const { facts = [], ...rest } = more;
  const entries: PointFactEntry[] = facts.map(
    ([source, point, name, storedAt = "2026-11-21T03:00:00.000Z"]) => ({
      source,
      point,
      name,
      storedAt,
    }),
  );
  return {
    environment,
    region: environment.primaryRegion,
    vaultKeyArn: "arn:key",
    now: new Date("2026-11-21T03:10:00Z"),
    points: gatherPoints(entries),
    drills: new Map(),
    declaredAt: new Map(),
    redeclaredAt: new Map(),
    continuity: new Map(),
    contexts: new Set(environment.sources.map(({ name }) => name)),
    observed: new Map([["rds-instance", observation(environment)]]),
    open: [],
    ...rest,
  };
}
