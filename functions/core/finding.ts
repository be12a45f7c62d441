import * as z from "zod/mini";

/**
 * What can be wrong, with who must hear of it: `page` wakes a person (email and SMS), `notify` can wait for
 * the morning (email). docs/runbook.md has a section for each kind under the same name.
 */
export const findingSeverities = {
  "rpo-breached": "page",
  "snapshot-failed": "page",
  "copy-failed": "page",
  "artefact-lost": "page",
  "artefact-stuck": "page",
  "copy-wrong": "page",
  "name-taken": "page",
  "quota-exhausted": "page",
  "source-missing": "page",
  "continuity-broken": "page",
  "snapshots-late": "page",
  "region-unreachable": "page",
  "archive-damaged": "page",
  "archive-missing": "page",
  "archive-suspect": "notify",
  "archive-unverified": "page",
  "replication-failed": "page",
  "expiry-frozen": "notify",
  "context-unknown": "notify",
  "restore-awaits-approval": "page",
  "drill-failed": "page",
  "drill-broken-off": "notify",
  "drill-overdue": "notify",
  "rto-exceeded": "notify",
  "scrub-overdue": "notify",
  "clone-leaked": "notify",
} as const;

/**
 * For how many seconds a finding must last before it is told. What heals by itself within minutes wakes nobody;
 * everything else is told at once.
 */
export const tellAfterSeconds: Partial<Record<FindingKind, number>> = {
  "region-unreachable": 900,
  "source-missing": 600,
  // The next point brings it, unless something stands in the way.
  "context-unknown": 26 * 3_600,
};

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

/** Who must hear of a finding of this kind. */
export function severityOf(kind: FindingKind): Severity {
  return findingSeverities[kind];
}
