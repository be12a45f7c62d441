import type { ApiWorld } from "../api-world.ts";
import { drillKey } from "../catalog/keys.ts";
import { readDrillStates } from "../catalog/read-drills.ts";
import type { DrillView } from "../core/api/recovery.ts";
import type { DrillCutOffFact, DrillFinishedFact, DrillStartedFact } from "../core/drill.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { type DrillVault, readText, whereDrilled } from "./drill-documents.ts";
import { executionOf, progressOf, whyCutOff } from "./drill-progress.ts";
import { sourceOf } from "./find.ts";
import type { Look } from "./operation.ts";
import { byNameDown, pageFrom } from "./paging.ts";

/** The drills of a source, newest first. */
export const listDrills: Look<"listDrills"> = async ({ params, query }, { world }) => {
  const { name } = sourceOf(world, params.source);
  return whereDrilled(world, async (at) => {
    const states = await readDrillStates(at.catalog, name);
    const { items, ...more } = pageFrom(
      states.toReversed().map(({ drill }) => drill),
      query,
      byNameDown((drill) => drill),
    );
    const read = await Promise.all(items.map((drill) => readDrill(at, name, drill)));
    const views = read.map((one) => ({
      ...one?.drill,
      ...(query.documents && one?.document ? { document: one.document } : {}),
    }));
    return { items: views.flatMap((one) => ("source" in one ? [one as DrillView] : [])), ...more };
  });
};

/** One drill, with its signed document once it has ended, and how far it is before that. */
export const getDrill: Look<"getDrill"> = async ({ params, query }, { world }) => {
  const source = sourceOf(world, params.source);
  const { name } = source;
  const { drill } = params;
  const found = await whereDrilled(world, (at) => readDrill(at, name, drill));
  if (found?.drill.outcome) return withoutStart(found);
  const at = world.at(world.environment.recoveryRegion);
  const given = executionOf(world, { source: name, drill, arn: query.execution });
  const cutOff = await whyCutOff(at, found?.started?.execution ?? given);
  if (cutOff) {
    // It may have ended as it should between the two looks.
    const now = await whereDrilled(world, (there) => readDrill(there, name, drill));
    if (now?.drill.outcome) return withoutStart(now);
    const about = { source: name, drill, point: "", region: at.region, by: "person" } as const;
    const view = now?.drill ?? { ...about, startedAt: world.now().toISOString() };
    return { drill: { ...view, outcome: "broken-off", reason: `cut off: ${cutOff}` } };
  }
  if (found?.started)
    return { ...withoutStart(found), progress: await progressOf(at, source, found.started) };
  if (found) return withoutStart(found);
  const what = `There is no drill "${drill}" of "${name}"`;
  throw new Problem("not-found", what, `See: holdfast drill ${name} --report`);
};

function withoutStart<T extends { started?: unknown }>({ started: _, ...rest }: T): Omit<T, "started"> {
  return rest;
}

/** The drills that rehearsed a point, oldest first. */
export async function drillsOfPoint(world: ApiWorld, source: string, point: string): Promise<string[]> {
  const states = await readDrillStates(world.catalog, source);
  const facts = await Promise.all(
    states.map(({ drill }) => ifThere(world.catalog.readDrillStarted(drillKey(source, drill, "started")))),
  );
  return facts.flatMap((fact) => (fact?.point === point ? [fact.drill] : []));
}

async function readDrill(at: DrillVault, source: string, drill: string) {
  const { catalog, region } = at;
  const [started, ended, cutOff] = await Promise.all([
    ifThere(catalog.readDrillStarted(drillKey(source, drill, "started"))),
    readText(at, source, drill),
    ifThere(catalog.readDrillCutOff(drillKey(source, drill, "cut-off"))),
  ]);
  const fact = ended?.verdict.fact;
  const known = started ?? fact ?? cutOff;
  if (!known && !ended) return undefined;
  const document = ended && { region, text: ended.text, mismatches: ended.verdict.mismatches };
  return {
    drill: viewOf({ source, drill, point: "", region, ...known }, started, fact ?? notTold(document, cutOff)),
    ...(fact ? { certificate: fact } : {}),
    ...(document ? { document } : {}),
    ...(started ? { started } : {}),
  };
}

type Told = Pick<DrillFinishedFact, "outcome"> & Partial<DrillFinishedFact>;

/** A record that cannot be read, or none where nothing runs any more, proves nothing. */
function notTold(
  document: { mismatches: string[] } | undefined,
  cutOff: DrillCutOffFact | undefined,
): Told | undefined {
  if (document) return { outcome: "failed", reason: `its record does not stand: ${document.mismatches[0]}` };
  if (!cutOff) return undefined;
  return { outcome: "broken-off", reason: `cut off: ${cutOff.reason}`, at: cutOff.at };
}

function viewOf(
  { source, drill, point, region }: Pick<DrillView, "source" | "drill" | "point" | "region">,
  started: DrillStartedFact | undefined,
  finished: Told | undefined,
): DrillView {
  const view = { source, drill, point, region, by: started?.by ?? "schedule" } as const;
  const startedAt = started?.at ?? finished?.startedAt ?? "";
  if (!finished) return { ...view, startedAt };
  const { outcome, reason, at: endedAt, rtoSeconds, newestHeartbeatAt } = finished;
  const { secondsToAvailable, secondsToChecked } = finished;
  return {
    ...view,
    ...{ startedAt, outcome },
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(reason === undefined ? {} : { reason }),
    ...(secondsToAvailable === undefined ? {} : { secondsToAvailable }),
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
