import { decideExpiry, type ExpiryStep, keepsArtefacts } from "../functions/core/expiry.ts";
import { markSeconds, markStage, marksOf } from "../functions/core/marks.ts";
import { sayRetention } from "../functions/core/plan.ts";
import type { Place, PointState } from "../functions/core/point.ts";
import { asProblem, problemCodes } from "../functions/core/problem.ts";
import type { Source } from "../functions/core/source.ts";
import { type House, placesOf } from "./house.ts";
import { type Known, knownSources } from "./known.ts";
import { table } from "./table.ts";
import type { Io, Options, Verb } from "./verb.ts";

/** What expiry would do with one point in one region, and why. Instants are ISO-8601 UTC. */
type Verdict = Pick<ExpiryStep, "point" | "step" | "reasons"> & { markedAt?: string; deletableFrom?: string };

/** The points of one source that are in one region. */
type Standing = { source: Source; withdrawn: boolean; place: Place; verdicts: Verdict[] };

/**
 * What the plans keep and what they let go, point by point and region by region, decided as `expire` decides it from
 * the same facts. Unless it is a dry run, each region's expiry is asked to make a pass now.
 */
export const prune: Verb = async ([name], house, options, io) => {
  const known = await knownSources(house, name);
  const standings = await standingsOf(known, house, options, io);
  const asked = options.dryRun ? [] : await askExpiry(name, house, options, io);
  const failed = asked.filter(({ problem }) => problem);
  const silent = known.otherVault ? [`The other vault cannot be read, so nothing is deleted meanwhile.`] : [];
  const text = standings.flatMap((one) => [...lines(one), ""]);
  if (standings.length === 0) text.push("Nothing of it expires: a bucket's replica is kept as it is.", "");
  return {
    json: {
      environment: house.environment.name,
      dryRun: options.dryRun,
      asked: asked.map(({ region, problem }) => ({ region, ...(problem ? { problem } : {}) })),
      otherVault: known.otherVault ?? null,
      sources: standings.map(asJson),
    },
    text: [...silent, ...text, ...whatFollows(standings, asked, options)],
    exitCode: failed.length > 0 ? problemCodes.unavailable.exitCode : 0,
  };
};

async function standingsOf(known: Known, house: House, { region }: Options, io: Io): Promise<Standing[]> {
  const { environment } = house;
  const places = placesOf(house).filter((place) => !region || place.region === region);
  const { points, open, reading } = known.survey;
  const standings: Standing[] = [];
  for (const { source, withdrawn } of known.sources) {
    const states = points.get(source.name) ?? [];
    for (const place of places.filter((one) => keepsArtefacts(source, one))) {
      const view = {
        environment,
        region: place.region,
        now: io.now(),
        source,
        points: states,
        open,
        reading,
      };
      const { steps } = decideExpiry({
        ...view,
        ...(source.kind === "archives" ? { jobOf: await known.survey.jobOf(source.name) } : {}),
        ...(known.otherVault ? { blocked: "the other vault cannot be read" } : {}),
      });
      const stateOf = new Map(states.map((state) => [state.point, state]));
      const verdicts = steps.map((step) => verdictOf(step, stateOf.get(step.point), place, io.now()));
      standings.push({ source, withdrawn, place, verdicts });
    }
  }
  return standings;
}

function verdictOf(
  { point, step, reasons }: ExpiryStep,
  state: PointState | undefined,
  { region }: Place,
  now: Date,
): Verdict {
  const { stage, sinceMs } = state
    ? markStage(marksOf(state, region), now.getTime())
    : { stage: "none" as const, sinceMs: 0 };
  if (stage === "none" || step === "keep" || step === "protect") return { point, step, reasons };
  const markedAt = new Date(sinceMs).toISOString();
  const deletableFrom = new Date(sinceMs + markSeconds * 1_000).toISOString();
  return { point, step, reasons, markedAt, deletableFrom };
}

type Asked = { region: string; problem?: string };

async function askExpiry(
  source: string | undefined,
  house: House,
  { region }: Options,
  io: Io,
): Promise<Asked[]> {
  const regions = region ? [region] : placesOf(house).map((place) => place.region);
  return Promise.all(
    regions.map(async (each): Promise<Asked> => {
      const world = each === house.region ? house.world : io.reach.world(house.environment, each);
      try {
        await world.publish("Expiry Requested", source === undefined ? {} : { source });
        return { region: each };
      } catch (thrown) {
        return { region: each, problem: asProblem(thrown).message };
      }
    }),
  );
}

function lines({ source, withdrawn, place, verdicts }: Standing): string[] {
  const { plan } = source;
  const gone = withdrawn ? ", which is declared no longer" : "";
  const head = `"${source.name}"${gone}, in ${place.region}: plan "${plan.name}" keeps ${sayRetention(plan.keep)}.`;
  if (verdicts.length === 0) return [head, "There are no points here."];
  const rows = verdicts.map((one) => [one.point, said[one.step], when(one), one.reasons.join("; ")]);
  return [head, ...table([["POINT", "VERDICT", "MAY GO", "BECAUSE"], ...rows])];
}

const said: Record<ExpiryStep["step"], string> = {
  keep: "keep",
  protect: "keep (protected)",
  mark: "remove",
  wait: "remove",
  delete: "remove",
  record: "removed",
};

function when({ step, deletableFrom }: Verdict): string {
  if (step === "mark") return "an hour after the next pass";
  if (step === "delete") return "with the next pass";
  return step === "wait" ? (deletableFrom ?? "not now") : "-";
}

function whatFollows(standings: Standing[], asked: Asked[], { dryRun }: Options): string[] {
  const count = (step: ExpiryStep["step"]) =>
    standings.reduce((sum, { verdicts }) => sum + verdicts.filter((one) => one.step === step).length, 0);
  const next = `${count("mark")} to be marked, ${count("wait")} waiting, ${count("delete")} to be deleted`;
  if (dryRun) return [`With the next pass: ${next}. Nothing was asked for.`];
  return [
    ...asked.map(({ region, problem }) =>
      problem ? `Not asked in ${region}: ${problem}.` : `Asked the expiry in ${region} for a pass now.`,
    ),
    `It decides anew; by what is known now: ${next}.`,
    "What is marked may go an hour later, if it is then still safe: with the next hourly pass, or by asking again.",
  ];
}

function asJson({ source, withdrawn, place, verdicts }: Standing) {
  const { name, kind, plan } = source;
  return {
    ...{ source: name, kind, withdrawn, plan: plan.name, keep: plan.keep, ...place },
    points: verdicts.map(({ step, ...rest }) => ({
      ...rest,
      keep: step === "keep" || step === "protect",
      step,
    })),
  };
}
