import { Problem } from "../core/problem.ts";
import type { PlanFact, RestoreRequest } from "../core/restore.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { planArchive } from "./archive-plan.ts";
import { type DatabasePlan, planDatabase } from "./database-plan.ts";
import { viewDatabase } from "./database-view.ts";
import { planObjects, viewObjects } from "./objects-plan.ts";
import { sourceNamed } from "./view.ts";

/** A plan: what people are told of it, and, of a database, all that it does. */
export type Plan = { fact: PlanFact; database?: DatabasePlan };

/** Plans a restore from what this region knows. Changes nothing: `holdfast restore --dry-run` shows it. Throws `Problem`. */
export async function planRestore(request: RestoreRequest, world: RestoreWorld): Promise<Plan> {
  const source = sourceNamed(world, request.source);
  refuseStrangers(request, source.kind);
  switch (source.kind) {
    case "rds-instance":
    case "rds-cluster": {
      const database = planDatabase(await viewDatabase(world, source, request));
      return { fact: database.fact, database };
    }
    case "bucket":
      return { fact: planObjects(await viewObjects(world, source, request)) };
    case "archives":
      return { fact: await planArchive(world, source, request) };
  }
}

/** What means nothing for a kind of source is refused, and not quietly left out. */
function refuseStrangers(request: RestoreRequest, kind: string): void {
  const isDatabase = kind.startsWith("rds-");
  const strangers = isDatabase
    ? (["select", "deletions", "overwrite"] as const)
    : (["replace", "subnetGroup", "securityGroupIds", "instanceClass", "hydrate"] as const);
  const own = kind === "archives" ? (["select", "deletions"] as const) : [];
  const found = [...strangers, ...own].find((name) => request[name] !== undefined);
  if (!found) return;
  const words = { select: "a selection of keys", replace: "to replace what is there" } as Record<
    string,
    string
  >;
  const what = `${words[found] ?? `"${found}"`} means nothing for ${isDatabase ? "a database" : kind}`;
  throw new Problem("invalid", what, "Leave it out; see: holdfast --help.");
}
