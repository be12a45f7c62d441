import { parseDuration } from "../functions/core/duration.ts";
import { lookBackSeconds } from "../functions/core/objectives.ts";
import type { PlanFile } from "./environment-file.ts";
import type { Mistake } from "./mistake.ts";

/** Checks how long a plan may be out of its objectives: for less than the 30 days that are looked back on. */
export function checkBudget(path: string[], { budget, rto, drill }: PlanFile): Mistake[] {
  if (!budget) return [];
  const at = [...path, "budget"];
  const mistakes: Mistake[] = [];
  for (const objective of ["rpo", "rto"] as const) {
    const text = budget[objective];
    if (text === undefined || parseDuration(text) < lookBackSeconds) continue;
    const why = "but it is told how long of 30 days a source may be out of it";
    mistakes.push({ path: [...at, objective], why, write: 'less than 30 days, like "12h"' });
  }
  if (budget.rto !== undefined && !(rto && drill)) {
    const why = "but nothing measures an RTO in this plan";
    mistakes.push({ path: [...at, "rto"], why, write: '"rto" and "drill" in the plan, or leave it out' });
  }
  if (budget.rpo === undefined && budget.rto === undefined)
    mistakes.push({ path: at, why: "which says nothing", write: '{ rpo: "12h" }, or leave it out' });
  return mistakes;
}
