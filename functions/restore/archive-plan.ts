import { pointKey } from "../catalog/keys.ts";
import { isPresent } from "../core/point.ts";
import { Problem } from "../core/problem.ts";
import type { PlanFact, RestoreRequest } from "../core/restore.ts";
import { pointMs } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { type Chosen, choosePoint, isVerified } from "./origin.ts";
import { approvalSteps, withExpectations } from "./plan.ts";
import { pastOf, placeOf, pointsKnown } from "./view.ts";

/** The plan of an archive's restore. */
export type ArchivePlan = PlanFact & { archive: NonNullable<PlanFact["archive"]> };

/** One intact archive: where it is in this region, what it is called, and what its bytes must come to. */
export type ChosenArchive = Chosen & {
  from: { bucket: string; key: string; versionId?: string };
  /** The key under which it arrived. */
  key: string;
  sizeBytes: number;
  sha256: string;
};

/** Plans the restore of one archive from its copy in this region. Changes nothing. Throws `Problem`. */
export async function planArchive(
  world: RestoreWorld,
  source: ArchivesSource,
  request: RestoreRequest,
): Promise<ArchivePlan> {
  const { region, environment, objects } = world;
  const { point, verified, notes, from, key, sizeBytes, sha256 } = await chooseArchive(
    world,
    source,
    request,
  );
  if (!request.as)
    throw new Problem(
      "invalid",
      "an archive is restored into a bucket or a folder that you name",
      "Write --as <bucket>, or --to <folder>.",
    );
  if (!(await objects.bucket(request.as)))
    throw new Problem("not-found", `there is no bucket ${request.as} in ${region}`, "Create it first.");
  const into = { bucket: request.as, key };
  const step = {
    name: "objects",
    does: `Copies the archive to s3://${into.bucket}/${key} and holds it to its checksum`,
    calls: ["s3:HeadObject", "s3:CopyObject", "s3:UploadPartCopy"],
  };
  return {
    ...{ point, verified, notes, dataAt: new Date(pointMs(point)).toISOString() },
    ...{ from: `s3://${from.bucket}/${from.key}`, into: `s3://${into.bucket}/${key}` },
    archive: { from, into, sizeBytes, sha256 },
    steps: withExpectations([...approvalSteps(environment, request), step], await pastOf(world, source.name)),
  };
}

/** The archive that is meant, of those that are intact in this region. Throws `Problem`. */
export async function chooseArchive(
  world: RestoreWorld,
  source: ArchivesSource,
  request: Pick<RestoreRequest, "wanted">,
): Promise<ChosenArchive> {
  const { catalog, region } = world;
  const chosen = await choose(world, source, request);
  const { archive } = await catalog.readPoint(pointKey(source.name, chosen.point, `verified-${region}`));
  const original = await catalog.readPoint(pointKey(source.name, chosen.point, "available"));
  if (!archive?.sha256)
    throw new Problem("invalid", `the fact of ${chosen.point} has no SHA-256`, "Verify the archive again.");
  const { bucket, versionId, sizeBytes, sha256 } = archive;
  return {
    ...chosen,
    from: { bucket, key: archive.key, ...(versionId ? { versionId } : {}) },
    key: original.archive?.key ?? archive.key,
    ...{ sizeBytes, sha256 },
  };
}

async function choose(
  world: RestoreWorld,
  source: ArchivesSource,
  { wanted }: Pick<RestoreRequest, "wanted">,
): Promise<Chosen> {
  const place = placeOf(world);
  const points = await pointsKnown(world, source.name);
  const intact = points.filter(({ facts }) => facts.has(`verified-${world.region}`));
  if (wanted.which !== "time") return choosePoint(source.name, intact, place, wanted);
  const untilMs = wanted.at === "latest" ? Number.POSITIVE_INFINITY : Date.parse(wanted.at);
  const found = intact.findLast((state) => isPresent(state, place) && pointMs(state.point) <= untilMs);
  if (found) return { point: found.point, verified: isVerified(found), notes: [] };
  throw new Problem(
    "not-found",
    `no intact archive of "${source.name}" in ${world.region} had arrived by ${wanted.at}`,
    `See: holdfast points ${source.name}.`,
  );
}
