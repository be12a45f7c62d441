import type { Publish } from "../core/event.ts";
import type { Provider, Removal } from "../core/provider.ts";
import type { PointId } from "../core/slot.ts";

/**
 * Drops of archives. Archives arrive by themselves; to take a point is to ask for a sweep of the drop, which
 * verifies whatever arrived unseen. To copy one is to ask this region's `verify` to fetch and compare it.
 */
export function archivesProvider(at: {
  publish: Publish;
  /** Deletes the copy of an archive from this region's vault. */
  erase: (source: string, point: PointId) => Promise<Removal>;
}): Provider {
  return {
    kind: "archives",
    // The bucket that the archives drop into is observed with the other buckets.
    observe: async () => ({ sources: new Map(), artefacts: [] }),
    take: (source, point) => at.publish("Archives Sweep Requested", { source: source.name, point }),
    copy: (source, point) => at.publish("Archive Copy Requested", { source: source.name, point }),
    inspect: async () => undefined,
    // The archive in the drop is its owner's; ours is the copy in the vault.
    remove: (source, point) => at.erase(source.name, point),
  };
}
