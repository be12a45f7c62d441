import { drillKey } from "../functions/catalog/keys.ts";
import { readDrillStates } from "../functions/catalog/read-drills.ts";
import type { DrillFinishedFact, DrillRequest, DrillStartedFact } from "../functions/core/drill.ts";
import { underWay } from "../functions/core/drill-history.ts";
import { formatDuration } from "../functions/core/duration.ts";
import { whyEnded } from "../functions/core/execution.ts";
import { executionName } from "../functions/core/names.ts";
import { asProblem, Problem, problemCodes } from "../functions/core/problem.ts";
import { pointIdPattern, type Slot, slotOf } from "../functions/core/slot.ts";
import type { Source } from "../functions/core/source.ts";
import type { WorkflowWorld as World } from "../functions/workflow-world.ts";
import { drillReport } from "./drill-report.ts";
import { readEnded } from "./drills.ts";
import { type House, sourceNamed } from "./house.ts";
import type { Io, Options, Outcome, Verb } from "./verb.ts";

const pollMs = 5_000;

/** Each so many polls AWS is asked whether there is still anything to wait for. */
const pollsPerLook = 6;

/** Usual times are those of so many drills that passed. */
const usualOf = 5;

/** Rehearses a restore now and follows it, or reports what drills have proved. */
export const drill: Verb = async ([named = ""], house, options, io) => {
  if (options.report) return drillReport(named, house, options, io);
  const source = sourceNamed(house, named);
  if (source.kind === "archives") {
    const fix = `Read one again: holdfast verify ${named} <key>.`;
    throw new Problem("unsupported", `"${named}" is archives, which are scrubbed, not drilled`, fix);
  }
  if (!source.plan.drill) {
    const fix = `Write drill: { every: "7d" } into the plan "${source.plan.name}", and deploy.`;
    throw new Problem(
      "unsupported",
      `The plan of "${named}" has no drill, and nothing is deployed for one`,
      fix,
    );
  }
  const { environment } = house;
  const world = io.reach.world(environment, environment.recoveryRegion);
  const running = underWay({ drills: await readDrillStates(world.catalog, source.name) }, io.now());
  const slot = running?.drill ?? slotOf(io.now());
  if (running) io.tell(`The drill ${slot} of "${source.name}" is under way already; following it.`);
  const begun = running ? undefined : await start(world, source, slot, options);
  if (!options.wait) {
    const line = `Follow it with: holdfast drill ${source.name}; see what came of it: holdfast drill ${source.name} --report`;
    return { json: { source: source.name, drill: slot, outcome: "started" }, text: [line], exitCode: 0 };
  }
  return follow({ world, source, slot, begun }, house, options, io);
};

async function start(
  world: World,
  source: Source,
  slot: Slot,
  { point }: Options,
): Promise<string | undefined> {
  if (point !== undefined && !pointIdPattern.test(point))
    throw new Problem("invalid", `"${point}" is no point`, `See: holdfast points ${source.name}`);
  const request: DrillRequest = {
    source: source.name,
    drill: slot,
    by: "person",
    ...(point ? { point } : {}),
  };
  return world.invoke.start("drill", executionName(world.environment, source.name, "drill", slot), request);
}

/** A drill that is followed. `begun`: the ARN of its execution, for the time before its first fact. */
type Followed = { world: World; source: Source; slot: Slot; begun: string | undefined };

async function follow(followed: Followed, house: House, options: Options, io: Io) {
  const { world, source, slot } = followed;
  const beganMs = io.now().getTime();
  const endMs = beganMs + options.timeoutSeconds * 1_000;
  const usual = await usualSeconds(world, source);
  let said = "";
  for (let polls = 1; ; polls++) {
    const ended = await factOf(world.catalog.readDrillFinished(drillKey(source.name, slot, "finished")));
    if (ended) return outcome(ended, house);
    const started = await factOf(world.catalog.readDrillStarted(drillKey(source.name, slot, "started")));
    if (polls % pollsPerLook === 0) await refuseCutOff(followed, started);
    const { text, until } = await stageOf(world, source, started);
    const fromMs = started ? Date.parse(started.at) : beganMs;
    const elapsed = formatDuration((io.now().getTime() - fromMs) / 1_000);
    const seconds = until && usual[until];
    const expected = seconds ? `, usually ${until} after ${formatDuration(seconds)}` : "";
    if (text !== said) io.tell(`${text} (${elapsed} so far${expected})`);
    said = text;
    if (io.now().getTime() >= endMs) {
      const what = `The drill ${slot} of "${source.name}" has not ended: ${text}`;
      throw new Problem(
        "unavailable",
        what,
        `It goes on without you. Follow it: holdfast drill ${source.name}`,
      );
    }
    await io.wait(pollMs);
  }
}

