import type { ApiWorld } from "../api-world.ts";
import { type Survey, survey } from "../catalog/survey.ts";
import type { Caller } from "../core/api/caller.ts";
import type { ExpiryVerdict, ExpiryView } from "../core/api/upkeep.ts";
import { decideExpiry, type ExpiryStep, keepsArtefacts } from "../core/expiry.ts";
import { markSeconds, markStage, marksOf } from "../core/marks.ts";
import type { PointState } from "../core/point.ts";
import { Problem } from "../core/problem.ts";
import { placesAsked } from "./find.ts";
import type { Change, Look } from "./operation.ts";
import { byNameUp, pageFrom } from "./paging.ts";
import { toldTo } from "./problem.ts";

/** What both vaults say together, and why the other one could not be read. */
type Known = { survey: Survey; otherVault?: string };

/** What the plans keep and what they let go, decided as `expire` decides it from the same facts. */
export const listExpiry: Look<"listExpiry"> = async ({ query }, { world, caller }) => {
  const places = placesAsked(world, query.region);
  const known = await bothVaults(world, caller);
  const sources = meant(known, world, query.source);
  const { items, ...more } = pageFrom(
    sources,
    query,
    byNameUp(({ source }) => source.name),
  );
  const { points, open, reading, jobOf } = known.survey;
  const now = world.now();
  const views: ExpiryView[] = [];
  for (const { source, withdrawn } of items) {
    const states = points.get(source.name) ?? [];
    for (const place of places.filter((one) => keepsArtefacts(source, one))) {
      const { steps } = decideExpiry({
        ...{ environment: world.environment, region: place.region, now },
        ...{ source, points: states, open, reading },
        ...(source.kind === "archives" ? { jobOf: await jobOf(source.name) } : {}),
        ...(known.otherVault ? { blocked: "the other vault cannot be read" } : {}),
      });
      const stateOf = new Map(states.map((state) => [state.point, state]));
      const { name, kind, plan } = source;
      views.push({
        ...{ source: name, kind, withdrawn, plan: plan.name, keep: plan.keep, ...place },
        points: steps.map((step) => verdictOf(step, stateOf.get(step.point), place.region, now)),
      });
    }
  }
  return { items: views, ...more, ...(known.otherVault ? { otherVault: known.otherVault } : {}) };
};

/** Asks for a pass of expiry now. It decides anew; a region that is away makes its hourly pass when it is back. */
export const runExpiry: Change<"runExpiry"> = async ({ body }, { world, caller }) => {
  const { source } = body;
  const places = placesAsked(world, body.region);
  if (source !== undefined) meant(await bothVaults(world, caller), world, source);
  return {
    target: source ?? "everything",
    async act() {
      const asked = places.map(async ({ region }) => {
        try {
          await world.at(region).publish("Expiry Requested", source === undefined ? {} : { source });
          return { region };
        } catch (thrown) {
          return { region, problem: toldTo(caller, thrown).message };
        }
      });
      return { asked: await Promise.all(asked) };
    },
  };
};

/** Sources that are declared no longer are meant too: their points expire. */
function meant({ survey: { sources } }: Known, world: ApiWorld, name: string | undefined) {
  const byName = sources.toSorted((a, b) => (a.source.name < b.source.name ? -1 : 1));
  if (name === undefined) return byName;
  const found = byName.filter(({ source }) => source.name === name);
  if (found.length > 0) return found;
  throw new Problem(
    "not-found",
    `There is no source "${name}" in "${world.environment.name}"`,
    `There are: ${byName.map(({ source }) => source.name).join(", ")}.`,
  );
}

async function bothVaults({ catalog, otherCatalog }: ApiWorld, caller: Caller): Promise<Known> {
  try {
    return { survey: await survey([catalog, otherCatalog]) };
  } catch (thrown) {
    return { survey: await survey([catalog]), otherVault: toldTo(caller, thrown).message };
  }
}

function verdictOf(
  { point, step, reasons }: ExpiryStep,
  state: PointState | undefined,
  region: string,
  now: Date,
): ExpiryVerdict {
  const { stage, sinceMs } = state
    ? markStage(marksOf(state, region), now.getTime())
    : { stage: "none" as const, sinceMs: 0 };
  const keep = step === "keep" || step === "protect";
  if (stage === "none" || keep) return { point, reasons, keep, step };
  const markedAt = new Date(sinceMs).toISOString();
  const deletableFrom = new Date(sinceMs + markSeconds * 1_000).toISOString();
  return { point, reasons, markedAt, deletableFrom, keep, step };
}
