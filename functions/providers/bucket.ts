import { paginateListBuckets, type S3Client } from "@aws-sdk/client-s3";
import { awsProblem } from "../core/aws-error.ts";
import type { Publish } from "../core/event.ts";
import type { Observation, Provider } from "../core/provider.ts";

/**
 * Buckets. A point of a bucket has no artefact of its own: the replica's object versions are it. To take one is
 * to ask for a sweep, which compares source and replica and records what it proved.
 */
export function bucketProvider(at: { client: S3Client; publish: Publish }): Provider {
  return {
    kind: "bucket",
    observe: () => observeBuckets(at.client),
    take: (source, point) => at.publish("Bucket Sweep Requested", { source: source.name, point }),
    // The sweep copies: a bucket's point is taken and copied in one.
    copy: async () => {},
    inspect: async () => undefined,
    remove: async () => ({}),
  };
}

/** The buckets that exist in the client's account and region. */
async function observeBuckets(client: S3Client): Promise<Observation> {
  const sources: Observation["sources"] = new Map();
  try {
    for await (const page of paginateListBuckets({ client }, { MaxBuckets: 1_000 })) {
      for (const { Name } of page.Buckets ?? []) {
        if (Name) sources.set(Name, { encrypted: true, available: true });
      }
    }
  } catch (thrown) {
    throw awsProblem(thrown, "the list of buckets");
  }
  return { sources, artefacts: [] };
}
