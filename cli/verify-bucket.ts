import { pointKey } from "../functions/catalog/keys.ts";
import { replicaName } from "../functions/core/names.ts";
import type { BucketSource } from "../functions/core/source.ts";
import type { House } from "./house.ts";
import type { Outcome } from "./verb.ts";

/** Says what the sweep of the point compared. A new comparison is a new point: `holdfast backup`. */
export async function verifyBucket(source: BucketSource, point: string, house: House): Promise<Outcome> {
  const { environment, world } = house;
  const { sweep, at } = await world.catalog.readPoint(pointKey(source.name, point, "available"));
  const { objects = 0, bytes = 0, copied = 0 } = sweep ?? {};
  const replica = replicaName(environment, source.name, environment.recoveryRegion);
  return {
    json: { source: source.name, point, at, replica, objects, bytes, copied, restorable: "not proved" },
    text: [
      `${at}: the sweep for ${point} listed "${source.bucket}" and its replica "${replica}" side by side:`,
      `  ${objects} objects of ${bytes} bytes, of which ${copied} were missing or different and were copied;`,
      "  each copy's checksum was compared with its source's when it was made, and nothing was left over.",
      "Not proved: that what lies in the replica now is what it was then.",
      `To compare again now: holdfast backup ${source.name}`,
    ],
    exitCode: 0,
  };
}
