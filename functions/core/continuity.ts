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

/**
 * What is recorded of continuous protection at a place, and only when it changes: that a plan asked for what was not so
 * yet, that it began to be so, that it broke, and that the plan asks no longer.
 */
export const continuityNames = ["asked", "began", "broke", "released"] as const;
export type ContinuityName = (typeof continuityNames)[number];

/** One such change, ISO-8601 UTC. */
export type ContinuityChange = { name: ContinuityName; at: string };

/** The changes of each place by `placeKey`, oldest first. */
export type Continuity = ReadonlyMap<string, readonly ContinuityChange[]>;

/** A source in a region, as one key. */
export function placeKey(source: string, region: string): string {
  return `${source}/${region}`;
}

/** Changes as a listing has them, in whatever order, with those of both vaults. */
export class ContinuityChanges {
  readonly #byPlace = new Map<string, ContinuityChange[]>();

  add({ source, region, ...change }: ContinuityChange & { source: string; region: string }): void {
    const key = placeKey(source, region);
    const changes = this.#byPlace.get(key) ?? [];
    this.#byPlace.set(
      key,
      [...changes, change].sort((a, b) => (a.at < b.at ? -1 : 1)),
    );
  }

  get sorted(): Continuity {
    return this.#byPlace;
  }
}

/** How often it broke since an instant. Two passes at once may both have recorded one break. */
export function breaksSince(changes: readonly ContinuityChange[], sinceMs: number): number {
  return changes.filter(
    ({ name, at }, index) =>
      name === "broke" && changes[index - 1]?.name !== "broke" && Date.parse(at) > sinceMs,
  ).length;
}
