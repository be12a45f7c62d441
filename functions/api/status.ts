import type { ApiWorld } from "../api-world.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { reportValidSeconds, type StatusReport } from "../core/report.ts";
import type { Look } from "./operation.ts";

/** How protected everything is, as this region's watch saw it last; one that is too old says nothing about now. */
export const getStatus: Look<"getStatus"> = async (_input, { world }) => {
  const report = await readReport(world);
  const ageSeconds = ageOf(report, world.now());
  const stale = ageSeconds > reportValidSeconds;
  return { ...report, ok: report.ok && !stale, ageSeconds, stale };
};

/** The watch's last report. Throws `Problem` unavailable if there has been none yet. */
export async function readReport({ catalog, region }: ApiWorld): Promise<StatusReport> {
  try {
    return await catalog.readStatus();
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code !== "not-found") throw problem;
    throw new Problem(
      "unavailable",
      `The watch in ${region} has not reported yet`,
      "It looks every 5 minutes; ask again then.",
    );
  }
}

/** The same, or undefined where there is none. */
export async function reportIfAny(world: ApiWorld): Promise<StatusReport | undefined> {
  try {
    return await readReport(world);
  } catch (thrown) {
    if (asProblem(thrown).code === "unavailable") return undefined;
    throw thrown;
  }
}

function ageOf({ at }: StatusReport, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - Date.parse(at)) / 1_000));
}
