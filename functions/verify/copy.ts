import { createHash } from "node:crypto";
import { archiveKey, pointKey } from "../catalog/keys.ts";
import type { PointFact } from "../core/fact.ts";
import type { Finding } from "../core/finding.ts";
import { vaultName } from "../core/names.ts";
import { Problem } from "../core/problem.ts";
import type { PointId } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import { endFindings, openFinding } from "../passes/findings.ts";
import type { World } from "../world.ts";
import { countGarbage } from "./garbage.ts";
import { familyOf } from "./point.ts";

type Place = { bucket: string; key: string };
type Archive = NonNullable<PointFact["archive"]>;

/**
 * Fetches a verified archive into this region's vault and reads the copy again, here: it is verified when its
 * SHA-256 is the one that was recorded on arrival. Repeatable: a copy that is right is not made again, one that is
 * wrong is. Throws `Problem`; not-found while the fact has not been mirrored.
 */
export async function copyArchive(world: World, source: ArchivesSource, point: PointId): Promise<void> {
  const { catalog, objects, region, environment } = world;
  const fact = pointKey(source.name, point, `verified-${environment.primaryRegion}`);
  const { archive } = await catalog.readPoint(fact);
  if (!archive?.sha256) {
    throw new Problem("invalid", `the fact of ${point} has no SHA-256`, "Verify the archive again.");
  }
  const version = archive.versionId ? { versionId: archive.versionId } : {};
  const from = { bucket: archive.bucket, key: archive.key, ...version };
  const fileName = archive.key.slice(archive.key.lastIndexOf("/") + 1);
  const to = { bucket: vaultName(environment, region), key: archiveKey(source.name, point, fileName) };

  let sha256 =
    (await objects.head(to))?.sizeBytes === archive.sizeBytes ? await sha256Of(world, to) : undefined;
  if (sha256 !== archive.sha256) {
    await objects.copy({ from, to, sizeBytes: archive.sizeBytes, storageClass: "STANDARD" });
    sha256 = await sha256Of(world, to);
  }
  const { versionId } = (await objects.head(to)) ?? {};
  const { versionId: _ofTheSource, ...same } = archive;
  const copy = { ...same, ...to, ...(versionId ? { versionId } : {}) };
  const base = { schema: 1, at: world.now().toISOString(), source: source.name, point, region } as const;
  await catalog.recordPoint(`copied-${region}`, { ...base, fact: "copied", archive: copy });
  const damage = damagedCopy(world, source, point, { archive, sha256 });
  if (sha256 !== archive.sha256) return openFinding(world, damage);
  const evidence = [
    "The copy's SHA-256, read again in this region, is the one that was recorded on arrival.",
  ];
  const verified = { ...base, fact: "verified", level: "intact", archive: { ...copy, evidence } } as const;
  await catalog.recordPoint(`verified-${region}`, verified);
  const reason = `The copy of "${archive.key}" was made again and is intact.`;
  await endFindings(
    world,
    source.name,
    ["archive-damaged"],
    ({ detail }) => detail === damage.detail,
    reason,
  );
}

/** What is said of a copy whose digest is not the one that arrived. */
export function damagedCopy(
  { region, now }: World,
  source: ArchivesSource,
  point: PointId,
  { archive, sha256 }: { archive: Archive; sha256: string },
): Finding {
  const name = archive.key.slice(archive.key.lastIndexOf("/") + 1);
  return {
    kind: "archive-damaged",
    source: source.name,
    // By the file's name, which the archive has in the drop and in the vault.
    detail: `${point.slice(-8)}-${familyOf(name)}-${region}`,
    since: `${now().toISOString().slice(0, 19)}Z`,
    region,
    message: `The copy of "${archive.key}" in ${region} has SHA-256 ${sha256}; ${archive.sha256} arrived.`,
    fix: "See who can write to the vault; verify the archive again.",
  };
}

/** The digest of an object, read to its end. Throws `Problem`. */
export async function sha256Of({ objects }: World, at: Place): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of (await objects.open(at)) as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      countGarbage(chunk.length);
    }
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw new Problem("unavailable", `reading ${at.key} broke off`, "It is tried again later.", thrown);
  }
  return hash.digest("hex");
}
