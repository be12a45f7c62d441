import type { Listing } from "../catalog/whole.ts";
import type { ContinuityAction } from "../core/decision.ts";
import type { Finding } from "../core/finding.ts";
import { asProblem } from "../core/problem.ts";
import { logProblem } from "../glue.ts";
import type { World } from "../world.ts";

/**
 * Carries out what continuous protection needs, one thing after the other: there is little of it, and only when
 * something has changed. What fails is decided anew in the next pass; a final refusal comes back as a finding.
 */
export async function keepContinuity(
  world: World,
  listing: Pick<Listing, "continuity">,
  actions: readonly ContinuityAction[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const action of actions) {
    try {
      await carryOut(world, listing, action);
    } catch (thrown) {
      logProblem(thrown, { action: action.do, source: action.source.name });
      const refusal = refused(world, action, thrown);
      if (refusal) findings.push(refusal);
    }
  }
  return findings;
}

async function carryOut(
  { catalog, providers, publish, region, now }: World,
  listing: Pick<Listing, "continuity">,
  action: ContinuityAction,
): Promise<void> {
  const { source } = action;
  switch (action.do) {
    // A source is changed by `connect` alone: this role may not.
    case "keep-backups":
      return publish("Automated Backups Requested", { source: source.name });
    case "replicate-backups":
      return providers[source.kind].continuous?.replicate(source, action.source.plan.pointInTime.days);
    case "record-continuity": {
      const at = now().toISOString();
      await catalog.recordContinuity({ schema: 1, at, source: source.name, region, ...action.change });
      listing.continuity.add({ source: source.name, region, name: action.change.fact, at });
    }
  }
}

/** What AWS refuses for good, or for want of a quota, does not pass by itself. */
function refused(
  { region, now }: World,
  { do: what, source }: ContinuityAction,
  thrown: unknown,
): Finding | undefined {
  const problem = asProblem(thrown);
  if (what !== "replicate-backups" || (problem.retryable && problem.code !== "quota")) return undefined;
  return {
    kind: "continuity-broken",
    source: source.name,
    detail: region,
    since: now().toISOString(),
    region,
    message: `AWS refused ${problem.message}.`,
    fix: problem.fix.slice(0, 70),
  };
}
