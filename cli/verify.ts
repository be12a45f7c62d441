import { Problem } from "../functions/core/problem.ts";
import { pointIdPattern } from "../functions/core/slot.ts";
import type { ApiVerb } from "./verb.ts";
import { verifyArchive } from "./verify-archive.ts";
import { sayCompared, saySweep } from "./verify-point.ts";

/** Compares a point with what was recorded of it, or an archive with what it should be, and says what that proves. */
export const verify: ApiVerb = async ([name = "", what = ""], client, options, io) => {
  const { source } = await client.ask("getSource", { params: { source: name } });
  if (source.kind === "archives") return verifyArchive(source, what, client, options, io);
  if (!pointIdPattern.test(what)) {
    throw new Problem(
      "invalid",
      `"${what}" is not a point of "${name}"`,
      `Choose one of: holdfast points ${name}.`,
    );
  }
  const { region } = options;
  const params = { source: name, point: what };
  const checked = await client.ask("checkPoint", { params, query: region === undefined ? {} : { region } });
  return checked.sweep ? saySweep(checked, checked.sweep) : sayCompared(checked);
};
