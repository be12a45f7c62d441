import { budgetFindings } from "./budget.ts";
import { type Environment, otherRegion } from "./environment.ts";
import type { Finding } from "./finding.ts";
import type { Judged, WatchView } from "./judging.ts";
import { owedFindings } from "./owed.ts";
import type { StatusReport } from "./report.ts";
import { ruleFindings } from "./three-two-one.ts";

/** When a pass of the other region last left its trace in its vault; `undefined` if it never did, absent if nobody could ask. */
export type Traces = ReadonlyMap<"reconcile" | "watch", string | undefined>;

/** Three passes of anything that runs every five minutes, as with reports. */
export const silentSeconds = 900;

/** A region that was just deployed for the first time has so long to leave its first trace. */
export const firstTraceSeconds = 3_600;

/** Of a quota less than this share is left when it is told. */
const headRoom = 0.1;

/** A budget of storage is told so long before it is reached. */
export const storageToldDays = 30;

/** What the watch finds wrong. What follows from facts both regions find alike; what was seen only here is told only here. Pure. */
export function watchFindings(
  view: WatchView,
  judged: readonly Judged[],
  { quotas, storage }: Pick<StatusReport, "quotas" | "storage">,
): Finding[] {
  // By the facts, so that the other region finds the same.
  const recorded = { ...view, points: view.recorded };
  return [
    ...judged.flatMap(({ source, budgets, owed, open }) => [
      ...budgetFindings(source, budgets),
      ...owedFindings(recorded, source, owed),
      ...ruleFindings(recorded, source, open),
    ]),
    ...quotas.filter(({ region }) => region === view.region).flatMap((quota) => quotaLow(quota, view.now)),
    ...storage
      .filter(({ region }) => region === view.region)
      .flatMap((bucket) => storageFull(bucket, view.now)),
    ...silent(view),
  ];
}

function quotaLow({ quota, region, used, max }: StatusReport["quotas"][number], now: Date): Finding[] {
  // Copies in flight come and go by themselves.
  if (!quota.startsWith("manual ") || max <= 0 || (max - used) / max >= headRoom) return [];
  return [
    {
      kind: "quota-low",
      source: "account",
      detail: `${quota.replaceAll(" ", "-")}-${region}`,
      since: now.toISOString(),
      region,
      message: `${used} of the ${max} ${quota} that ${region} allows are used.`,
      fix: "Ask for a higher quota in Service Quotas; that may take days.",
    },
  ];
}

function storageFull(
  { bucket, region, bytes, budgetBytes, fullOn }: StatusReport["storage"][number],
  now: Date,
): Finding[] {
  if (budgetBytes === undefined || fullOn === undefined) return [];
  if (Date.parse(fullOn) > now.getTime() + storageToldDays * 86_400_000) return [];
  const size = (many: number) => `${(many / 2 ** 30).toFixed(1)} GiB`;
  const when = bytes >= budgetBytes ? "has reached" : `will reach on ${fullOn}`;
  return [
    {
      kind: "storage-budget",
      source: "account",
      detail: region,
      since: now.toISOString(),
      region,
      message: `The vault ${bucket} has ${size(bytes)}, and ${when} the budget of ${size(budgetBytes)}.`,
      fix: "See what grows: holdfast points; raise storage.budgetGiB.",
    },
  ];
}

/**
 * Whoever is silent cannot say so: the other region finds it, tells it at once, and ends it. Where the other vault could
 * not be asked nothing is found, because nothing is known; that it could not is told by the reconciler.
 */
function silent({ environment, region, now, traces, declaredAt }: WatchView): Finding[] {
  const other = otherRegion(environment, region);
  return [...traces].flatMap(([task, at]): Finding[] => {
    const sinceMs =
      at === undefined ? firstTraceMs(environment, declaredAt) : Date.parse(at) + silentSeconds * 1_000;
    if (now.getTime() <= sinceMs) return [];
    const last = at === undefined ? "never yet" : `last at ${at.slice(0, 19)}Z`;
    return [
      {
        kind: "control-silent",
        source: "account",
        detail: `${other}-${task}`,
        since: new Date(sinceMs).toISOString(),
        region,
        message: `The ${task === "watch" ? "watch" : "reconciler"} of ${other} has left no trace for 15 minutes: it ran ${last}.`,
        fix: "See its schedule and its log there; deploy again if it is gone.",
      },
    ];
  });
}

function firstTraceMs({ sources }: Environment, declaredAt: WatchView["declaredAt"]): number {
  const instants = sources.flatMap(({ name }) => declaredAt.get(name) ?? []);
  const [first] = instants.sort();
  return first ? Date.parse(first) + firstTraceSeconds * 1_000 : Number.POSITIVE_INFINITY;
}
