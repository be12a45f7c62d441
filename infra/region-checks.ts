import { partitionOf, vaultName } from "../functions/core/names.ts";
import type { CheckedFile } from "./environment-file.ts";
import { type Mistake, nearest } from "./mistake.ts";
import { knownRegions } from "./regions.ts";

/** Checks the two regions, each by itself and as a pair, and the names that follow from them. */
export function checkRegions(file: CheckedFile): Mistake[] {
  const { primaryRegion, recoveryRegion } = file;
  const mistakes = (["primaryRegion", "recoveryRegion"] as const).flatMap((field) => unusable(file, field));
  if (mistakes.length > 0) return mistakes;
  const path = ["recoveryRegion"];
  if (primaryRegion === recoveryRegion) {
    const why = "the primary region itself, so that one failure takes both";
    return [{ path, why, write: `another region of the partition ${partitionOf(primaryRegion)}` }];
  }
  if (partitionOf(primaryRegion) !== partitionOf(recoveryRegion)) {
    const why = `in another partition than ${primaryRegion}, and nothing is copied between partitions`;
    return [{ path, why, write: `a region of the partition ${partitionOf(primaryRegion)}` }];
  }
  return tooLong(file);
}

function unusable(file: CheckedFile, field: "primaryRegion" | "recoveryRegion"): Mistake[] {
  const region = file[field];
  if (knownRegions().includes(region)) return [];
  if (region.startsWith("cn-")) {
    const why = "in China, where RDS copies no snapshots between regions";
    return [{ path: [field], why, write: "a region outside of China" }];
  }
  const write = nearest(region, knownRegions()) || 'a region like "eu-west-1"';
  return [{ path: [field], why: "no region that Holdfast knows", write }];
}

/** S3 allows bucket names of 63 characters. */
function tooLong(file: CheckedFile): Mistake[] {
  const longest = [file.primaryRegion, file.recoveryRegion].map((region) => vaultName(file, region));
  const excess = Math.max(...longest.map((bucket) => bucket.length)) - 63;
  if (excess <= 0) return [];
  const why = `which makes the vault's name ${63 + excess} characters long where S3 allows 63`;
  return [{ path: ["name"], why, write: `a name of at most ${file.name.length - excess} characters` }];
}
