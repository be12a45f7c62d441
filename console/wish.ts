import type { RestoreWish } from "../functions/core/api/recovery.ts";
import type { SourceKind } from "../functions/core/source.ts";

/** What has been filled in so far, as the fields hold it. */
export type Draft = {
  source: string;
  kind: SourceKind;
  moment: "latest" | "point" | "time" | "latest moment";
  point: string;
  /** As people write it, in UTC: "2026-11-21T03:00". */
  time: string;
  region: string;
  target: "own" | "beside" | "replace";
  as: string;
  prebackup: boolean;
  instanceClass: string;
  subnetGroup: string;
  securityGroups: string;
  which: "all" | "prefix" | "keys";
  prefix: string;
  keys: string;
  deletions: boolean;
  overwrite: boolean;
};

/** A draft with nothing chosen that could harm. */
export function emptyDraft(source: string, kind: SourceKind, region: string, point: string): Draft {
  return {
    ...{ source, kind, region, point, moment: point ? "point" : "latest", time: "" },
    ...{ target: kind === "archives" ? "beside" : "own", as: "", prebackup: true },
    ...{ instanceClass: "", subnetGroup: "", securityGroups: "" },
    ...{ which: "all", prefix: "", keys: "", deletions: false, overwrite: false },
  };
}

/** Whether it is a database that comes back. */
export function isDatabase({ kind }: Draft): boolean {
  return kind === "rds-instance" || kind === "rds-cluster";
}

/** What is not filled in yet, as one sentence; undefined if the draft can be planned. */
export function missingIn(draft: Draft): string | undefined {
  if (draft.moment === "point" && !draft.point) return "Choose a point.";
  if (draft.moment === "time" && Number.isNaN(Date.parse(`${draft.time}Z`)))
    return "Write the instant, in UTC.";
  if (draft.target === "beside" && !draft.as.trim())
    return isDatabase(draft) ? "Write the name of the new database." : "Write the bucket to restore into.";
  if (draft.which === "prefix" && !draft.prefix) return "Write the prefix.";
  if (draft.which === "keys" && linesOf(draft.keys).length === 0) return "Write one key on each line.";
  if (draft.which === "keys" && linesOf(draft.keys).length > 1_000)
    return "At most 1000 keys; more are a prefix, or all.";
  return undefined;
}

/** The draft as the API takes it: only what means something for its kind. */
export function wishOf(draft: Draft): RestoreWish {
  const own = draft.target !== "beside";
  return {
    source: draft.source,
    region: draft.region,
    wanted: wantedOf(draft),
    ...(!own && { as: draft.as.trim() }),
    ...(isDatabase(draft) ? ofDatabase(draft) : {}),
    ...(draft.kind === "bucket" ? ofBucket(draft) : {}),
    ...(!isDatabase(draft) && !own && draft.overwrite && { overwrite: true }),
  };
}

function wantedOf({ moment, point, time }: Draft): RestoreWish["wanted"] {
  if (moment === "point") return { which: "point", point };
  if (moment === "latest") return { which: "latest" };
  return {
    which: "time",
    at: moment === "time" ? `${new Date(`${time}Z`).toISOString().slice(0, 19)}Z` : "latest",
  };
}

function ofDatabase({
  target,
  prebackup,
  instanceClass,
  subnetGroup,
  securityGroups,
}: Draft): Partial<RestoreWish> {
  const groups = securityGroups.split(/[\s,]+/).filter((group) => group !== "");
  return {
    ...(target === "replace" && { replace: { prebackup } }),
    ...(instanceClass.trim() && { instanceClass: instanceClass.trim() }),
    ...(subnetGroup.trim() && { subnetGroup: subnetGroup.trim() }),
    ...(groups.length > 0 && { securityGroupIds: groups }),
  };
}

function ofBucket({ which, prefix, keys, target, deletions }: Draft): Partial<RestoreWish> {
  return {
    ...(which === "prefix" && { select: { prefix } }),
    ...(which === "keys" && { select: { keys: linesOf(keys) } }),
    ...(target === "own" && deletions && { deletions: true }),
  };
}

/** A key may begin or end with a space: lines are taken as they are. */
function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== "");
}
