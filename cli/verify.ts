import { Problem } from "../functions/core/problem.ts";
import { pointIdPattern } from "../functions/core/slot.ts";
import { sourceNamed } from "./house.ts";
import type { Verb } from "./verb.ts";
import { verifyArchive } from "./verify-archive.ts";
import { verifyBucket } from "./verify-bucket.ts";
import { verifyDatabase } from "./verify-database.ts";

/** Compares a point with what was recorded of it, or an archive with what it should be, and says what that proves. */
export const verify: Verb = async ([name = "", what = ""], house, options, io) => {
  const source = sourceNamed(house, name);
  if (source.kind === "archives") return verifyArchive(source, what, house, options, io);
  if (!pointIdPattern.test(what)) {
    throw new Problem(
      "invalid",
      `"${what}" is not a point of "${name}"`,
      `Choose one of: holdfast points ${name}.`,
    );
  }
  if (source.kind === "bucket") return verifyBucket(source, what, house);
  return verifyDatabase(source, what, house, options, io);
};
