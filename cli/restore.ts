import { formatDuration } from "../functions/core/duration.ts";
import { Problem } from "../functions/core/problem.ts";
import {
  type PlanFact,
  purposes,
  type RestoreOrder,
  type RestoreRequest,
} from "../functions/core/restore.ts";
import { planRestore } from "../functions/restore/planning.ts";
import { type House, sourceNamed } from "./house.ts";
import { downloadArchive } from "./restore-download.ts";
import { follow, reportOf } from "./restore-follow.ts";
import { requestOf } from "./restore-request.ts";
import { table } from "./table.ts";
import type { Io, Options, Outcome, RestoreOptions, Verb } from "./verb.ts";

/** The options that are a restore's own. */
export const restoreOwn: (keyof RestoreOptions)[] = [
  ...(["latest", "point", "toTime", "as", "prefix", "keys", "replace", "skipPrebackup", "confirm"] as const),
  ...(["subnetGroup", "securityGroup", "class", "hydrate", "deletions", "overwrite", "to"] as const),
];

/**
 * Brings a source back, in the primary region or in the one that is named. What can be seen to be wrong from here is refused before anything is
 * begun; `--dry-run` ends with the plan. What runs is a durable function: nothing is lost if this command is interrupted.
 */
export const restore: Verb = async ([name = ""], house, options, io) => {
  const source = sourceNamed(house, name);
  refuseSurprise(house, options);
  const request = requestOf(source, options, io.now());
  if (options.to !== undefined) return downloadArchive(source, request, options, house, io);
  const plan = await planned(request, options, house, io);
  if (options.dryRun) return dryRun(request, plan, house);
  const started = await start(request, house);
  io.tell(`Restore ${request.id} runs in ${house.region}; it goes on without this command.`);
  if (!options.wait) return begun(request, house);
  return reportOf(await follow(request.id, house, options, io, started));
};

/** That the primary region did not answer once is no reason to bring something up in the other: that is a person's word. */
function refuseSurprise({ environment, region, silent }: House, { region: wanted, dryRun }: Options): void {
  if (wanted || dryRun || region === environment.primaryRegion) return;
  const why = silent.map((one) => `${one.region} does not answer (${one.reason})`).join("; ");
  throw new Problem(
    "unavailable",
    why || `${region} is not the primary region`,
    `To restore in ${region} write --region ${region}: then nothing else is asked.`,
  );
}

/** Who may start a restore need not have the rights to look at everything that it looks at. */
async function planned(
  request: RestoreRequest,
  { dryRun }: Options,
  { world }: House,
  io: Io,
): Promise<PlanFact | undefined> {
  try {
    return (await planRestore(request, world)).fact;
  } catch (thrown) {
    if (dryRun || !(thrown instanceof Problem) || thrown.code !== "access-denied") throw thrown;
    io.tell(`It cannot be looked at from here first: ${thrown.message}.`);
    return undefined;
  }
}

async function start(request: RestoreRequest, { world }: House): Promise<string | undefined> {
  const proof = await world.identity.prove(purposes.restore(request.id));
  const order: RestoreOrder = { do: "restore", request, proof };
  return world.invoke.start("restore", request.id, order);
}

function begun({ id }: RestoreRequest, { region }: House): Outcome {
  return {
    json: { restore: id, region, state: "requested" },
    text: [`Follow it with: holdfast restore status ${id} --region ${region}`],
    exitCode: 0,
  };
}

function dryRun(request: RestoreRequest, plan: PlanFact | undefined, { region }: House): Outcome {
  if (!plan) throw new Problem("internal", "there is no plan", "Report this.");
  const known = plan.steps.filter(({ expectedSeconds }) => expectedSeconds !== undefined);
  const total = known.reduce((sum, { expectedSeconds = 0 }) => sum + expectedSeconds, 0);
  const rows = plan.steps.map(({ name, expectedSeconds, calls }, index) => [
    `${index + 1} ${name}`,
    expectedSeconds === undefined ? "not known" : formatDuration(expectedSeconds),
    calls.join(" ") || "-",
  ]);
  return {
    json: { dryRun: true, region, source: request.source, expectedSeconds: total, plan },
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
