import * as z from "zod/mini";

/** How grave a finding is; docs/runbook.md calls it the severity, and has the table. */
export type Priority = "P1" | "P2" | "P3" | "P4";

/**
 * What each priority means to people. `page` wakes somebody (SMS, e-mail, whatever else the environment names), `notify` can
 * wait for the morning. What nobody acknowledges within `acknowledgeSeconds` of being told is told again, to `page`, and
 * again after four times as long each time: so many `times`.
 */
export const priorities = {
  /** What was taken to be safe is not, or nothing protects it now. */
  P1: { severity: "page", acknowledgeSeconds: 900, times: 3 },
  /** Protection will be lost within hours if nobody does anything. */
  P2: { severity: "page", acknowledgeSeconds: 3_600, times: 2 },
  /** To be mended within a day or so. */
  P3: { severity: "notify", acknowledgeSeconds: 86_400, times: 1 },
  /** To be known. It is told, and its end is told, and nobody has to answer. */
  P4: { severity: "notify", acknowledgeSeconds: 0, times: 0 },
} as const satisfies Record<Priority, { severity: Severity; acknowledgeSeconds: number; times: number }>;

/** What can be wrong, with how grave it is. docs/runbook.md has a section for each kind under the same name. */
export const findingSeverities = {
  "rpo-breached": "P1",
  "snapshot-failed": "P2",
  "copy-failed": "P2",
  "artefact-lost": "P1",
  "artefact-stuck": "P2",
  "copy-wrong": "P1",
  "name-taken": "P2",
  "quota-exhausted": "P2",
  "source-missing": "P1",
  "continuity-broken": "P1",
  "snapshots-late": "P2",
  "region-unreachable": "P1",
  "archive-damaged": "P2",
  "archive-missing": "P2",
  "archive-suspect": "P3",
  "archive-unverified": "P2",
  "replication-failed": "P2",
  "expiry-frozen": "P3",
  "context-unknown": "P4",
  "restore-awaits-approval": "P2",
  "restore-cut-off": "P2",
  "drill-failed": "P1",
  "drill-broken-off": "P3",
  "drill-overdue": "P3",
  "rto-exceeded": "P3",
  "scrub-overdue": "P4",
  "clone-leaked": "P4",
  "schedule-paused": "P4",
  "control-silent": "P1",
  "budget-fast-burn": "P2",
  "budget-slow-burn": "P3",
  "point-owed": "P3",
  "three-two-one-broken": "P3",
  "quota-low": "P3",
  "storage-budget": "P3",
  "page-channel-unusable": "P2",
  "channel-unusable": "P3",
  "canary-unanswered": "P3",
} as const satisfies Record<string, Priority>;

/**
 * For how many seconds a finding must last before it is told. What heals by itself within minutes wakes nobody;
 * everything else is told at once.
 */
export const tellAfterSeconds: Partial<Record<FindingKind, number>> = {
  "region-unreachable": 900,
  "source-missing": 600,
  // Of a region that did not answer for some minutes the first trace is about to come, or the one after if that pass
  // fails. Who cannot wait so long is paged by the alarms on heartbeats and invocations.
  "control-silent": 900,
  // The next point brings it, unless something stands in the way.
  "context-unknown": 26 * 3_600,
};

/** What looks at everything, again and again, and so can say that something is over. */
export type Pass = "reconcile" | "watch";

/** Kinds that `verify`, `replicate`, `expire`, `restore`, `reaper`, `deliver`, `channels` and `alert` open and end themselves. */
const ofTheirTask: ReadonlySet<FindingKind> = new Set<FindingKind>([
  "archive-damaged",
  "archive-suspect",
  "archive-unverified",
  "replication-failed",
  "expiry-frozen",
  "restore-awaits-approval",
  "clone-leaked",
  "page-channel-unusable",
  "channel-unusable",
  "canary-unanswered",
]);

/** Kinds that the watch finds. */
const ofWatch: ReadonlySet<FindingKind> = new Set<FindingKind>([
  "control-silent",
  "budget-fast-burn",
  "budget-slow-burn",
  "point-owed",
  "three-two-one-broken",
  "quota-low",
  "storage-budget",
]);

/** The pass that computes findings of this kind anew each time; undefined for those that a task opens and ends itself. */
export function computedBy(kind: FindingKind): Pass | undefined {
  if (ofTheirTask.has(kind)) return undefined;
  return ofWatch.has(kind) ? "watch" : "reconcile";
}

/**
 * For how many more seconds a region leaves a finding about the other region to the other region. It is longer
 * than two passes of the other's reconciler.
 */
export const otherRegionGraceSeconds = 900;

/** A kind of finding. */
export type FindingKind = keyof typeof findingSeverities;

/** Who must hear of a finding. */
export type Severity = "page" | "notify";

const kinds = Object.keys(findingSeverities) as [FindingKind, ...FindingKind[]];

/** Something that is wrong since an instant, and stays open until evidence ends it. Never holds a secret. */
export const Finding = z.strictObject({
  kind: z.enum(kinds),
  source: z.string(),
  /** What tells two findings of one kind and source apart: a region, a point, a digest of a key. [a-z0-9-] only. */
  detail: z.string(),
  /** ISO-8601 UTC: since when it is so, as far as it can be computed; the same for everyone who computes it. */
  since: z.string(),
  /** The region that the finding is about; the other region speaks up only when this one stays silent. */
  region: z.string(),
  /** One sentence: what is wrong, with the values. */
  message: z.string(),
  /** One sentence: what to do. At most 70 characters, so that it fits into an SMS. */
  fix: z.string(),
});
export type Finding = z.infer<typeof Finding>;

/** What names a finding while it lasts: `<kind>.<source>.<detail>`. */
export function findingId(finding: Pick<Finding, "kind" | "source" | "detail">): string {
  return `${finding.kind}.${finding.source}.${finding.detail}`;
}

/** How grave a finding of this kind is. */
export function priorityOf(kind: FindingKind): Priority {
  return findingSeverities[kind];
}

/** Who must hear of a finding of this kind. */
export function severityOf(kind: FindingKind): Severity {
  return priorities[findingSeverities[kind]].severity;
}
