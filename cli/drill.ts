import type { DrillFinishedFact } from "../functions/core/drill.ts";
import { drillLapsesSeconds } from "../functions/core/drill-history.ts";
import { formatDuration } from "../functions/core/duration.ts";
import { asProblem, Problem, problemCodes } from "../functions/core/problem.ts";
import { pointIdPattern, type Slot } from "../functions/core/slot.ts";
import type { Client } from "./client.ts";
import { drillReport } from "./drill-report.ts";
import type { ApiVerb, Io, Options, Outcome } from "./verb.ts";

const pollMs = 5_000;

/** Usual times are those of so many drills, as far as they passed. */
const usualOf = "10";

/** Rehearses a restore now and follows it, or reports what drills have proved. */
export const drill: ApiVerb = async ([source = ""], client, options, io) => {
  if (options.report) return drillReport(source, client, options, io);
  const { point } = options;
  if (point !== undefined && !pointIdPattern.test(point))
    throw new Problem("invalid", `"${point}" is no point`, `See: holdfast points ${source}`);
  const started = await startOrFollow(source, client, options, io);
  if (!options.wait) {
    const line = `Follow it with: holdfast drill ${source}; see what came of it: holdfast drill ${source} --report`;
    return { json: { source, drill: started.drill, outcome: "started" }, text: [line], exitCode: 0 };
  }
  return follow({ source, ...started }, client, options, io);
};

/** Starts one, unless one is under way already: that is the one to follow then. */
async function startOrFollow(source: string, client: Client, { point }: Options, io: Io) {
  const { items } = await client.ask("listDrills", { params: { source }, query: { limit: "5" } });
  const running = items.find(({ outcome }) => !outcome);
  const sinceMs = io.now().getTime() - Date.parse(running?.startedAt ?? "");
  if (running && sinceMs < drillLapsesSeconds * 1_000) {
    io.tell(`The drill ${running.drill} of "${source}" is under way already; following it.`);
    return { drill: running.drill };
  }
  const { drill, execution } = await client.ask("createDrill", {
    params: { source },
    body: point ? { point } : {},
  });
  return { drill, ...(execution ? { execution } : {}) };
}

/** A drill that is followed. `execution`: the ARN that its start gave, for the time before its first fact. */
type Followed = { source: string; drill: Slot; execution?: string };

async function follow(
  { source, drill: slot, execution }: Followed,
  client: Client,
  options: Options,
  io: Io,
) {
  const beganMs = io.now().getTime();
  const endMs = beganMs + options.timeoutSeconds * 1_000;
  const usual = await usualSeconds(client, source);
  const asked = { params: { source, drill: slot }, query: execution ? { execution } : {} };
  let said = "";
  for (;;) {
    const now = await ifThere(client.ask("getDrill", asked));
    if (now?.certificate) return outcome(now.certificate, client);
    if (now?.document)
      throw new Problem(
        "damaged",
        `The drill ${slot} of "${source}" has ended, and ${now.drill.reason}`,
        `See: holdfast certificate ${source} ${slot} --verify`,
      );
    if (now?.drill.outcome)
      throw new Problem(
        "unavailable",
        `The drill ${slot} of "${source}" was ${now.drill.reason}`,
        "It proves nothing, and what it made is taken away when its time is over. Start another.",
      );
    const { sentence, until } = now?.progress ?? { sentence: "Waiting for the drill to begin." };
    const fromMs = now ? Date.parse(now.drill.startedAt) : beganMs;
    const elapsed = formatDuration((io.now().getTime() - fromMs) / 1_000);
    const seconds = until && usual[until];
    const expected = seconds ? `, usually ${until} after ${formatDuration(seconds)}` : "";
    if (sentence !== said) io.tell(`${sentence} (${elapsed} so far${expected})`);
    said = sentence;
    if (io.now().getTime() >= endMs)
      throw new Problem(
        "unavailable",
        `The drill ${slot} of "${source}" has not ended: ${sentence}`,
        `It goes on without you. Follow it: holdfast drill ${source}`,
      );
    await io.wait(pollMs);
  }
}

/** How long each takes in the middle of the newest drills that passed. */
async function usualSeconds(
  client: Client,
  source: string,
): Promise<Partial<Record<"available" | "checked", number>>> {
  const { items } = await client.ask("listDrills", { params: { source }, query: { limit: usualOf } });
  const passed = items.filter((one) => one.outcome === "passed");
  const available = middle(passed.flatMap(({ secondsToAvailable }) => secondsToAvailable ?? []));
  const checked = middle(passed.flatMap(({ secondsToChecked }) => secondsToChecked ?? []));
  return { ...(available ? { available } : {}), ...(checked ? { checked } : {}) };
}

function middle(seconds: number[]): number | undefined {
  return seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)];
}

function outcome(fact: DrillFinishedFact, { about: { environment } }: Client): Outcome {
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
        ? `Its certificate: holdfast certificate ${source} ${slot} --env ${environment}`
        : `What was found: holdfast drill ${source}/${slot} --report --env ${environment}`,
    ],
    exitCode: ended ? problemCodes[ended].exitCode : 0,
  };
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return undefined;
    throw thrown;
  }
}
