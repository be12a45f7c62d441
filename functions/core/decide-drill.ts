import type { Action, Situation } from "./decision.ts";
import {
  cutOff,
  type DrillHistory,
  drillLapsesSeconds,
  drillSlotSeconds,
  measuredRtoSeconds,
  nextDueMs,
} from "./drill-history.ts";
import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { newestPresent } from "./point.ts";
import { slotAt } from "./slot.ts";
import type { Source } from "./source.ts";
import { cut } from "./text.ts";

/** What drills are decided from. */
export type DrillView = Pick<
  Situation,
  "environment" | "region" | "points" | "drills" | "redeclaredAt" | "now"
>;

/** A drill may be so late before that is told: it waits for a point, or for the next try after one that broke off. */
export const drillGraceSeconds = 86_400;

/** Starts the drill that a source is owed, in the recovery region alone; archives are scrubbed instead. Pure. */
export function decideDrill(view: DrillView, source: Source): Action[] {
  const { region, environment, now } = view;
  if (!source.plan.drill || source.kind === "archives" || region !== environment.recoveryRegion) return [];
  if (!newestPresent(view.points.get(source.name) ?? [], { region, role: "recovery" })) return [];
  const dueMs = nextDueMs(historyOf(view, source), source.plan.drill, now);
  if (dueMs === undefined || dueMs > now.getTime()) return [];
  return [{ do: "drill", source, point: slotAt(now, drillSlotSeconds), attempt: 1 }];
}

/** What a source's drills say is wrong, from facts alone, so that either region can tell it. Pure. */
export function drillFindings(view: DrillView, source: Source): Finding[] {
  if (!source.plan.drill || source.kind === "archives") return [];
  const history = historyOf(view, source);
  return [
    ...failed(view, source, history),
    ...overdue(view, source, history),
    ...tooSlow(view, source, history),
  ];
}

function historyOf({ drills }: DrillView, source: Source): DrillHistory {
  return drills.get(source.name) ?? { drills: [] };
}

/** The newest drill says how it is: one that passed ends what an earlier one found. */
function failed(view: DrillView, source: Source, history: DrillHistory): Finding[] {
  const lost = cutOff(history, view.now);
  if (lost?.startedAt) {
    const lapsesMs = Date.parse(lost.startedAt) + drillLapsesSeconds * 1_000;
    const sinceMs = lost.cutOffAt ? Date.parse(lost.cutOffAt) : lapsesMs;
    const how = lost.cutOffAt
      ? "was cut off: its execution has ended without a result"
      : "began and never ended";
    const message = `The drill ${lost.drill} of "${source.name}" ${how}.`;
    const fix = "See the log of drill; the next one is tried within a day.";
    return [finding(view, source, { kind: "drill-broken-off", sinceMs, message, fix })];
  }
  const { newest } = history;
  if (!newest || newest.outcome === "passed") return [];
  const sinceMs = Date.parse(newest.at);
  const reason = cut(newest.reason ?? "no reason is known", 600);
  if (newest.outcome === "broken-off") {
    const message = `The drill ${newest.drill} of "${source.name}" could not be carried out: ${reason}.`;
    const fix = "Remove the cause; the next one is tried within a day.";
    return [finding(view, source, { kind: "drill-broken-off", sinceMs, message, fix })];
  }
  const message = `The point ${newest.point} of "${source.name}" failed its drill: ${reason}.`;
  const fix = "Run: holdfast drill --report; keep older points meanwhile.";
  return [finding(view, source, { kind: "drill-failed", sinceMs, message, fix })];
}

function overdue(view: DrillView, source: Source, { passed }: DrillHistory): Finding[] {
  const { now, redeclaredAt } = view;
  const everySeconds = source.plan.drill?.everySeconds ?? 0;
  const fromMs = Date.parse(passed?.startedAt ?? redeclaredAt.get(source.name) ?? now.toISOString());
  const sinceMs = fromMs + (everySeconds + drillGraceSeconds) * 1_000;
  if (now.getTime() <= sinceMs) return [];
  const last = passed ? `the last that passed was ${passed.drill}` : "none has passed yet";
  const message = `"${source.name}" owes a drill every ${formatDuration(everySeconds)}, and ${last}.`;
  const fix = "Run: holdfast drill, and see what keeps it from passing.";
  return [finding(view, source, { kind: "drill-overdue", sinceMs, message, fix })];
}

function tooSlow(view: DrillView, source: Source, history: DrillHistory): Finding[] {
  const { rtoSeconds } = source.plan;
  const measured = measuredRtoSeconds(history);
  if (!history.passed || !rtoSeconds || measured === undefined || measured <= rtoSeconds) return [];
  const message =
    `"${source.name}" came back in ${formatDuration(measured)} in the drill ${history.passed.drill}, ` +
    `and is to be back within ${formatDuration(rtoSeconds)}.`;
  const fix = "Restore with a larger class, or give the plan a longer rto.";
  return [
    finding(view, source, { kind: "rto-exceeded", sinceMs: Date.parse(history.passed.at), message, fix }),
  ];
}

function finding(
  { environment: { recoveryRegion } }: DrillView,
  { name }: Source,
  { sinceMs, ...what }: Pick<Finding, "kind" | "message" | "fix"> & { sinceMs: number },
): Finding {
  const since = new Date(sinceMs).toISOString();
  return { ...what, source: name, detail: recoveryRegion, since, region: recoveryRegion };
}
