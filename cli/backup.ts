import { pointPrefix } from "../functions/catalog/keys.ts";
import { readPoints } from "../functions/catalog/read-points.ts";
import { snapshotId } from "../functions/core/names.ts";
import { isPresent, lastFailure, type Place, type PointState } from "../functions/core/point.ts";
import { Problem } from "../functions/core/problem.ts";
import { slotOf } from "../functions/core/slot.ts";
import type { Source } from "../functions/core/source.ts";
import type { WorkflowWorld as World } from "../functions/workflow-world.ts";
import { type House, sourceNamed } from "./house.ts";
import type { Io, Verb } from "./verb.ts";

const pollMs = 5_000;

/**
 * Asks for a point of the current minute and follows it until it is taken and copied. What asks is a fact in the
 * catalog, so nothing is lost if this command is interrupted: the reconciler goes on.
 */
export const backup: Verb = async ([name = ""], house, { wait, timeoutSeconds }, io) => {
  const source = sourceNamed(house, name);
  const { primaryRegion } = house.environment;
  if (house.region !== primaryRegion) {
    throw new Problem(
      "unavailable",
      `Points are taken in ${primaryRegion}, and ${house.region} answered`,
      `Ask again with --region ${primaryRegion}, once it answers; copies in ${house.region} are safe.`,
    );
  }
  const at = io.now();
  const point = slotOf(at);
  const base = { schema: 1, at: at.toISOString(), source: name, point, region: primaryRegion } as const;
  const fresh = await house.world.catalog.recordPoint("requested", {
    ...base,
    fact: "requested",
    by: "person",
  });
  io.tell(`${fresh ? "Asked for" : "Somebody has asked for"} ${point} of "${name}".`);
  if (!wait) return outcome(source, point, "requested", `Follow it with: holdfast points ${name}`);
  return follow(house, source, point, at.getTime() + timeoutSeconds * 1_000, io);
};

async function follow(house: House, source: Source, point: string, endMs: number, io: Io) {
  const worlds = worldsOf(house, io);
  let said = "";
  for (;;) {
    const state = await stateOf(worlds, source.name, point);
    const stage = stageOf(house, source, state);
    if (stage.done) return outcome(source, point, stage.done, stage.line);
    const line = `${stage.line}${await progress(worlds, house, source, point)}`;
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

type Stage = { line: string; done?: string };

/** How far the point is. A drop has no point of its own to wait for: it is swept, and each archive is a point. */
function stageOf({ environment }: House, source: Source, state: PointState): Stage {
  const { primaryRegion, recoveryRegion } = environment;
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

/** Both regions' worlds: the copy is seen first where it is made. */
function worldsOf({ environment, world }: House, io: Io): World[] {
  return [world, io.reach.world(environment, environment.recoveryRegion)];
}

async function stateOf(worlds: World[], source: string, point: string): Promise<PointState> {
  const facts = new Map<string, string>();
  for (const [index, world] of worlds.entries()) {
    try {
      const points = await readPoints(world.catalog, pointPrefix(source, point));
      for (const [name, at] of points.get(source)?.[0]?.facts ?? []) facts.set(name, at);
    } catch (thrown) {
      // The other region's vault only tells it sooner: facts are mirrored into the first.
      if (index === 0) throw thrown;
    }
  }
  return { point, facts };
}

/** What RDS says of the snapshot under way; nothing where it says nothing, or not now. */
async function progress(
  worlds: World[],
  { environment }: House,
  source: Source,
  point: string,
): Promise<string> {
  if (source.kind === "bucket" || source.kind === "archives") return "";
  for (const world of worlds.toReversed()) {
    const artefact = await world.providers[source.kind]
      .inspect(snapshotId(environment, source.name, point))
      .catch(() => undefined);
    if (artefact && artefact.status !== "available" && artefact.percentProgress !== undefined) {
      return ` ${artefact.percentProgress} % in ${world.region}.`;
    }
  }
  return "";
}

function outcome(source: Source, point: string, state: string, line: string) {
  return { json: { source: source.name, point, state }, text: [line], exitCode: 0 };
}
