import { pointKey } from "../catalog/keys.ts";
import { isPresent } from "../core/point.ts";
import { Problem } from "../core/problem.ts";
import type { PlanFact, RestoredObjects, RestoreRequest } from "../core/restore.ts";
import { type PointId, pointMs } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import type { World } from "../world.ts";
import type { Run } from "./database.ts";
import { noCounts } from "./objects-part.ts";
import { choosePoint, isVerified } from "./origin.ts";
import { approvalSteps, withExpectations } from "./plan.ts";
import { pastOf, placeOf, pointsKnown } from "./view.ts";

/** The plan of an archive's restore. */
export type ArchivePlan = PlanFact & { archive: NonNullable<PlanFact["archive"]> };

/** Plans the restore of one archive from its copy in this region. Changes nothing. Throws `Problem`. */
export async function planArchive(
  world: World,
  source: ArchivesSource,
  request: RestoreRequest,
): Promise<ArchivePlan> {
  const { catalog, region, environment, objects } = world;
  const chosen = await choose(world, source, request);
  const { archive } = await catalog.readPoint(pointKey(source.name, chosen.point, `verified-${region}`));
  const original = await catalog.readPoint(pointKey(source.name, chosen.point, "available"));
  const key = original.archive?.key ?? archive?.key ?? "";
  if (!archive?.sha256)
    throw new Problem("invalid", `the fact of ${chosen.point} has no SHA-256`, "Verify the archive again.");
  if (!request.as)
    throw new Problem(
      "invalid",
      "an archive is restored into a bucket that you name",
      "Write --as <bucket>.",
    );
  if (!(await objects.bucket(request.as)))
    throw new Problem("not-found", `there is no bucket ${request.as} in ${region}`, "Create it first.");
  const { bucket, versionId, sizeBytes, sha256 } = archive;
  const from = { bucket, key: archive.key, ...(versionId ? { versionId } : {}) };
  const into = { bucket: request.as, key };
  const step = {
    name: "objects",
    does: `Copies the archive to s3://${into.bucket}/${key} and holds it to its checksum`,
    calls: ["s3:HeadObject", "s3:CopyObject", "s3:UploadPartCopy"],
  };
  return {
    point: chosen.point,
    dataAt: new Date(pointMs(chosen.point)).toISOString(),
    verified: chosen.verified,
    from: `s3://${bucket}/${archive.key}`,
    into: `s3://${into.bucket}/${key}`,
    archive: { from, into, sizeBytes, sha256 },
    steps: withExpectations([...approvalSteps(environment, request), step], await pastOf(world, source.name)),
    notes: chosen.notes,
  };
}

/** Copies an archive as it was planned, and holds the copy to what was verified. Repeatable. */
export async function restoreArchive({ archive }: ArchivePlan, run: Run): Promise<RestoredObjects> {
  await run.begin("objects");
  return run.steps.step("copy the archive", () => copyArchive(archive, run.request, run.world));
}

/** Takes the copy away again. */
export async function takeBackArchive({ archive }: ArchivePlan, { steps, world }: Run): Promise<void> {
  await steps.always.step("take back the archive", async () => {
    const [wanted, there] = await headsOf(archive, world);
    if (there && same(wanted, there)) await world.objects.hide(archive.into);
  });
}

async function copyArchive(
  archive: ArchivePlan["archive"],
  { overwrite = false }: RestoreRequest,
  world: World,
): Promise<RestoredObjects> {
  const { from, into, sizeBytes } = archive;
  const [wanted, there] = await headsOf(archive, world);
  const one = { ...noCounts, bucket: into.bucket, keys: 1 };
  if (there && same(wanted, there)) return { ...one, same: 1, verified: 1 };
  if (there && !overwrite) {
    const what = `there is another object at s3://${into.bucket}/${into.key}`;
    throw new Problem("conflict", what, "Write --overwrite, or another bucket.");
  }
  const replaces = there ? { etag: there.etag } : ("nothing" as const);
  await world.objects.copyHere({
    from: refOf(from),
    to: into,
    sizeBytes,
    storageClass: "STANDARD",
    replaces,
  });
  const [, copy] = await headsOf(archive, world);
  if (copy && same(wanted, copy)) return { ...one, copied: 1, copiedBytes: sizeBytes, verified: 1 };
  const what = `the copy at s3://${into.bucket}/${into.key} is not what was verified`;
  throw new Problem("damaged", what, "See who else writes there; restore again.");
}

async function headsOf({ from: at, into }: ArchivePlan["archive"], { objects }: World) {
  const from = refOf(at);
  const wanted = await objects.head(from);
  if (wanted) return [wanted, await objects.head(into)] as const;
  const what = `the archive s3://${from.bucket}/${from.key} is not there any more`;
  throw new Problem("not-found", what, "Choose another point, or another region.");
}

function refOf({ bucket, key, versionId }: ArchivePlan["archive"]["from"]) {
  return { bucket, key, ...(versionId ? { versionId } : {}) };
}

type Head = NonNullable<Awaited<ReturnType<World["objects"]["head"]>>>;

/** By the checksum that S3 made of the whole; by the ETag where it keeps none. */
function same(a: Head, b: Head): boolean {
  if (a.sizeBytes !== b.sizeBytes) return false;
  if (a.checksum && a.checksum.split(":")[0] === b.checksum?.split(":")[0]) return a.checksum === b.checksum;
  return a.etag === b.etag;
}

async function choose(
  world: World,
  source: ArchivesSource,
  { wanted }: RestoreRequest,
): Promise<{ point: PointId; verified: boolean; notes: string[] }> {
  const place = placeOf(world);
  const points = await pointsKnown(world, source.name);
  const intact = points.filter(({ facts }) => facts.has(`verified-${world.region}`));
  if (wanted.which !== "time") return choosePoint(source.name, intact, place, wanted);
  const untilMs = Date.parse(wanted.at);
  const found = intact.findLast((state) => isPresent(state, place) && pointMs(state.point) <= untilMs);
  if (found) return { point: found.point, verified: isVerified(found), notes: [] };
  throw new Problem(
    "not-found",
    `no intact archive of "${source.name}" in ${world.region} had arrived by ${wanted.at}`,
    `See: holdfast points ${source.name}.`,
  );
}
