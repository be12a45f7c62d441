import { fingerprintKey } from "../catalog/proof-keys.ts";
import { CheckReport, type CheckRequest } from "../core/fingerprint.ts";
import { asProblem, Problem } from "../core/problem.ts";
import type { DrillWorld } from "../drill-world.ts";
import type { Begun } from "./begin.ts";
import type { LoginAt } from "./database.ts";

/** Ranges of keys per table; fewer where so many tables would make an answer longer than Lambda takes. */
const maxRanges = [64, 8, 1];

/**
 * Has one part of the checks done, by the function that is in the clone's network, and keeps what it found in the vault:
 * fingerprints are too long for a checkpoint. Repeatable: what was kept once stands. Gives where the next part begins.
 */
export async function askChecker(
  begun: Begun,
  login: LoginAt,
  { part, from }: { part: number; from: CheckReport["next"] },
  world: DrillWorld,
): Promise<{ at: string; next: CheckReport["next"] }> {
  const { catalog, now } = world;
  const key = fingerprintKey(begun.source.name, begun.point, begun.drill, part);
  const known = await keptReport(world, key);
  if (known) return { at: now().toISOString(), next: known.next };
  const report = await ask({ ...requestOf(begun, login), ...(from ? { after: from } : {}) }, world);
  const at = now().toISOString();
  const fresh = await catalog.keep(key, `${JSON.stringify(report)}\n`);
  return { at, next: (fresh ? report : await keptReport(world, key))?.next };
}

/** The report that a part of the checks left in the vault; undefined where there is none. */
export async function keptReport({ catalog }: DrillWorld, key: string): Promise<CheckReport | undefined> {
  try {
    return CheckReport.parse(JSON.parse(await catalog.text(key)));
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return undefined;
    throw thrown;
  }
}

async function ask(request: Omit<CheckRequest, "maxRanges">, { invoke }: DrillWorld): Promise<CheckReport> {
  for (const ranges of maxRanges) {
    try {
      return CheckReport.parse(await invoke.ask("check", { ...request, maxRanges: ranges }));
    } catch (thrown) {
      if (asProblem(thrown).code !== "unsupported") throw thrown;
    }
  }
  throw new Problem(
    "unsupported",
    `"${request.host}" has more tables than one answer of the checker holds`,
    "Tell us how many tables it has.",
  );
}

function requestOf({ source, pointAt }: Begun, login: LoginAt): Omit<CheckRequest, "maxRanges"> {
  const isDatabase = source.kind === "rds-instance" || source.kind === "rds-cluster";
  const own = isDatabase ? (source.checks ?? []) : [];
  const heartbeat = isDatabase ? source.heartbeat : undefined;
  return {
    ...login,
    // RDS speaks TLS; a server without it is none of RDS's, and then there is no way out of its network either.
    tls: "preferred",
    sql: [...(source.plan.drill?.sql ?? []), ...own],
    timeoutSeconds: 300,
    parallelWorkers: 2,
    reference: [],
    ...(heartbeat
      ? {
          heartbeat: {
            ...{ intervalSeconds: 60, pointAt },
            ...(heartbeat.database ? { database: heartbeat.database } : {}),
          },
        }
      : {}),
  };
}
