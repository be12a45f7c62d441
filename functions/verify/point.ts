import { createHash } from "node:crypto";
import { type PointId, slotOf } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import type { World } from "../world.ts";

/** What S3 says of an archive. */
export type Head = NonNullable<Awaited<ReturnType<World["objects"]["head"]>>>;

/**
 * The point of what lies at a key: the minute of its arrival, and 8 hex digits of which object it is. The ETag and not
 * the version id stands for the object: a listing has it too, so that a sweep needs no call per object.
 */
export function pointOf(key: string, { lastModified, etag }: Pick<Head, "lastModified" | "etag">): PointId {
  return `${slotOf(new Date(lastModified))}-${digest(`${key}\n${etag.replaceAll('"', "")}`)}`;
}

/** Eight hex digits that stand for all archives of one job: the key with its dates, counters and random ids left out. */
export function familyOf(key: string): string {
  return digest(key.replace(/[0-9a-f]{8,}|\d+/gi, "#"));
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

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
