import type { Answer } from "../functions/core/api/routes.ts";
import type { CheckedPlace } from "../functions/core/api/upkeep.ts";
import { type ProblemCode, problemCodes } from "../functions/core/problem.ts";
import type { Outcome } from "./verb.ts";

type Checked = Answer<"checkPoint">;

/** What comparing a database's snapshots with their facts came to. */
export function sayCompared({ source, point, regions }: Checked): Outcome {
  const wrong = regions.flatMap(({ checks }) => checks).filter(({ ok }) => !ok);
  const problem = regions.find((one) => one.problem)?.problem;
  const code = wrong.length > 0 ? "damaged" : (problem?.code as ProblemCode | undefined);
  return {
    json: { source, point, intact: !code, restorable: "not proved", regions },
    text: [
      ...regions.flatMap(lines),
      "",
      `Not proved here: that it can be restored. See: holdfast drill ${source} --report`,
    ],
    exitCode: code ? problemCodes[code].exitCode : 0,
  };
}

/** What the sweep of a bucket's point compared. A new comparison is a new point: `holdfast backup`. */
export function saySweep({ source, point }: Checked, sweep: NonNullable<Checked["sweep"]>): Outcome {
  const { at, bucket, replica, objects, bytes, copied } = sweep;
  return {
    json: { source, point, at, replica, objects, bytes, copied, restorable: "not proved" },
    text: [
      `${at}: the sweep for ${point} listed "${bucket}" and its replica "${replica}" side by side:`,
      `  ${objects} objects of ${bytes} bytes, of which ${copied} were missing or different and were copied;`,
      "  each copy's checksum was compared with its source's when it was made, and nothing was left over.",
      "Not proved: that what lies in the replica now is what it was then.",
      `To compare again now: holdfast backup ${source}`,
    ],
    exitCode: 0,
  };
}

function lines({ region, artefact, checks, problem }: CheckedPlace): string[] {
  if (problem) return [`${region}: not checked: ${problem.message}`];
  return [
    `${region}: ${artefact}`,
    ...checks.map(({ what, recorded, found, ok }) =>
      ok ? `  same   ${what}: ${found}` : `  WRONG  ${what}: recorded ${recorded}, found ${found}`,
    ),
  ];
}
