import { parseDuration } from "../functions/core/duration.ts";
import type { CheckedFile, PlanFile } from "./environment-file.ts";
import type { Mistake } from "./mistake.ts";

type Users = CheckedFile["sources"];

/**
 * What a point may take from the moment it is owed until it is there, if the RPO is to hold: a pass of the
 * reconciler every 5 minutes, and the rest for the snapshot itself and its copy. It is the least that makes sense,
 * not a promise: a large database needs an RPO with more room.
 */
const allowanceSeconds = 900;

/** RDS uploads a database's logs every five minutes (RDS user guide, restoring to a specified time). */
const uploadSeconds = 300;

/** Checks that AWS offers what a plan asks to be kept continuously, for the sources that use it. */
export function checkPointInTime(path: string[], plan: PlanFile, users: Users): Mistake[] {
  const { pointInTime, pointInTimeDays, copies } = plan;
  if (!pointInTime) {
    if (pointInTimeDays === undefined) return [];
    const why = "but the plan does not ask for automated backups";
    return [
      { path: [...path, "pointInTimeDays"], why, write: 'pointInTime: "primary" besides, or leave it out' },
    ];
  }
  const at = { path: [...path, "pointInTime"] };
  if (users.length > 0 && !users.some(isDatabase)) {
    const why = "but no database is under the plan, and RDS alone keeps every moment";
    return [{ ...at, why, write: "nothing there: a replica keeps a bucket's versions" }];
  }
  if (pointInTime === "primary") return [];
  if (copies?.length === 0) {
    const why = "but the plan makes no copies in the recovery region";
    return [{ ...at, why, write: 'copies: ["recovery"] besides, or "primary"' }];
  }
  const cluster = users.find(({ kind }) => kind === "rds-cluster");
  if (!cluster) return [];
  const why = `but "${cluster.name}" is a cluster, and AWS replicates automated backups of DB instances only`;
  return [{ ...at, why, write: '"primary", or a plan of its own for the cluster' }];
}

/** Checks that the schedule, or the automated backups, can meet the RPO in each region. */
export function checkRpo(path: string[], plan: PlanFile, users: Users): Mistake[] {
  const primary = checkPrimaryRpo(path, plan, users);
  return primary.length > 0 ? primary : checkRecoveryRpo(path, plan, users);
}

function checkPrimaryRpo(path: string[], plan: PlanFile, users: Users): Mistake[] {
  const at = { path: [...path, "rpo"] };
  const { least, missed } = schedule(plan, plan.rpo);
  if (!missed) return [];
  if (!plan.pointInTime) {
    const why = `shorter than a schedule of every ${plan.every} can meet (a point takes up to ${allowanceSeconds / 60}m to be there)`;
    const write = `"${least}" or more, a shorter "every", or pointInTime: "primary" for databases`;
    return [{ ...at, why, write }];
  }
  if (parseDuration(plan.rpo) < uploadSeconds) return [{ ...at, ...tooShort }];
  const archives = users.find(({ kind }) => kind === "archives");
  if (!archives) return [];
  const why = `but "${archives.name}" is a drop of archives, of which nothing newer than the last can be restored`;
  return [{ ...at, why, write: `"${least}" or more, or a plan of its own for the archives` }];
}

function checkRecoveryRpo(path: string[], plan: PlanFile, users: Users): Mistake[] {
  const { pointInTime, copies, rpo, recoveryRpo } = plan;
  const at = { path: [...path, recoveryRpo ? "recoveryRpo" : "rpo"] };
  if (copies?.length === 0) {
    if (!recoveryRpo) return [];
    const why = "but the plan makes no copies in the recovery region";
    return [{ ...at, why, write: 'copies: ["recovery"] besides, or leave it out' }];
  }
  if (recoveryRpo && parseDuration(recoveryRpo) < parseDuration(rpo)) {
    const why = `shorter than the plan's "rpo" of ${rpo}, though copies are the later ones`;
    return [{ ...at, why, write: `"${rpo}" or more` }];
  }
  const { least, missed } = schedule(plan, recoveryRpo ?? rpo);
  if (!missed) return [];
  const wish = recoveryRpo ? `"${least}" or more` : `recoveryRpo: "${least}" or more besides`;
  if (pointInTime !== "recovery") {
    const why = `shorter than copies of points of every ${plan.every} can meet in the recovery region`;
    return [{ ...at, why, write: `${wish}, or pointInTime: "recovery" for RDS instances` }];
  }
  const bucket = users.find(({ kind }) => kind === "bucket");
  if (!bucket) return [];
  const why = `but "${bucket.name}" is a bucket, of which a point is a replica compared every ${plan.every}`;
  return [{ ...at, why, write: `${wish}, or a plan of its own for the bucket` }];
}

const tooShort = {
  why: "shorter than the 5m in which RDS uploads a database's logs once",
  write: '"5m" or more',
};

/** What points alone can meet, and whether that misses a wanted RPO. */
function schedule({ every }: PlanFile, rpo: string): { least: string; missed: boolean } {
  const leastS = parseDuration(every) + allowanceSeconds;
  return { least: `${Math.ceil(leastS / 60)}m`, missed: parseDuration(rpo) < leastS };
}

function isDatabase({ kind }: Users[number]): boolean {
  return kind === "rds-instance" || kind === "rds-cluster";
}
