import { parseDuration } from "../functions/core/duration.ts";
import { partitionOf, roleName } from "../functions/core/names.ts";
import type { CheckedFile } from "./environment-file.ts";
import type { Mistake } from "./mistake.ts";
import { knownRegions } from "./regions.ts";

type Checked = CheckedFile["sources"][number];
type CheckedPlan = CheckedFile["plans"][string];

const hourS = 3_600;
const dayS = 86_400;

/** Checks how a plan rehearses, by itself and against the sources that use it. */
export function checkDrills(path: string[], plan: CheckedPlan, users: Checked[]): Mistake[] {
  return [...checkEvery(path, plan), ...checkScrub(path, plan, users)];
}

function checkEvery(path: string[], { drill, rto, every, copies }: CheckedPlan): Mistake[] {
  if (!drill) return [];
  const at = { path: [...path, "drill", "every"] };
  const everyS = parseDuration(drill.every);
  if (copies?.length === 0) {
    const why = "but a drill restores the copy in the recovery region, and the plan makes none";
    return [{ path: [...path, "drill"], why, write: 'copies: ["recovery"] besides, or leave the drill out' }];
  }
  if (rto && everyS < parseDuration(rto)) {
    const why = `shorter than the plan's "rto" of ${rto}, which a drill may rightly take`;
    return [{ ...at, why, write: `"${rto}" or more, like "7d"` }];
  }
  if (everyS < hourS) {
    const why = "shorter than a restore, its checks and its end may take";
    return [{ ...at, why, write: '"1h" or more, like "7d"' }];
  }
  if (everyS < parseDuration(every)) {
    const why = `more often than a point is taken, every ${every}`;
    return [{ ...at, why, write: `"${every}" or more` }];
  }
  if (everyS % 60 !== 0) return [{ ...at, why: "but slots are whole minutes", write: "whole minutes" }];
  return [];
}

function checkScrub(path: string[], { scrub }: CheckedPlan, users: Checked[]): Mistake[] {
  if (!scrub) return [];
  const at = { path: [...path, "scrub"] };
  if (users.length > 0 && users.every(({ kind }) => kind !== "archives")) {
    const why = "but no archives are under the plan, and nothing else is scrubbed";
    return [{ ...at, why, write: "nothing there: databases and buckets are proved by a drill" }];
  }
  if (parseDuration(scrub) >= dayS) return [];
  return [
    { ...at, why: "which reads every archive more than once a day", write: '"1d" or more, like "90d"' },
  ];
}

/** Checks what a source says about its drills against its plan and its names. */
export function checkSourceDrills(path: PropertyKey[], source: Checked, file: CheckedFile): Mistake[] {
  return [...checkReserved(path, source, file), ...checkOwn(path, source, file)];
}

/** The drill's role may change and delete what is called like its clones. */
function checkReserved(path: PropertyKey[], source: Checked, { name }: CheckedFile): Mistake[] {
  if (source.kind !== "rds-instance" && source.kind !== "rds-cluster") return [];
  const [field, id] =
    source.kind === "rds-instance" ? ["instance", source.instance] : ["cluster", source.cluster];
  if (!id.startsWith(`${name}-`) || !id.slice(name.length).includes("-drill-")) return [];
  const why = `but what is called "${name}-…-drill-…" is a drill's, which takes it away again`;
  return [{ path: [...path, field], why, write: "a database with another name" }];
}

function checkOwn(path: PropertyKey[], source: Checked, file: CheckedFile): Mistake[] {
  const plan = Object.hasOwn(file.plans, source.plan) ? file.plans[source.plan] : undefined;
  if (!plan) return [];
  const isDatabase = source.kind === "rds-instance" || source.kind === "rds-cluster";
  const mistakes: Mistake[] = [];
  if (isDatabase && source.checks && !plan.drill) {
    const why = `but its plan "${source.plan}" has no drill that would ask`;
    mistakes.push({ path: [...path, "checks"], why, write: `drill: { every: "7d" } in the plan` });
  }
  if (isDatabase && source.heartbeat) {
    mistakes.push(...checkSecret([...path, "heartbeat"], source.heartbeat, file));
    mistakes.push(...checkHeartbeatName(path, source, file));
  }
  return mistakes;
}

/** A secret that a function of the primary region reads. */
export function checkSecret(
  path: PropertyKey[],
  { secretArn }: { secretArn: string },
  { primaryRegion, account }: CheckedFile,
): Mistake[] {
  const prefix = `arn:${partitionOf(primaryRegion)}:secretsmanager:${primaryRegion}:${account}:secret:`;
  if (secretArn.startsWith(prefix) || !knownRegions().includes(primaryRegion)) return [];
  const why = "not a secret of this account in the primary region, where the database is";
  return [{ path: [...path, "secretArn"], why, write: `an ARN that begins with "${prefix}"` }];
}

/** Each heartbeat has a function and a role of its own; IAM allows 64 characters. */
function checkHeartbeatName(path: PropertyKey[], source: Checked, file: CheckedFile): Mistake[] {
  const chars = roleName(file, `heartbeat-${source.name}`, file.primaryRegion).length;
  if (chars <= 64) return [];
  const why = `which makes its heartbeat's role ${chars} characters long where AWS allows 64`;
  const room = source.name.length - (chars - 64);
  const write =
    room > 0 ? `a name of at most ${room} characters` : "a shorter name, and for the environment too";
  return [{ path: [...path, "name"], why, write }];
}
