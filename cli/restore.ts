import { formatDuration } from "../functions/core/duration.ts";
import { Problem } from "../functions/core/problem.ts";
import type { PlanFact } from "../functions/core/restore.ts";
import type { Client } from "./client.ts";
import { sourceNamed } from "./house.ts";
import { downloadArchive } from "./restore-download.ts";
import { follow, reportOf } from "./restore-follow.ts";
import { requestOf } from "./restore-request.ts";
import { table } from "./table.ts";
import type { ApiVerb, Options, Outcome, RestoreOptions, Verb } from "./verb.ts";

/** The options that are a restore's own. */
export const restoreOwn: (keyof RestoreOptions)[] = [
  ...(["latest", "point", "toTime", "as", "prefix", "keys", "replace", "skipPrebackup", "confirm"] as const),
  ...(["subnetGroup", "securityGroup", "class", "hydrate", "deletions", "overwrite", "to"] as const),
];

/**
 * Brings a source back, in the primary region or in the one that is named. What can be seen to be wrong is refused before
 * anything is begun; `--dry-run` ends with the plan. What runs is a durable function: nothing is lost if this command is
 * interrupted.
 */
export const restore: ApiVerb = async ([name = ""], client, options, io) => {
  const { source } = await client.ask("getSource", { params: { source: name } });
  const region = regionOf(client, options);
  const { id: _, ...wish } = requestOf(source, options, io.now());
  const body = { ...wish, region };
  if (options.dryRun) return dryRun(name, (await client.ask("planRestore", { body })).plan, region);
  const started = await client.ask("createRestore", { body });
  io.tell(`Restore ${started.id} runs in ${region}; it goes on without this command.`);
  if (!options.wait) return begun(started.id, region);
  return reportOf(await follow(started, client, options, io));
};

/** The same of an archive into a folder of this machine, which needs the vault itself: the API hands out no data. */
export const restoreHere: Verb = async ([name = ""], house, options, io) => {
  const source = sourceNamed(house, name);
  return downloadArchive(source, requestOf(source, options, io.now()), options, house, io);
};

/** That the primary region did not answer once is no reason to bring something up in the other: that is a person's word. */
function regionOf({ about, silent }: Client, { region, dryRun }: Options): string {
  const { primaryRegion } = about;
  if (region) return region;
  const lost = silent.find((one) => one.region === primaryRegion);
  if (!lost) return primaryRegion;
  if (dryRun) return about.region;
  throw new Problem(
    "unavailable",
    `${primaryRegion} does not answer (${lost.reason})`,
    `To restore in ${about.region} write --region ${about.region}: then nothing else is asked.`,
  );
}

function begun(id: string, region: string): Outcome {
  return {
    json: { restore: id, region, state: "requested" },
    text: [`Follow it with: holdfast restore status ${id} --region ${region}`],
    exitCode: 0,
  };
}

function dryRun(source: string, plan: PlanFact, region: string): Outcome {
  const known = plan.steps.filter(({ expectedSeconds }) => expectedSeconds !== undefined);
  const total = known.reduce((sum, { expectedSeconds = 0 }) => sum + expectedSeconds, 0);
  const rows = plan.steps.map(({ name, expectedSeconds, calls }, index) => [
    `${index + 1} ${name}`,
    expectedSeconds === undefined ? "not known" : formatDuration(expectedSeconds),
    calls.join(" ") || "-",
  ]);
  return {
    json: { dryRun: true, region, source, expectedSeconds: total, plan },
    text: [
      `${plan.from} would come back as ${plan.into}: data of ${plan.dataAt}.`,
      ...plan.steps.map(({ does }, index) => `  ${index + 1}. ${does}.`),
      "",
      ...table([["STEP", "EXPECTED", "CALLS"], ...rows]),
      known.length > 0
        ? `Expected from past restores and drills: ${formatDuration(total)} for the steps that are known.`
        : "No restore or drill of it has been measured yet, so nothing is expected.",
      ...plan.notes.map((note) => `Note: ${note}`),
      "Nothing was done.",
    ],
    exitCode: 0,
  };
}
