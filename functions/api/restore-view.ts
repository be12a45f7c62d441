import {
  hydrationOf,
  progressOf,
  type RestoreFacts,
  restoreState,
  undoFailure,
} from "../catalog/restore-state.ts";
import type { RestoreView } from "../core/api/recovery.ts";
import { formatDuration } from "../core/duration.ts";
import { databaseSentences, hydrationSentences, objectSentences } from "../core/restore-report.ts";

/** How far a restore is, from its facts. `id` is known to have some. */
export function restoreView(id: string, facts: RestoreFacts, now: Date): RestoreView {
  const { requested, planned, finished, approved } = facts;
  const any = requested ?? planned ?? Object.values(facts)[0];
  const notUndone = undoFailure(facts);
  const ended = notUndone ?? facts.undone ?? facts.failed ?? facts.cancelled ?? finished;
  const failure = notUndone ?? facts.failed ?? facts.cancelled ?? facts.refused;
  return {
    id,
    source: any?.source ?? "",
    region: any?.region ?? "",
    state: stateOf(facts),
    requestedAt: any?.at ?? "",
    ...(requested?.by ? { requestedBy: requested.by } : {}),
    ...(approved?.by ? { approvedBy: approved.by } : {}),
    ...(requested?.request ? { request: requested.request } : {}),
    ...(planned?.plan ? { plan: planned.plan } : {}),
    steps: progressOf(facts, now).map(({ name, does, state, seconds, expectedSeconds }) => ({
      name,
      does,
      state: ({ "-": "waiting", "under way": "running", done: "done" } as const)[state],
      ...(seconds === undefined ? {} : { seconds }),
      ...(expectedSeconds === undefined ? {} : { expectedSeconds }),
    })),
    ...(failure?.reason ? { reason: failure.reason } : {}),
    leftBehind: (facts.undone ?? failure)?.leftBehind ?? [],
    result: resultOf(facts),
    ...(ended ? { endedAt: ended.at } : {}),
  };
}

function stateOf(facts: RestoreFacts): RestoreView["state"] {
  const state = restoreState(facts);
  if (!facts.undone && undoFailure(facts)) return "undo failed";
  if (facts.refused && (state === "failed" || state === "cancelled" || state === "running")) return "refused";
  if (state === "awaiting approval" || state !== "running") {
    return facts["cancel-requested"] && state === "awaiting approval" ? "cancelling" : state;
  }
  if (facts["cancel-requested"]) return "cancelling";
  if (Object.keys(facts).some((name) => name.startsWith("began-"))) return "running";
  return facts.planned ? "planned" : "requested";
}

function resultOf(facts: RestoreFacts): string[] {
  const { finished, planned, undone } = facts;
  const read = hydrationOf(facts);
  if (undone) return [`What was there before ${undone.restore} is back.`];
  if (!finished) return read ? hydrationSentences(read) : [];
  const { database, objects, restore, source, secondsToAvailable = 0 } = finished;
  const plan = planned?.plan;
  return [
    `${plan?.into ?? source} is back after ${formatDuration(secondsToAvailable)}: data of ${plan?.dataAt}.`,
    ...(database ? databaseSentences(restore, database) : []),
    ...(read ? hydrationSentences(read) : []),
    ...(objects ? objectSentences(objects) : []),
    ...(plan?.notes ?? []).map((note) => `Note: ${note}`),
  ];
}
