import { replicaName } from "../core/names.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { confidenceOf, sampleSize } from "../core/sample.ts";
import type { Kept, Steps } from "../core/workflow.ts";
import type { DrillWorld } from "../drill-world.ts";
import type { Begun } from "./begin.ts";
import type { Found } from "./found.ts";
import { type Counts, readReplica } from "./replica.ts";

/** A part of the reading takes some minutes: 500 are more than three days. */
const maxParts = 500;

/**
 * Reads a random sample of a bucket's replica, and all that changed since the last drill that passed, whole and again,
 * and holds each object to the checksum that S3 has kept of it since it was copied. Nothing is made for it.
 */
export async function drillBucket(begun: Begun, steps: Steps, world: DrillWorld): Promise<Found> {
  try {
    const size = await steps.step("count", () => countReplica(begun, world));
    let counts: Kept<Counts> | undefined;
    let parts = 0;
    do {
      if (parts >= maxParts)
        throw new Problem("unavailable", "its replica was not read in time", "Report this.");
      // Waiting ends the invocation: the next one has all of its quarter of an hour.
      if (parts > 0) await steps.waitFor(`before part ${parts + 1}`, 1);
      const part = ++parts;
      const before = counts;
      counts = await steps.step(`read, part ${part}`, () => readReplica(begun, size, before, world));
    } while (counts.after !== undefined);
    return foundIn(begun, size, counts, bucketOf(begun, world));
  } catch (thrown) {
    return { outcome: "broken-off", reason: asProblem(thrown).message, checks: [], differences: [] };
  }
}

/** How large the replica is: what there is to draw from. */
export type Size = { objects: number; bytes: number };

/** The replica's bucket. */
export function bucketOf({ source }: Begun, { environment }: DrillWorld): string {
  return replicaName(environment, source.name, environment.recoveryRegion);
}

/** The sweep that made the point has counted; where it did not, the replica is listed for it. */
async function countReplica(begun: Begun, world: DrillWorld): Promise<Size> {
  if (begun.sweep) return { objects: begun.sweep.objects, bytes: begun.sweep.bytes };
  const size: Size = { objects: 0, bytes: 0 };
  for await (const { sizeBytes } of world.objects.list({ bucket: bucketOf(begun, world) })) {
    size.objects += 1;
    size.bytes += sizeBytes;
  }
  return size;
}

function foundIn(begun: Begun, size: Size, counts: Kept<Counts>, bucket: string): Found {
  const sample = begun.source.plan.drill?.sample ?? { confidence: 0.99, damage: 0.01 };
  const { objects, sampled, changed, readBytes, compared, onlyRead, unread, differences, at } = counts;
  // Objects come and go while they are listed: what was drawn is held against what was there then.
  const population = Math.max(objects, size.objects);
  const confidence = confidenceOf(population, sampled, sample.damage);
  const wanted = sampleSize(population, sample);
  const sure = confidence >= sample.confidence;
  const read = sampled + changed;
  const bad = differences.length;
  return {
    outcome: bad > 0 ? "failed" : "passed",
    ...(bad > 0
      ? {
          reason: differences
            .slice(0, 3)
            .map(({ sentence }) => sentence)
            .join("; "),
        }
      : {}),
    checks: [
      {
        name: "sample",
        outcome: bad > 0 ? "failed" : sure ? "passed" : "unproved",
        value: `${sampled} of ${population} objects`,
        expected: `${wanted} or more`,
        sentence:
          bad > 0
            ? `${bad} of ${read} objects that were read are damaged`
            : `${sampled} random objects were read whole; damage of ${100 * sample.damage} % would have been met with ${percent(confidence)}`,
      },
      {
        name: "changed",
        outcome: bad > 0 ? "failed" : "passed",
        value: `${changed} objects`,
        sentence: begun.since
          ? `all ${changed} objects that changed since ${begun.since} were read besides`
          : "it is the first drill: nothing has changed since an earlier one",
      },
      {
        name: "checksums",
        outcome: onlyRead > 0 ? "unproved" : "passed",
        value: `${compared} compared, ${onlyRead} only read`,
        sentence:
          onlyRead > 0
            ? `of ${onlyRead} objects S3 keeps no checksum of the whole: they could be read, and have their size`
            : `${compared} objects have the checksum that S3 has kept of them since they were copied`,
      },
      ...(unread > 0
        ? [
            {
              name: "archived",
              outcome: "unproved" as const,
              value: `${unread} objects`,
              sentence: `${unread} objects are in an archive class, and cannot be read as they are`,
            },
          ]
        : []),
    ],
    differences,
    secondsToChecked: (Date.parse(at) - Date.parse(begun.startedAt)) / 1_000,
    objects: {
      ...{ bucket, objects: population, bytes: size.bytes, sampled, confidence, damage: sample.damage },
      ...{ changed, readBytes, compared, onlyRead, unread },
      ...(begun.since ? { since: begun.since } : {}),
    },
  };
}

function percent(confidence: number): string {
  return `${(100 * confidence).toFixed(2)} %`;
}
