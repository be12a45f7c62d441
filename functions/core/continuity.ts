import type { Plan } from "./plan.ts";
import type { Place } from "./point.ts";
import type { Source } from "./source.ts";

/** Where automated backups are kept as the plan asks: a database with a plan that asks for it there. */
export type ContinuousSource = Extract<Source, { kind: "rds-instance" | "rds-cluster" }> & {
  plan: Plan & { pointInTime: NonNullable<Plan["pointInTime"]> };
};

/**
 * Whether the plan asks that every moment of a source can be restored at a place. Of buckets and archives nothing does:
 * a bucket's replica has its versions. AWS replicates automated backups of DB instances alone, not of Aurora clusters nor
 * of Multi-AZ DB clusters (RDS user guide, replicating automated backups to another region).
 */
export function isContinuousAt(source: Source, { role }: Pick<Place, "role">): source is ContinuousSource {
  const { pointInTime } = source.plan;
  if (!pointInTime || (source.kind !== "rds-instance" && source.kind !== "rds-cluster")) return false;
  return role === "primary" || (pointInTime.reach === "recovery" && source.kind === "rds-instance");
}

/** The most that may be lost with what is at a place, in seconds. */
export function rpoSecondsAt(plan: Plan, { role }: Pick<Place, "role">): number {
  return role === "recovery" ? (plan.recoveryRpoSeconds ?? plan.rpoSeconds) : plan.rpoSeconds;
}
