import { createHash } from "node:crypto";
import { type PointId, slotOf } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import type { World } from "../world.ts";

/** What S3 says of an archive. */
export type Head = NonNullable<Awaited<ReturnType<World["objects"]["head"]>>>;

/** The point of one version of one object: the minute of its arrival, and 8 hex digits of which object it is. */
export function pointOf(
  key: string,
  { lastModified, versionId, etag }: Pick<Head, "lastModified" | "versionId" | "etag">,
): PointId {
  const digest = createHash("sha256")
    .update(`${key}\n${versionId ?? etag}`)
    .digest("hex")
    .slice(0, 8);
  return `${slotOf(new Date(lastModified))}-${digest}`;
}

/** The source whose drop an object is in. */
export function sourceOf({ environment }: World, bucket: string, key: string): ArchivesSource | undefined {
  return environment.sources.find(
    (source): source is ArchivesSource =>
      source.kind === "archives" && source.bucket === bucket && key.startsWith(source.prefix),
  );
}

/** The archives source of a name. */
export function archivesNamed({ environment }: World, name: string): ArchivesSource | undefined {
  return environment.sources.find(
    (source): source is ArchivesSource => source.kind === "archives" && source.name === name,
  );
}

/** Objects that speak about archives and are none: digests, manifests, and the folders that consoles make. */
export function isSidecar(key: string): boolean {
  return /(\.sha256|(^|\/)manifest\.json|\/)$/.test(key);
}