/** Throws `Problem` unavailable for a drill whose execution has ended without a result. */
async function refuseCutOff({ world, source, slot, begun }: Followed, started: DrillStartedFact | undefined) {
  const arn = started?.execution ?? begun;
  if (!arn) return;
  const execution = await world.invoke.execution(arn).catch(() => undefined);
  if (execution?.state !== "ended" || execution.how === "forgotten") return;
  const key = drillKey(source.name, slot, "finished");
  if (await factOf(world.catalog.readDrillFinished(key))) return;
  throw new Problem(
    "unavailable",
    `The drill ${slot} of "${source.name}" was cut off: ${whyEnded(execution)}`,
    "It proves nothing, and what it made is taken away when its time is over. Start another.",
  );
}

/** What is being done, and what it is that is waited for. */
type Stage = { text: string; until?: "available" | "checked" };

/** As far as the vault and RDS tell it. */
async function stageOf(world: World, source: Source, started: DrillStartedFact | undefined): Promise<Stage> {
  if (!started) return { text: "Waiting for the drill to begin." };
  const what = `Rehearsing ${started.point} in ${started.region}`;
  if (!started.clone) return { text: `${what}: reading objects of the replica again.` };
  const kind = source.kind === "rds-cluster" ? "cluster" : "instance";
  const clone = await world.databases.describe({ kind, id: started.clone }).catch(() => undefined);
  if (!clone) return { text: `${what}: the database is not there yet, or gone again.` };
  if (clone.status === "deleting") return { text: `${what}: taking ${clone.id} away.` };
  if (clone.state === "ready" && clone.masterSecretArn)
    return { text: `${what}: reading and checking ${clone.id}.`, until: "checked" };
  return { text: `${what}: RDS says of ${clone.id}: ${clone.status}.`, until: "available" };
}

/** How long each takes in the middle of the newest drills that passed. */
async function usualSeconds(
  world: World,
  { name }: Source,
): Promise<Partial<Record<"available" | "checked", number>>> {
  const ended = await readEnded(world, name, usualOf);
  const passed = ended.flatMap(({ fact }) => (fact.outcome === "passed" ? [fact] : []));
  const available = middle(passed.flatMap(({ secondsToAvailable }) => secondsToAvailable ?? []));
  const checked = middle(passed.flatMap(({ secondsToChecked }) => secondsToChecked ?? []));
  return { ...(available ? { available } : {}), ...(checked ? { checked } : {}) };
}

function middle(seconds: number[]): number | undefined {
  return seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)];
}

function outcome(fact: DrillFinishedFact, { environment }: House): Outcome {
  const { source, drill: slot, point, outcome: how, reason, secondsToChecked } = fact;
  const took = secondsToChecked === undefined ? "" : ` in ${formatDuration(secondsToChecked)}`;
  const objective = fact.rtoSeconds ? ` (RTO ${formatDuration(fact.rtoSeconds)})` : "";
  const lines = {
    passed: `The point ${point} of "${source}" was restored and checked${took}${objective}.`,
    failed: `The point ${point} of "${source}" failed its drill: ${reason}.`,
    "broken-off": `The drill ${slot} of "${source}" could not be carried out: ${reason}.`,
  };
  const code = { passed: undefined, failed: "damaged", "broken-off": "unavailable" } as const;
  const ended = code[how];
  return {
    json: fact,
    text: [
      lines[how],
      how === "passed"
        ? `Its certificate: holdfast certificate ${source} ${slot} --env ${environment.name}`
        : `What was found: holdfast drill ${source}/${slot} --report --env ${environment.name}`,
    ],
    exitCode: ended ? problemCodes[ended].exitCode : 0,
  };
}

async function factOf<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return undefined;
    throw thrown;
  }
}
