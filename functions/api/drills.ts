import type { ApiWorld } from "../api-world.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { drillKey } from "../catalog/keys.ts";
import { readDrillStates } from "../catalog/read-drills.ts";
import type { DrillView } from "../core/api/recovery.ts";
import type { DrillFinishedFact, DrillStartedFact } from "../core/drill.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { sourceOf } from "./find.ts";
import type { Look } from "./operation.ts";
import { byNameDown, pageFrom } from "./paging.ts";

/** The drills of a source, newest first. */
export const listDrills: Look<"listDrills"> = async ({ params, query }, { world }) => {
  const { name } = sourceOf(world, params.source);
  return whereDrilled(world, async (catalog) => {
    const states = await readDrillStates(catalog, name);
    const { items, ...more } = pageFrom(
      states.toReversed().map(({ drill }) => drill),
      query,
      byNameDown((drill) => drill),
    );
    const views = await Promise.all(items.map((drill) => readDrill(catalog, name, drill)));
    return { items: views.flatMap((one) => one?.drill ?? []), ...more };
  });
};

/** One drill, with its signed document once it has ended. */
export const getDrill: Look<"getDrill"> = async ({ params }, { world }) => {
  const { name } = sourceOf(world, params.source);
  const drill = await whereDrilled(world, (catalog) => readDrill(catalog, name, params.drill));
  if (drill) return drill;
  const what = `There is no drill "${params.drill}" of "${name}"`;
  throw new Problem("not-found", what, `See: holdfast drill ${name} --report`);
};

/** The drills that rehearsed a point, oldest first. */
export async function drillsOfPoint(world: ApiWorld, source: string, point: string): Promise<string[]> {
  const states = await readDrillStates(world.catalog, source);
  const facts = await Promise.all(
    states.map(({ drill }) => ifThere(world.catalog.readDrillStarted(drillKey(source, drill, "started")))),
  );
  return facts.flatMap((fact) => (fact?.point === point ? [fact.drill] : []));
}

/** Drills run in the recovery region, and are recorded there first; its facts come to the other within minutes. */
async function whereDrilled<T>(world: ApiWorld, read: (catalog: Catalog) => Promise<T>): Promise<T> {
  const { recoveryRegion } = world.environment;
  if (world.region === recoveryRegion) return read(world.catalog);
  try {
    return await read(world.at(recoveryRegion).catalog);
  } catch (thrown) {
    if (!asProblem(thrown).retryable) throw thrown;
    return read(world.catalog);
  }
}

async function readDrill(catalog: Catalog, source: string, drill: string) {
  const [started, finished] = await Promise.all([
    ifThere(catalog.readDrillStarted(drillKey(source, drill, "started"))),
    ifThere(catalog.readDrillFinished(drillKey(source, drill, "finished"))),
  ]);
  if (!started && !finished) return undefined;
  return { drill: viewOf(started, finished), ...(finished ? { certificate: finished } : {}) };
}

function viewOf(started: DrillStartedFact | undefined, finished: DrillFinishedFact | undefined): DrillView {
  const { source, drill, point, region } = (finished ?? started) as DrillStartedFact;
  const view = { source, drill, point, region, by: started?.by ?? "schedule" } as const;
  const startedAt = started?.at ?? finished?.startedAt ?? "";
  if (!finished) return { ...view, startedAt };
  const { outcome, reason, at: endedAt, secondsToChecked, rtoSeconds, newestHeartbeatAt } = finished;
  return {
    ...view,
    ...{ startedAt, outcome, endedAt },
    ...(reason === undefined ? {} : { reason }),
    ...(secondsToChecked === undefined ? {} : { secondsToChecked }),
    ...(rtoSeconds === undefined ? {} : { rtoSeconds }),
    ...(finished.dataLossSeconds === undefined || newestHeartbeatAt === undefined
      ? {}
      : { dataLossSeconds: finished.dataLossSeconds }),
  };
}

/** What a reading gives, or undefined where there is nothing to read. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return undefined;
    throw thrown;
  }
}
