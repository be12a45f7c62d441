import { writeFile } from "node:fs/promises";
import { Problem, problemCodes } from "../functions/core/problem.ts";
import { slotPattern } from "../functions/core/slot.ts";
import type { Client } from "./client.ts";
import { readEnded } from "./drills.ts";
import { htmlOf } from "./report/html.ts";
import { markdownOf } from "./report/markdown.ts";
import { reportOf } from "./report/model.ts";
import type { Io, Options, Outcome } from "./verb.ts";

/** So many drills are reported; a year of weekly ones and more. */
const reported = 100;

/**
 * What the drills of a source have proved, for people who were not there: Markdown on the terminal, or a file, by the
 * ending of its name HTML (.html) or Markdown (.md). `named`: `<source>`, or `<source>/<drill>` for an older one.
 */
export async function drillReport(named: string, client: Client, options: Options, io: Io): Promise<Outcome> {
  const { file } = options;
  const [name = "", slot] = named.split("/");
  if (slot !== undefined && !slotPattern.test(slot))
    throw new Problem("invalid", `"${slot}" names no drill`, "Write <source>/20261121T0300Z.");
  const { source } = await client.ask("getSource", { params: { source: name } });
  const { ended, region } = await readEnded(client, name, reported);
  const { environment: of, account } = client.about;
  const environment = { name: of, account };
  const about = { source, environment, region, now: io.now(), ended };
  const report = reportOf({ ...about, ...(slot ? { drill: slot } : {}) });
  if (slot && !report.shown)
    throw new Problem(
      "not-found",
      `No drill ${slot} of "${name}" has ended`,
      `See: holdfast drill ${name} --report`,
    );
  const exitCode = report.shown?.signature.mismatches.length ? problemCodes.damaged.exitCode : 0;
  if (!file) return { json: report, text: markdownOf(report).trimEnd().split("\n"), exitCode };
  const html = /\.html?$/.test(file);
  if (!html && !file.endsWith(".md"))
    throw new Problem("invalid", `It is not clear what ${file} is to be`, "Name it .html or .md.");
  await writeFile(file, html ? htmlOf(report) : markdownOf(report)).catch((thrown: unknown) => {
    throw new Problem("invalid", `${file} cannot be written`, "Look at its folder and rights.", thrown);
  });
  return {
    json: { ...report, file },
    text: [`${report.verdict.sentence} The report is in ${file}.`],
    exitCode,
  };
}
