import type { Blobs } from "../blobs.ts";
import type { Service, Twin } from "../twin.ts";
import { bucketOperations } from "./s3-buckets.ts";
import { copyOperations } from "./s3-copy.ts";
import { KeyIndex } from "./s3-keys.ts";
import { listOperations } from "./s3-list.ts";
import { objectOperations } from "./s3-objects.ts";
import { awsLimits, type Bucket, type History, type Limits, Store } from "./s3-state.ts";
import { tagOperations } from "./s3-tags.ts";
import { uploadOperations } from "./s3-uploads.ts";

type SavedBucket = Omit<Bucket, "keys" | "uploads"> & { histories: History[] };

/** S3: buckets of several regions, versions, conditional writes, checksums, Object Lock, copies and events. */
export function s3Service(
  twin: Twin,
  blobs: Blobs,
  limits: Partial<Limits> = {},
): Service & { store: Store } {
  const store = new Store(twin, blobs, { ...awsLimits, ...limits });
  return {
    name: "s3",
    store,
    operations: {
      ...bucketOperations(store),
      ...objectOperations(store),
      ...listOperations(store),
      ...copyOperations(store),
      ...tagOperations(store),
      ...uploadOperations(store),
    },
    save() {
      blobs.settle();
      const buckets = [...store.buckets.values()].map(({ keys, uploads: _, ...bucket }) => ({
        ...bucket,
        histories: [...keys],
      }));
      return { count: store.count, buckets };
    },
    load(state) {
      const saved = state as { count: number; buckets: SavedBucket[] };
      store.count = saved.count;
      for (const { histories, ...bucket } of saved.buckets) {
        const keys = new KeyIndex<History>();
        for (const history of histories) {
          keys.add(history);
          for (const version of history.versions) if (version.kind === "data") store.hold(version.segments);
        }
        store.buckets.set(bucket.name, { ...bucket, keys, uploads: new Map() });
      }
      blobs.keepHeld();
    },
  };
}
