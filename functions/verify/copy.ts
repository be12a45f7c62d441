import { createHash } from "node:crypto";
import { archiveKey, pointKey } from "../catalog/keys.ts";
import { vaultName } from "../core/names.ts";
import { Problem } from "../core/problem.ts";
import type { PointId } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import type { World } from "../world.ts";
import { endFindings, openFinding } from "./findings.ts";

/**
 * Fetches a verified archive into this region's vault and reads the copy again, here: it is verified when its
 * SHA-256 is the one that was recorded on arrival. Repeatable. Throws `Problem`.
 */
export async function copyArchive(world: World, source: ArchivesSource, point: PointId): Promise<void> {
  const { catalog, objects, region, environment } = world;
  const { archive } = await catalog.readPoint(
    pointKey(source.name, point, `verified-${environment.primaryRegion}`),
  );
  if (!archive?.sha256)
    throw new Problem("invalid", `the fact of ${point} has no SHA-256`, "Verify the archive again.");
  const from = {
    bucket: archive.bucket,
    key: archive.key,
    ...(archive.versionId ? { versionId: archive.versionId } : {}),
  };
  const fileName = archive.key.slice(archive.key.lastIndexOf("/") + 1);
  const to = { bucket: vaultName(environment, region), key: archiveKey(source.name, point, fileName) };
  const there = await objects.head(to);
  if (there?.sizeBytes !== archive.sizeBytes) {
    await objects.copy({ from, to, sizeBytes: archive.sizeBytes, storageClass: "STANDARD" });
  }
  const copy = { ...archive, bucket: to.bucket, key: to.key };
  const base = { schema: 1, at: world.now().toISOString(), source: source.name, point, region } as const;
  await catalog.recordPoint(`copied-${region}`, { ...base, fact: "copied", archive: copy });

  const hash = createHash("sha256");
  for await (const chunk of await objects.open(to)) hash.update(chunk as Uint8Array);
  const sha256 = hash.digest("hex");
  if (sha256 !== archive.sha256) {
    await openFinding(world, {
      kind: "archive-damaged",
      source: source.name,
      detail: `${region}-${point.slice(-8)}`,
      since: base.at.slice(0, 19).concat("Z"),
      region,
      message: `The copy of "${archive.key}" in ${region} has SHA-256 ${sha256}; ${archive.sha256} arrived.`,
      fix: "See who can write to the vault; verify it again.",
    });
    return;
  }
  const evidence = [
    "The copy's SHA-256, read again in this region, is the one that was recorded on arrival.",
  ];
  await catalog.recordPoint(`verified-${region}`, {
    ...base,
    fact: "verified",
    level: "intact",
    archive: { ...copy, evidence },
  });
  await endFindings(
    world,
    source.name,
    ["archive-damaged"],
    base.at,
    `A copy made later, of ${point}, is intact.`,
  );
}
