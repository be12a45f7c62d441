import { parseDuration } from "../functions/core/duration.ts";
import { checkBudget } from "./budget-checks.ts";
import { checkPointInTime, checkRpo } from "./continuity-checks.ts";
import { checkDrills } from "./drill-checks.ts";
import type { CheckedFile, PlanFile } from "./environment-file.ts";
import { isName, nameHint } from "./fields.ts";
import type { Mistake } from "./mistake.ts";

const dayS = 86_400;

/** Checks each plan by itself and against the sources that use it. */
export function checkPlans(file: CheckedFile): Mistake[] {
  return Object.entries(file.plans).flatMap(([name, plan]) => {
    const users = file.sources.filter((source) => source.plan === name);
    const path = ["plans", name];
    return [
      ...checkUse(path, name, users.length),
      ...checkEvery(path, plan, users),
      ...checkRpo(path, plan, users),
      ...checkPointInTime(path, plan, users),
      ...checkKeep(path, plan),
      ...checkDrills(path, plan, users),
      ...checkBudget(path, plan),
    ];
  });
}

function checkUse(path: string[], name: string, users: number): Mistake[] {
  if (!isName(name))
    return [{ path, received: name, why: "no name for a plan", write: nameHint("critical") }];
  if (users > 0) return [];
  return [{ path, why: "which no source uses", write: `plan: "${name}" in a source, or leave the plan out` }];
}

function checkEvery(path: string[], plan: PlanFile, users: CheckedFile["sources"]): Mistake[] {
  const everyS = parseDuration(plan.every);
  const database = users.find(({ kind }) => kind === "rds-instance" || kind === "rds-cluster");
  const at = { path: [...path, "every"] };
  if (database && everyS < 900) {
    const why = `but "${database.name}" is a database, which takes one snapshot at a time and minutes for each`;
    return [{ ...at, why, write: '"15m" or more' }];
  }
  if (everyS < 300) return [{ ...at, why: "but the reconciler runs every 5m", write: '"5m" or more' }];
  if (everyS % 60 !== 0) return [{ ...at, why: "but slots are whole minutes", write: "whole minutes" }];
  if (dayS % everyS !== 0 && everyS % dayS !== 0) {
    const why = "which neither divides a day nor is whole days, so that slots would shift from day to day";
    return [{ ...at, why, write: `"${nearestDivisor(everyS)}"` }];
  }
  return [];
}

function checkKeep(path: string[], plan: PlanFile): Mistake[] {
  if (Object.values(plan.keep).some((count) => count)) return [];
  return [{ path: [...path, "keep"], why: "which keeps nothing", write: "{ daily: 7 } or what you need" }];
}

/** The possible schedule that is nearest to a wanted one. */
function nearestDivisor(everyS: number): string {
  if (everyS > dayS) return `${Math.round(everyS / dayS)}d`;
  const possible = Array.from({ length: 1_440 }, (_, index) => (index + 1) * 60).filter(
    (seconds) => dayS % seconds === 0 && seconds >= 300,
  );
  const near = possible.reduce((best, one) =>
    Math.abs(one - everyS) < Math.abs(best - everyS) ? one : best,
  );
  return near % 3_600 === 0 ? `${near / 3_600}h` : `${near / 60}m`;
}
