import type { Answer } from "../functions/core/api/routes.ts";
import { isPresent, lastFailure, type Place, type PointState } from "../functions/core/point.ts";
import { asProblem, Problem } from "../functions/core/problem.ts";
import type { Source } from "../functions/core/source.ts";
import type { Client } from "./client.ts";
import type { ApiVerb, Io } from "./verb.ts";

const pollMs = 5_000;

/**
 * Asks for a point of the current minute and follows it until it is taken and copied. What asks is a fact in the
 * catalog, so nothing is lost if this command is interrupted: the reconciler goes on.
 */
export const backup: ApiVerb = async ([name = ""], client, { wait, timeoutSeconds }, io) => {
  const params = { source: name };
  const { source } = await client.ask("getSource", { params });
  const { point } = await pointOfNow(client, params, io);
  io.tell(`Asked for ${point} of "${name}".`);
  if (!wait) return outcome(source, point, "requested", `Follow it with: holdfast points ${name}`);
  return follow(client, source, point, io.now().getTime() + timeoutSeconds * 1_000, io);
};

/** A minute that has a point already is waited for to be over: that point may be older than what is asked for. */
async function pointOfNow(client: Client, params: { source: string }, io: Io) {
  try {
    return await client.ask("createPoint", { params });
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code !== "conflict") throw problem;
    io.tell(`${problem.message}. Waits for the next minute.`);
    await io.wait(60_500 - (io.now().getTime() % 60_000));
    return client.ask("createPoint", { params });
  }
}

async function follow(client: Client, source: Source, point: string, endMs: number, io: Io) {
  let said = "";
  for (;;) {
    const details = await client
      .ask("getPoint", { params: { source: source.name, point } })
      .catch((thrown: unknown) => {
        // What asks for it may lie in the other region's vault as yet.
        if (asProblem(thrown).code === "not-found") return undefined;
        throw thrown;
      });
    const facts = new Map((details?.facts ?? []).map(({ name, at }) => [name, at]));
    const stage = stageOf(client, source, { point, facts });
    if (stage.done) return outcome(source, point, stage.done, stage.line);
    const line = `${stage.line}${progress(details)}`;
    if (line !== said) io.tell(line);
    said = line;
    if (io.now().getTime() >= endMs) {
      throw new Problem(
        "unavailable",
        `${point} of "${source.name}" is not there yet: ${line}`,
        `It goes on without you. Look again with: holdfast points ${source.name}`,
      );
    }
    await io.wait(pollMs);
  }
}

function progress(details: Answer<"getPoint"> | undefined): string {
  const under = details?.progress;
  return under ? ` ${under.percent} % in ${under.region}.` : "";
}

type Stage = { line: string; done?: string };

/** How far the point is. A drop has no point of its own to wait for: it is swept, and each archive is a point. */
function stageOf({ about }: Client, source: Source, state: PointState): Stage {
  const { primaryRegion, recoveryRegion } = about;
  if (source.kind === "archives") {
    if (!state.facts.has(`requested-${primaryRegion}`)) return { line: "Waiting for the reconciler." };
    const line = `The drop is being listed, and every archive not yet verified is verified: holdfast points ${source.name}`;
    return { line, done: "swept" };
  }
  const primary: Place = { region: primaryRegion, role: "primary" };
  const recovery: Place = { region: recoveryRegion, role: "recovery" };
  const lost = [primary, recovery].find(({ region }) => state.facts.has(`lost-${region}`));
  if (lost)
    throw new Problem(
      "damaged",
      `It was there and has gone from ${lost.region}`,
      "See docs/runbook.md#artefact-lost.",
    );
  const taken = isPresent(state, primary);
  const copied = isPresent(state, recovery);
  const where =
    source.plan.copies.length > 0
      ? `in ${primaryRegion}, with its copy in ${recoveryRegion}`
      : `in ${primaryRegion}`;
  if (taken && (copied || source.plan.copies.length === 0))
    return { line: `It is available ${where}.`, done: "available" };
  const region = taken ? recoveryRegion : primaryRegion;
  const { attempt } = lastFailure(state, region);
  const failed = attempt > 0 ? ` Attempt ${attempt} failed.` : "";
  return {
    line: taken ? `Taken; being copied to ${region}.${failed}` : `Being taken in ${region}.${failed}`,
  };
}

function outcome(source: Source, point: string, state: string, line: string) {
  return { json: { source: source.name, point, state }, text: [line], exitCode: 0 };
}
