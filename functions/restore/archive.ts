import { Problem } from "../core/problem.ts";
import type { RestoredObjects, RestoreRequest } from "../core/restore.ts";
import type { RestoreWorld } from "../restore-world.ts";
import type { ArchivePlan } from "./archive-plan.ts";
import type { Run } from "./database.ts";
import { noCounts } from "./objects-part.ts";

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
  world: RestoreWorld,
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

async function headsOf({ from: at, into }: ArchivePlan["archive"], { objects }: RestoreWorld) {
  const from = refOf(at);
  const wanted = await objects.head(from);
  if (wanted) return [wanted, await objects.head(into)] as const;
  const what = `the archive s3://${from.bucket}/${from.key} is not there any more`;
  throw new Problem("not-found", what, "Choose another point, or another region.");
}

function refOf({ bucket, key, versionId }: ArchivePlan["archive"]["from"]) {
  return { bucket, key, ...(versionId ? { versionId } : {}) };
}

type Head = NonNullable<Awaited<ReturnType<RestoreWorld["objects"]["head"]>>>;

/** By the checksum that S3 made of the whole; by the ETag where it keeps none. */
function same(a: Head, b: Head): boolean {
  if (a.sizeBytes !== b.sizeBytes) return false;
  if (a.checksum && a.checksum.split(":")[0] === b.checksum?.split(":")[0]) return a.checksum === b.checksum;
  return a.etag === b.etag;
}
