import { findingKey, findingsPrefix, parseFindingKey } from "../functions/catalog/keys.ts";
import { readDeclared } from "../functions/catalog/read-declared.ts";
import type { Environment } from "../functions/core/environment.ts";
import type { SourceFact } from "../functions/core/fact.ts";
import type { Finding } from "../functions/core/finding.ts";
import { vaultName } from "../functions/core/names.ts";
import type { Place } from "../functions/core/point.ts";
import { asProblem, Problem } from "../functions/core/problem.ts";
import type { Source } from "../functions/core/source.ts";
import type { WorkflowWorld as World } from "../functions/workflow-world.ts";
import type { Reach } from "./reach.ts";

/** An environment as one of its vaults tells it. */
export type House = {
  environment: Environment;
  /** The region whose vault answered. */
  region: string;
  /** In that region. */
  world: World;
  /** Since when each source is declared, ISO-8601 UTC. */
  declaredAt: ReadonlyMap<string, string>;
  /** Regions that were asked first and did not answer. */
  silent: { region: string; reason: string }[];
};

/** What to open: the environment's name and the regions to ask, in this order. */
export type Wanted = { name: string; regions: string[]; only: boolean };

/**
 * Opens an environment from a vault alone: its sources and plans are read from the declarations there. Unless
 * `only` says otherwise, the primary region is asked before the recovery region, and the other when it does not
 * answer. Throws the `Problem` of the last region asked.
 */
export async function openHouse({ name, regions, only }: Wanted, reach: Reach): Promise<House> {
  const silent: House["silent"] = [];
  const waiting = [...regions];
  let house: Omit<House, "silent"> | undefined;
  let problem = new Problem(
    "invalid",
    `No region of "${name}" was named`,
    "Write --region, set AWS_REGION, or check the name: no file of that environment names one.",
  );
  for (let region = waiting.shift(); region; region = waiting.shift()) {
    try {
      house = await openAt(name, region, reach);
    } catch (thrown) {
      problem = asProblem(thrown);
      if (!problem.retryable && !house) throw problem;
      silent.push({ region, reason: problem.message });
      continue;
    }
    const { primaryRegion } = house.environment;
    if (only || region === primaryRegion || silent.some((one) => one.region === primaryRegion)) break;
    waiting.splice(0, waiting.length, primaryRegion);
  }
  if (!house) throw problem;
  return { ...house, silent };
}

/** The two places where a point can be. */
export function placesOf({ environment }: House): Place[] {
  return [
    { region: environment.primaryRegion, role: "primary" },
    { region: environment.recoveryRegion, role: "recovery" },
  ];
}

/** The findings that are open, oldest first. */
export async function readOpenFindings({ catalog }: World): Promise<Finding[]> {
  const episodes = new Map<string, { id: string; since: string; names: Set<string> }>();
  for await (const { key } of catalog.list(findingsPrefix)) {
    const fact = parseFindingKey(key);
    if (!fact) continue;
    const episode = episodes.get(`${fact.id}/${fact.since}`) ?? { ...fact, names: new Set() };
    episodes.set(`${fact.id}/${fact.since}`, episode);
    episode.names.add(fact.name);
  }
  const open = [...episodes.values()].filter(({ names }) => names.has("opened") && !names.has("ended"));
  const facts = await Promise.all(
    open.map(({ id, since }) => catalog.readFinding(findingKey(id, since, "opened"))),
  );
  return facts.map(({ finding }) => finding).sort((a, b) => (a.since < b.since ? -1 : 1));
}

/** The source of that name. Throws `Problem` not-found with the names that exist. */
export function sourceNamed({ environment }: House, name: string): Source {
  const source = environment.sources.find((one) => one.name === name);
  if (source) return source;
  const names = environment.sources.map((one) => one.name).join(", ");
  throw new Problem(
    "not-found",
    `There is no source "${name}" in "${environment.name}"`,
    `There are: ${names}.`,
  );
}

async function openAt(name: string, region: string, reach: Reach): Promise<Omit<House, "silent">> {
  const account = await reach.account(region);
  const facts = await readDeclared(reach.world(bare(name, account, region), region).catalog);
  const newest = facts.newest.values().toArray();
  const last = newest.reduce((a, b) => (a.at < b.at ? b : a), newest[0] as SourceFact);
  if (!last) {
    throw new Problem(
      "not-found",
      `The vault ${vaultName({ name, account }, region)} declares no source yet`,
      "Wait for the first pass of the reconciler, which runs every 5 minutes.",
    );
  }
  const { primaryRegion, recoveryRegion, restores } = last;
  const sources = newest
    .filter(({ fact }) => fact === "declared")
    .map(({ source }) => source)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const plans = [...new Map(sources.map(({ plan }) => [plan.name, plan])).values()];
  const environment = {
    ...bare(name, account, region),
    ...{ primaryRegion, recoveryRegion, plans, sources },
    ...(restores ? { restores } : {}),
  };
  return { environment, region, world: reach.world(environment, region), declaredAt: facts.firstAt };
}

/** What is known before the vault was read. No verb looks at the profile or the channels. */
function bare(name: string, account: string, region: string): Environment {
  return {
    name,
    account,
    primaryRegion: region,
    recoveryRegion: region,
    profile: "protected",
    alerts: { page: [], notify: [] },
    plans: [],
    sources: [],
  };
}
