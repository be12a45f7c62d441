import { parseDuration } from "../functions/core/duration.ts";
import {
  executionName,
  maxAttempts,
  partitionOf,
  replicaName,
  snapshotId,
  vaultName,
} from "../functions/core/names.ts";
import { checkSourceDrills } from "./drill-checks.ts";
import type { CheckedFile } from "./environment-file.ts";
import { type Mistake, nearest } from "./mistake.ts";
import { knownRegions } from "./regions.ts";

type Checked = CheckedFile["sources"][number];

/** Checks each source against its plan, the names that follow from it, and the other sources. */
export function checkSources(file: CheckedFile): Mistake[] {
  return file.sources.flatMap((source, index) => {
    const path = ["sources", index];
    const before = file.sources.slice(0, index);
    return [
      ...checkName(path, source, before),
      ...checkPlan(path, source, file),
      ...checkDerivedNames(path, source, file),
      ...checkTarget(path, source, file),
      ...checkSame(path, source, before),
      ...checkKey(path, source, file),
      ...checkSourceDrills(path, source, file),
    ];
  });
}

function checkName(path: PropertyKey[], source: Checked, before: Checked[]): Mistake[] {
  const at = { path: [...path, "name"] };
  if (source.name === "account") {
    return [{ ...at, why: "which findings about the account itself use", write: "another name" }];
  }
  if (!before.some(({ name }) => name === source.name)) return [];
  return [{ ...at, why: "the name of an earlier source too", write: "a name of its own for each source" }];
}

function checkPlan(path: PropertyKey[], source: Checked, { plans }: CheckedFile): Mistake[] {
  const at = { path: [...path, "plan"] };
  const plan = Object.hasOwn(plans, source.plan) ? plans[source.plan] : undefined;
  if (!plan) {
    const names = Object.keys(plans);
    const write = nearest(source.plan, names) || `one of ${names.map((name) => `"${name}"`).join(", ")}`;
    return [{ ...at, why: "a plan that does not exist", write }];
  }
  if ((source.kind === "bucket" || source.kind === "archives") && plan.copies?.length === 0) {
    const what = source.kind === "bucket" ? "a bucket's point is its replica" : "an archive's second copy";
    return [{ ...at, why: `a plan with no copies, but ${what}`, write: 'a plan with copies: ["recovery"]' }];
  }
  if (source.kind === "archives" && parseDuration(source.arrives) < parseDuration(plan.every)) {
    const why = `more often than its plan looks at the drop, every ${plan.every}`;
    return [
      { path: [...path, "arrives"], why, write: `"${plan.every}" or more, or a plan that looks more often` },
    ];
  }
  return [];
}

/**
 * RDS user guide: a cluster snapshot's name has at most 63 characters, an instance snapshot's 255; S3: a bucket's 63;
 * Lambda API: a durable execution's 64. Of several names that are too long, the one that leaves least room is told.
 */
function checkDerivedNames(path: PropertyKey[], source: Checked, file: CheckedFile): Mistake[] {
  const slot = "20261121T0300Z";
  const limits = { "rds-cluster": 63, "rds-instance": 255, bucket: 63, archives: 255 };
  const plan = Object.hasOwn(file.plans, source.plan) ? file.plans[source.plan] : undefined;
  const derived =
    source.kind === "bucket"
      ? { what: "its replica's bucket name", name: replicaName(file, source.name, file.recoveryRegion) }
      : { what: "its snapshots' identifiers", name: snapshotId(file, source.name, slot, maxAttempts) };
  const names = [{ ...derived, max: limits[source.kind] }];
  if (plan?.drill) {
    names.push({ what: "its drills' names", name: executionName(file, source.name, "drill", slot), max: 64 });
  }
  const [worst] = names
    .map(({ what, name, max }) => ({ what, max, chars: name.length, excess: name.length - max }))
    .filter(({ excess }) => excess > 0)
    .sort((a, b) => b.excess - a.excess);
  if (!worst) return [];
  const why = `which makes ${worst.what} ${worst.chars} characters long where AWS allows ${worst.max}`;
  const room = source.name.length - worst.excess;
  const write =
    room > 0 ? `a name of at most ${room} characters` : "a shorter name, and for the environment too";
  return [{ path: [...path, "name"], why, write }];
}

function checkTarget(path: PropertyKey[], source: Checked, file: CheckedFile): Mistake[] {
  if (source.kind !== "bucket" && source.kind !== "archives") return [];
  const vaults = [file.primaryRegion, file.recoveryRegion].map((region) => vaultName(file, region));
  const replicas = file.sources
    .filter(({ kind }) => kind === "bucket")
    .map(({ name }) => replicaName(file, name, file.recoveryRegion));
  const at = { path: [...path, "bucket"] };
  const write = "the bucket that your own data is in";
  if (vaults.includes(source.bucket)) return [{ ...at, why: "a vault of this environment", write }];
  if (!replicas.includes(source.bucket)) return [];
  return [{ ...at, why: "a replica that this environment makes, and so its own copy target", write }];
}

/**
 * Nothing is protected twice in the same way: two sources would take each other's artefacts for foreign, or pay
 * for them twice. A drop of archives inside a replicated bucket is allowed: the replica keeps what is there, the
 * verification proves what arrived.
 */
function checkSame(path: PropertyKey[], source: Checked, before: Checked[]): Mistake[] {
  for (const other of before) {
    const field = sharedField(source, other);
    if (!field) continue;
    const why =
      field === "prefix" ? `which overlaps with "${other.name}"` : `which "${other.name}" protects already`;
    return [{ path: [...path, field], why, write: "each thing under one source" }];
  }
  return [];
}

function sharedField(a: Checked, b: Checked): string | undefined {
  if (a.kind === "rds-instance" && b.kind === a.kind)
    return a.instance === b.instance ? "instance" : undefined;
  if (a.kind === "rds-cluster" && b.kind === a.kind) return a.cluster === b.cluster ? "cluster" : undefined;
  if (a.kind === "bucket" && b.kind === a.kind) return a.bucket === b.bucket ? "bucket" : undefined;
  if (a.kind !== "archives" || b.kind !== a.kind || a.bucket !== b.bucket) return undefined;
  return a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix) ? "prefix" : undefined;
}

function checkKey(path: PropertyKey[], source: Checked, { primaryRegion }: CheckedFile): Mistake[] {
  if ((source.kind !== "bucket" && source.kind !== "archives") || !source.keyArn) return [];
  const prefix = `arn:${partitionOf(primaryRegion)}:kms:${primaryRegion}:`;
  if (source.keyArn.startsWith(prefix) || !knownRegions().includes(primaryRegion)) return [];
  const why = "not a key of the primary region, where the bucket is";
  return [{ path: [...path, "keyArn"], why, write: `an ARN that begins with "${prefix}"` }];
}
