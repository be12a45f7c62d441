import type { ApiWorld, RegionWorld } from "../api-world.ts";
import { pointKey, pointsOf } from "../catalog/keys.ts";
import { readPoints } from "../catalog/read-points.ts";
import type { CheckedPlace } from "../core/api/upkeep.ts";
import { replicaName } from "../core/names.ts";
import { type Place, presenceFact } from "../core/point.ts";
import { asProblem, Problem } from "../core/problem.ts";
import type { Artefact } from "../core/provider.ts";
import { pointIdPattern } from "../core/slot.ts";
import type { BucketSource, RdsClusterSource, RdsInstanceSource, Source } from "../core/source.ts";
import { placesOf, sourceOf } from "./find.ts";
import type { Asked, Change, Look } from "./operation.ts";
import { toldTo } from "./problem.ts";

/** Compares a point with what was recorded of it. What that does not prove, it does not say. */
export const checkPoint: Look<"checkPoint"> = async ({ params, query }, { world, caller }) => {
  const source = sourceOf(world, params.source);
  const { point } = params;
  if (!pointIdPattern.test(point)) throw noPoint(source, point);
  const about = { source: source.name, point };
  if (source.kind === "bucket") return { ...about, regions: [], sweep: await sweepOf(source, point, world) };
  if (source.kind === "archives")
    throw new Problem("unsupported", `"${source.name}" is archives`, "Have one read again: verifyArchive.");
  const all = placesOf(world.environment).filter(
    ({ role }) => role === "primary" || source.plan.copies.length > 0,
  );
  const places = query.region ? all.filter(({ region }) => region === query.region) : all;
  if (places.length === 0) {
    const where = all.map(({ region }) => region).join(" or ");
    const what = `No snapshot of "${source.name}" is owed in ${query.region}`;
    throw new Problem("invalid", what, `Write --region ${where}.`);
  }
  return {
    ...about,
    regions: await Promise.all(places.map((place) => checkAt(source, point, place, { world, caller }))),
  };
};

/** Has an archive of the drop read and checked again where it arrived, whatever the catalog says. */
export const verifyArchive: Change<"verifyArchive"> = async ({ params, body }, { world, since }) => {
  const source = sourceOf(world, params.source);
  const { name } = source;
  if (source.kind !== "archives")
    throw new Problem("unsupported", `"${name}" is no drop of archives`, `See: holdfast points ${name}`);
  const at = world.at(world.environment.primaryRegion);
  const key = pointIdPattern.test(body.what) ? await keyOf(name, body.what, world) : body.what;
  await mustBeThere(source.bucket, key, at);
  const check = String((since ?? world.now()).getTime());
  return {
    target: `${name}/${key}`.slice(0, 300),
    async act() {
      await at.publish("Archive Verification Requested", { source: name, key, checkId: check });
      return { source: name, key, check };
    },
  };
};

/** What that came to. It is recorded where the drop is; its facts come to the other region within minutes. */
export const getCheck: Look<"getCheck"> = async ({ params }, { world }) => {
  const { name } = sourceOf(world, params.source);
  const { primaryRegion } = world.environment;
  const fact = `checked-${primaryRegion}-${params.check}` as const;
  const { catalog } = world.at(primaryRegion);
  const points = (await readPoints(catalog, pointsOf(name))).get(name) ?? [];
  const checked = points.find(({ facts }) => facts.has(fact));
  if (!checked) return {};
  const { point, fact: how, archive, reason } = await catalog.readPoint(pointKey(name, checked.point, fact));
  const intact = how === "verified";
  const because = intact ? (archive?.evidence ?? []) : [reason ?? "no reason was recorded"];
  return { outcome: { point, intact, because, ...(archive ? { archive } : {}) } };
};

async function mustBeThere(bucket: string, key: string, { objects, region }: RegionWorld): Promise<void> {
  let there: boolean;
  try {
    // To look at an object takes the right to read it; of a listing that begins with the key it is the first.
    const { value } = await objects.list({ bucket, prefix: key }).next();
    there = value?.key === key;
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (!problem.retryable) throw problem;
    const what = `The drop is in ${region}, which does not answer`;
    throw new Problem("unavailable", what, "Copies were read and compared when they were made.", thrown);
  }
  if (there) return;
  const fix = "Its copy is in the recovery region's vault, under archives/.";
  throw new Problem("not-found", `There is no "${key}" in s3://${bucket} now`, fix);
}

async function keyOf(source: string, point: string, { catalog }: ApiWorld): Promise<string> {
  const { archive } = await catalog.readPoint(pointKey(source, point, "available"));
  if (archive) return archive.key;
  const fix = "Give the archive's key in its place.";
  throw new Problem("damaged", `The fact of ${point} names no archive`, fix);
}

async function sweepOf(source: BucketSource, point: string, { catalog, environment }: ApiWorld) {
  const { sweep, at } = await catalog.readPoint(pointKey(source.name, point, "available"));
  const { objects = 0, bytes = 0, copied = 0 } = sweep ?? {};
  const replica = replicaName(environment, source.name, environment.recoveryRegion);
  return { at, bucket: source.bucket, replica, objects, bytes, copied };
}

async function checkAt(
  source: RdsInstanceSource | RdsClusterSource,
  point: string,
  place: Place,
  { world, caller }: Asked,
): Promise<CheckedPlace> {
  const { region } = place;
  try {
    const at = world.at(region);
    const recorded = await recordedArtefact(source, point, place, [world, at]);
    const found = await at.providers[source.kind].inspect(recorded.id);
    return { region, artefact: recorded.id, checks: compare(recorded, found) };
  } catch (thrown) {
    const { code, message } = toldTo(caller, thrown);
    return { region, checks: [], problem: { code, message } };
  }
}

type Recorded = Pick<Artefact, "id" | "arn" | "encrypted" | "tags"> & {
  keyArn?: string | undefined;
  sizeGiB?: number | undefined;
};

/** The fact may not be mirrored yet: the region's own vault has it too. */
async function recordedArtefact(
  source: Source,
  point: string,
  place: Place,
  worlds: Pick<RegionWorld, "catalog">[],
): Promise<Recorded> {
  const key = pointKey(source.name, point, presenceFact(place));
  let problem: Problem | undefined;
  for (const { catalog } of worlds) {
    try {
      const { artefact } = await catalog.readPoint(key);
      if (artefact) return artefact;
    } catch (thrown) {
      problem = asProblem(thrown);
    }
  }
  if (problem && problem.code !== "not-found") throw problem;
  const what = `No snapshot of ${point} is recorded in ${place.region}`;
  throw new Problem("not-found", what, "See: holdfast points.");
}

function compare(recorded: Recorded, found: Artefact | undefined): CheckedPlace["checks"] {
  if (!found) return [{ what: "exists", recorded: recorded.id, found: "nothing", ok: false }];
  const check = (what: string, was: unknown, is: unknown) => ({
    what,
    recorded: String(was ?? "none"),
    found: String(is ?? "none"),
    ok: was === is,
  });
  return [
    check("exists", recorded.arn, found.arn),
    check("status", "available", found.status),
    check("encrypted", recorded.encrypted, found.encrypted),
    check("key", recorded.keyArn, found.keyArn),
    check("size in GiB", recorded.sizeGiB, found.sizeGiB),
    ...Object.entries(recorded.tags).map(([tag, value]) => check(`tag ${tag}`, value, found.tags[tag])),
  ];
}

function noPoint({ name }: Source, point: string): Problem {
  const fix = `Choose one of: holdfast points ${name}.`;
  return new Problem("invalid", `"${point}" is not a point of "${name}"`, fix);
}
