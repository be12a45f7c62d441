import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import {
  lookBackSeconds,
  type ObjectivesView,
  rpoHistory,
  rtoHistory,
  type Span,
  secondsWithin,
} from "./objectives.ts";
import type { BudgetReport } from "./report.ts";
import type { Source } from "./source.ts";

/** What may be out of an objective where the plan does not say: 0.5 % of 30 days, 3 hours and 36 minutes. */
export const defaultBudgetSeconds = 0.005 * lookBackSeconds;

/**
 * How many times faster than allowed a budget must be burning, over a long and a short window, for somebody to be told
 * (Google's SRE workbook, alerting on SLOs: multiwindow, multi-burn-rate). The long one says that it matters, the short
 * one that it is still so.
 */
export const burnRates = [
  { state: "fast burn", times: 14.4, longSeconds: 3_600, shortSeconds: 300 },
  { state: "fast burn", times: 6, longSeconds: 6 * 3_600, shortSeconds: 1_800 },
  { state: "slow burn", times: 1, longSeconds: 3 * 86_400, shortSeconds: 6 * 3_600 },
] as const;

/** A budget with what it is told from. */
export type Budget = BudgetReport & {
  /** Since when it burns: the beginning of the newest span that was out of the objective, ms since 1970. */
  burnsSinceMs?: number;
};

/** The budgets of a source: for the RPO of each of its places, and for its RTO where drills measure one. Pure. */
export function budgetsOf(view: ObjectivesView, source: Source): Budget[] {
  const { plan, kind } = source;
  const { now, environment } = view;
  const budgets = rpoHistory(view, source).map(({ place, out }) =>
    budgetOf({ objective: "rpo", region: place.region, allowedSeconds: plan.budget?.rpoSeconds }, out, now),
  );
  if (plan.rtoSeconds === undefined || !plan.drill || kind === "archives") return budgets;
  const about = {
    objective: "rto",
    region: environment.recoveryRegion,
    allowedSeconds: plan.budget?.rtoSeconds,
  } as const;
  return [...budgets, budgetOf(about, rtoHistory(view, source), now)];
}

function budgetOf(
  {
    objective,
    region,
    allowedSeconds = defaultBudgetSeconds,
  }: {
    objective: Budget["objective"];
    region: string;
    allowedSeconds: number | undefined;
  },
  out: readonly Span[],
  now: Date,
): Budget {
  const nowMs = now.getTime();
  const spentSeconds = secondsWithin(out, nowMs - lookBackSeconds * 1_000, nowMs);
  const burn = (seconds: number) =>
    secondsWithin(out, nowMs - seconds * 1_000, nowMs) / seconds / (allowedSeconds / lookBackSeconds);
  // Drills are days apart: what they measure can say that an objective is missed, not that it is being missed now.
  const rates = burnRates.filter(({ state }) => objective === "rpo" || state === "slow burn");
  const burning = rates.find(
    ({ times, longSeconds, shortSeconds }) => burn(longSeconds) >= times && burn(shortSeconds) >= times,
  );
  const newest = out.at(-1);
  return {
    ...{ objective, region, allowedSeconds, spentSeconds },
    burnHour: burn(3_600),
    burnThreeDays: burn(3 * 86_400),
    state:
      burning?.state === "fast burn"
        ? "fast burn"
        : spentSeconds >= allowedSeconds
          ? "spent"
          : (burning?.state ?? "ok"),
    ...(burning && newest ? { burnsSinceMs: newest.fromMs } : {}),
  };
}

/**
 * What is told of a source's budgets. What was spent long ago and burns no more is told by nobody: nothing can be done
 * about it. The names and instants are the same for whoever computes them. Pure.
 */
export function budgetFindings({ name }: Source, budgets: readonly Budget[]): Finding[] {
  return budgets.flatMap(({ burnsSinceMs, state, objective, region, ...budget }): Finding[] => {
    if (burnsSinceMs === undefined) return [];
    const kind = state === "fast burn" ? "budget-fast-burn" : "budget-slow-burn";
    const [spent, allowed] = [budget.spentSeconds, budget.allowedSeconds].map((one) =>
      formatDuration(Math.round(one)),
    );
    const times = kind === "budget-fast-burn" ? budget.burnHour : budget.burnThreeDays;
    const message =
      `"${name}" has been out of its ${objective.toUpperCase()} in ${region} for ${spent} of the ${allowed} that 30 days allow, ` +
      `and goes on ${times.toFixed(1)} times as fast as that allows.`;
    const fix =
      objective === "rpo"
        ? "Run: holdfast status; see what keeps its points."
        : "Restore with a larger class; see its drills.";
    const since = new Date(burnsSinceMs).toISOString();
    return [{ kind, source: name, detail: `${objective}-${region}`, since, region, message, fix }];
  });
}
