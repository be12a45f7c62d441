import type { RegionWorld } from "../api-world.ts";
import type { Answer } from "../core/api/routes.ts";
import type { DrillStartedFact } from "../core/drill.ts";
import { whyEnded } from "../core/execution.ts";
import { executionName, functionName } from "../core/names.ts";
import type { Source } from "../core/source.ts";

/** What is being done, and what it is that is waited for. */
type Progress = NonNullable<Answer<"getDrill">["progress"]>;

/** How far a drill is that has begun, as far as the vault and RDS tell it. */
export async function progressOf(
  { databases }: Pick<RegionWorld, "databases">,
  source: Source,
  { point, region, clone: id }: DrillStartedFact,
): Promise<Progress> {
  const what = `Rehearsing ${point} in ${region}`;
  if (!id) return { sentence: `${what}: reading objects of the replica again.` };
  const kind = source.kind === "rds-cluster" ? "cluster" : "instance";
  const clone = await databases.describe({ kind, id }).catch(() => undefined);
  if (!clone) return { sentence: `${what}: the database is not there yet, or gone again.` };
  if (clone.status === "deleting") return { sentence: `${what}: taking ${clone.id} away.` };
  if (clone.state === "ready" && clone.masterSecretArn)
    return { sentence: `${what}: reading and checking ${clone.id}.`, until: "checked" };
  return { sentence: `${what}: RDS says of ${clone.id}: ${clone.status}.`, until: "available" };
}

/** Why nothing comes of a drill any more although it has told no end; undefined while it goes on, or if nobody knows. */
export async function whyCutOff(
  { invoke }: Pick<RegionWorld, "invoke">,
  arn: string | undefined,
): Promise<string | undefined> {
  if (!arn) return undefined;
  const execution = await invoke.execution(arn).catch(() => undefined);
  if (execution?.state !== "ended" || execution.how === "forgotten") return undefined;
  return whyEnded(execution);
}

/** The ARN that somebody was given of a drill, if it can be that drill's. */
export function executionOf(
  { environment }: Pick<RegionWorld, "environment">,
  { source, drill, arn }: { source: string; drill: string; arn: string | undefined },
): string | undefined {
  const of = `:function:${functionName(environment, "drill")}:`;
  const named = arn?.includes(of) && arn.includes(executionName(environment, source, "drill", drill));
  return named ? arn : undefined;
}
