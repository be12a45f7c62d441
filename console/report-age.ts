import type { Answer } from "../functions/core/api/routes.ts";

/** A report that is older says nothing about now: three passes of the watch. As `functions/core/report.ts` has it. */
const validSeconds = 900;

/** How old a report is by now, and whether that is too old; also when no newer answer came for a while. */
export function reportAge(
  { at, stale }: Answer<"getStatus">,
  nowMs: number,
): { seconds: number; stale: boolean } {
  const seconds = Math.max(0, (nowMs - Date.parse(at)) / 1_000);
  return { seconds, stale: stale || seconds > validSeconds };
}
