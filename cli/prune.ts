import type { ExpiryView } from "../functions/core/api/upkeep.ts";
import { sayRetention } from "../functions/core/plan.ts";
import { problemCodes } from "../functions/core/problem.ts";
import { everything } from "./pages.ts";
import { table } from "./table.ts";
import type { ApiVerb, Options } from "./verb.ts";

/** An answer has a bound, and of each source there may be hundreds of points in two regions. */
const sourcesPerPage = "20";

/**
 * What the plans keep and what they let go, point by point and region by region, decided as `expire` decides it from
 * the same facts. Unless it is a dry run, each region's expiry is asked to make a pass now.
 */
export const prune: ApiVerb = async ([source], client, options) => {
  const { dryRun, region } = options;
  const meant = { ...(source === undefined ? {} : { source }), ...(region === undefined ? {} : { region }) };
  let otherVault: string | undefined;
  const standings = await everything(async ({ cursor }) => {
    const query = { ...meant, limit: sourcesPerPage, ...(cursor ? { cursor } : {}) };
    const page = await client.ask("listExpiry", { query });
    otherVault ??= page.otherVault;
    return page;
  });
  const asked = dryRun ? [] : (await client.ask("runExpiry", { body: meant })).asked;
  const failed = asked.filter(({ problem }) => problem);
  const silent = otherVault ? [`The other vault cannot be read, so nothing is deleted meanwhile.`] : [];
  const text = standings.flatMap((one) => [...lines(one), ""]);
  if (standings.length === 0) text.push("Nothing of it expires: a bucket's replica is kept as it is.", "");
  return {
    json: {
      environment: client.about.environment,
      dryRun,
      asked,
      otherVault: otherVault ?? null,
      sources: standings,
    },
    text: [...silent, ...text, ...whatFollows(standings, asked, options)],
    exitCode: failed.length > 0 ? problemCodes.unavailable.exitCode : 0,
  };
};

type Verdict = ExpiryView["points"][number];
type Asked = { region: string; problem?: string | undefined };

function lines({ source, withdrawn, region, plan, keep, points }: ExpiryView): string[] {
  const gone = withdrawn ? ", which is declared no longer" : "";
  const head = `"${source}"${gone}, in ${region}: plan "${plan}" keeps ${sayRetention(keep)}.`;
  if (points.length === 0) return [head, "There are no points here."];
  const rows = points.map((one) => [one.point, said[one.step], when(one), one.reasons.join("; ")]);
  return [head, ...table([["POINT", "VERDICT", "MAY GO", "BECAUSE"], ...rows])];
}

const said: Record<Verdict["step"], string> = {
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

function whatFollows(standings: ExpiryView[], asked: Asked[], { dryRun }: Options): string[] {
  const count = (step: Verdict["step"]) =>
    standings.reduce((sum, { points }) => sum + points.filter((one) => one.step === step).length, 0);
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
