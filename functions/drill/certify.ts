import { drillKey } from "../catalog/keys.ts";
import type { DrillFinishedFact, UnsignedDrill } from "../core/drill.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { identifierOf } from "../core/source.ts";
import type { DrillWorld } from "../drill-world.ts";
import { log } from "../glue.ts";
import { keyDigest, signDrill } from "../signing/certificate.ts";
import type { Begun } from "./begin.ts";
import type { DrillEnd } from "./drill.ts";
import type { Found } from "./found.ts";

/**
 * Signs and records how the drill went, with the key that signed it, and, if it passed, that the point is proved to be
 * restorable here. Repeatable: the first record stands.
 */
export async function certify(begun: Begun, found: Found, world: DrillWorld): Promise<DrillEnd> {
  const fact = (await recorded(begun, world)) ?? (await record(begun, found, world));
  const { catalog, region, now } = world;
  if (fact.outcome === "passed") {
    await catalog.recordPoint(`verified-${region}`, {
      ...{ schema: 1, at: now().toISOString(), fact: "verified" },
      // A replica is read again where it lies; of a database it is proved that it comes back.
      level: fact.kind === "bucket" ? "intact" : "restorable",
      ...{ source: fact.source, point: fact.point, region, drill: fact.drill },
    });
  }
  log("drilled", { source: fact.source, drill: fact.drill, outcome: fact.outcome, reason: fact.reason });
  const { source, drill, outcome, reason } = fact;
  return { source, drill, outcome, ...(reason ? { reason } : {}) };
}

async function record(begun: Begun, found: Found, world: DrillWorld): Promise<DrillFinishedFact> {
  const { catalog, environment, region, now } = world;
  const fact = await signDrill(unsigned(begun, found, world), world.signing);
  const { algorithm, keyArn, publicKey } = fact.signature;
  await catalog.recordSigningKey({
    ...{ schema: 1, at: now().toISOString(), fact: "signing-key", environment: environment.name, region },
    ...{ algorithm, keyArn, publicKey, sha256: keyDigest(publicKey) },
  });
  if (await catalog.recordDrillFinished(fact)) return fact;
  return (await recorded(begun, world)) ?? fact;
}

async function recorded(
  { source, drill }: Begun,
  { catalog }: DrillWorld,
): Promise<DrillFinishedFact | undefined> {
  try {
    return await catalog.readDrillFinished(drillKey(source.name, drill, "finished"));
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return undefined;
    throw thrown;
  }
}

function unsigned(begun: Begun, found: Found, { environment, now }: DrillWorld): UnsignedDrill {
  const { source, drill, point, region, startedAt } = begun;
  if (source.kind === "archives")
    throw new Problem("internal", "archives are not drilled", "Report this with the log lines around it.");
  const { rtoSeconds, rpoSeconds } = source.plan;
  return {
    ...{ schema: 1, at: now().toISOString(), fact: "finished" },
    ...{ environment: environment.name, account: environment.account },
    ...{ source: source.name, kind: source.kind, identifier: identifierOf(source) },
    ...{ drill, point, region, startedAt, rpoSeconds },
    ...(rtoSeconds && source.kind !== "bucket" ? { rtoSeconds } : {}),
    tornDown: [],
    leftBehind: [],
    ...found,
  };
}
