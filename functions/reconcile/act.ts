import { pointKey } from "../catalog/keys.ts";
import type { Listing } from "../catalog/whole.ts";
import type { Action } from "../core/decision.ts";
import type { DrillRequest } from "../core/drill.ts";
import type { PointFact } from "../core/fact.ts";
import type { Finding } from "../core/finding.ts";
import { executionName } from "../core/names.ts";
import { asProblem } from "../core/problem.ts";
import type { Artefact } from "../core/provider.ts";
import { pointMs } from "../core/slot.ts";
import { logProblem } from "../glue.ts";
import { inParallel } from "../passes/parallel.ts";
import type { StartingWorld as World } from "../workflow-world.ts";
import { contextKeeper } from "./context.ts";
import { type Unseen, unseenBefore } from "./unseen.ts";

/**
 * Carries out the actions, ten at a time. One that fails stops no other: what can be repeated is decided anew in
 * the next pass, and a final refusal of AWS comes back as a finding.
 */
export async function act(
  world: World,
  listing: Pick<Listing, "contexts">,
  actions: readonly Action[],
  unseen: Unseen = unseenBefore(world),
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const keepContext = contextKeeper(world, listing);
  await inParallel(actions, 10, async (action) => {
    try {
      if (action.do === "take") await keepContext(action.source);
      await carryOut(world, action, unseen);
    } catch (thrown) {
      logProblem(thrown, { action: action.do, source: action.source.name, point: action.point });
      const refusal = refused(world, action, thrown);
      if (refusal) findings.push(refusal);
    }
  });
  return findings;
}

async function carryOut(world: World, action: Action, unseen: Unseen): Promise<unknown> {
  const { source, point } = action;
  const { catalog, environment, region } = world;
  const provider = world.providers[source.kind];
  const base = { schema: 1, at: world.now().toISOString(), source: source.name, point, region } as const;
  switch (action.do) {
    case "take":
      await provider.take(source, point, action.attempt);
      return (
        asksForSweep(action) &&
        catalog.recordPoint(`requested-${region}`, { ...base, fact: "requested", by: "schedule" })
      );
    case "copy": {
      const available = await catalog.readPoint(pointKey(source.name, point, "available"));
      await provider.copy(source, point, available.artefact?.arn ?? "", action.attempt);
      return (
        asksForSweep(action) &&
        catalog.recordPoint(`requested-${region}`, { ...base, fact: "requested", by: "schedule" })
      );
    }
    case "record-present": {
      const artefact = describeArtefact(action.artefact);
      if (region === environment.primaryRegion) {
        return catalog.recordPoint("available", { ...base, fact: "available", artefact });
      }
      return catalog.recordPoint(`copied-${region}`, { ...base, fact: "copied", artefact });
    }
    case "record-failed":
      return catalog.recordPoint(`failed-${region}-${action.attempt}`, {
        ...base,
        fact: "failed",
        reason: action.reason,
      });
    case "drill": {
      const request: DrillRequest = { source: source.name, drill: point, by: "schedule" };
      return world.invoke.start("drill", executionName(environment, source.name, "drill", point), request);
    }
    case "scrub": {
      const checkId = String(action.attempt);
      return world.publish("Archive Scrub Requested", { source: source.name, point, checkId });
    }
    case "confirm-lost":
    case "confirm-expired":
      return confirmGone(world, action, base, unseen);
  }
}

/** Databases are begun by the call itself; for the others the call only asks, and the asking is remembered. */
function asksForSweep({ source }: Action): boolean {
  return source.kind === "bucket" || source.kind === "archives";
}

async function confirmGone(
  world: World,
  { do: what, source, point }: Action,
  base: Pick<PointFact, "schema" | "at" | "source" | "point" | "region">,
  unseen: Unseen,
): Promise<void> {
  const { catalog, environment, region } = world;
  const present = region === environment.primaryRegion ? "available" : (`copied-${region}` as const);
  const { artefact } = await catalog.readPoint(pointKey(source.name, point, present));
  if (!artefact) return;
  const again = await world.providers[source.kind].inspect(artefact.id);
  if (again?.status === "available") return;
  if (what === "confirm-expired") {
    const reasons = [`${artefact.id} was marked, and is gone: Holdfast deleted it.`];
    await catalog.recordPoint(`expired-${region}`, { ...base, fact: "expired", reasons });
    return;
  }
  if (!(await unseen.isLost(source.name, point))) return;
  const reason = again
    ? `${artefact.id} went to status "${again.status}"`
    : `${artefact.id} is gone; Holdfast did not delete it`;
  await catalog.recordPoint(`lost-${region}`, { ...base, fact: "lost", reason });
}

function refused({ region }: World, action: Action, thrown: unknown): Finding | undefined {
  const problem = asProblem(thrown);
  if (problem.retryable || (action.do !== "take" && action.do !== "copy")) return undefined;
  return {
    kind: action.do === "take" ? "snapshot-failed" : "copy-failed",
    source: action.source.name,
    detail: action.point.toLowerCase(),
    since: new Date(pointMs(action.point)).toISOString(),
    region,
    message: `AWS refused the ${action.do === "take" ? "snapshot" : "copy"} of ${action.point}: ${problem.message}.`,
    fix: problem.fix.slice(0, 70),
  };
}

function describeArtefact({
  id,
  arn,
  createdAt,
  sizeGiB,
  encrypted,
  keyArn,
  tags,
}: Artefact): PointFact["artefact"] {
  return {
    id,
    arn,
    encrypted,
    tags,
    ...(createdAt ? { createdAt } : {}),
    ...(sizeGiB === undefined ? {} : { sizeGiB }),
    ...(keyArn ? { keyArn } : {}),
  };
}
