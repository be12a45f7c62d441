import { pointKey } from "../catalog/keys.ts";
import { asProblem } from "../core/problem.ts";
import type { PointId } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import { log } from "../glue.ts";
import { openFinding } from "../passes/findings.ts";
import type { World } from "../world.ts";
import { copyArchive, damagedCopy, sha256Of } from "./copy.ts";

/**
 * Reads the copy of an archive in this region's vault again and records what that told. One that is not what was
 * recorded is a finding at once, and is then made anew where its source is still to be had, which ends the finding.
 * Repeatable: what was read under this id is not read again. Throws `Problem`.
 */
export async function scrubCopy(
  world: World,
  source: ArchivesSource,
  point: PointId,
  checkId: string,
): Promise<void> {
  const { catalog, objects, region } = world;
  const name = `checked-${region}-${checkId}` as const;
  if (await isKnown(world, pointKey(source.name, point, name))) return;
  const { archive } = await catalog.readPoint(pointKey(source.name, point, `verified-${region}`));
  if (!archive?.sha256) return log("nothing to scrub", { source: source.name, point });
  const at = { bucket: archive.bucket, key: archive.key };
  const there = await objects.head(at);
  const sha256 = there ? await sha256Of(world, at) : "gone";
  const base = { schema: 1, at: world.now().toISOString(), source: source.name, point, region } as const;
  if (sha256 === archive.sha256) {
    const evidence = ["Read again, the copy's SHA-256 is the one that was recorded on arrival."];
    const intact = { level: "intact", archive: { ...archive, evidence } } as const;
    await catalog.recordPoint(name, { ...base, fact: "verified", ...intact });
    return;
  }
  await openFinding(world, damagedCopy(world, source, point, { archive, sha256 }), true);
  const reason = `read again, its SHA-256 is ${sha256}`;
  await catalog.recordPoint(name, { ...base, fact: "failed", archive, reason });
  await copyArchive(world, source, point);
}

async function isKnown({ catalog }: World, key: string): Promise<boolean> {
  try {
    await catalog.readPoint(key);
    return true;
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return false;
    throw thrown;
  }
}
