import type { Catalog } from "../catalog/catalog.ts";
import { findingKey, findingsPrefix, parseFindingKey } from "../catalog/keys.ts";
import type { AlertView } from "../core/api/alerts.ts";
import { channelsNow, unusableKinds } from "../core/channel.ts";
import type { Episode } from "../core/episode.ts";
import { findingSeverities, severityOf } from "../core/finding.ts";
import { openFindings } from "../passes/findings.ts";
import { ifThere } from "./drills.ts";
import type { Look } from "./operation.ts";
import { byNameDown, pageFrom } from "./paging.ts";

/** Alerts, newest first: those that are open, or all. */
export const listAlerts: Look<"listAlerts"> = async ({ query }, { world }) => {
  const episodes = await readEpisodes(world.catalog);
  const wanted = query.state === "all" ? episodes : episodes.filter(({ facts }) => !facts.has("ended"));
  const newestFirst = wanted.sort((a, b) => (nameOf(a) < nameOf(b) ? 1 : -1));
  const { items, ...more } = pageFrom(newestFirst, query, byNameDown(nameOf));
  const views = await Promise.all(items.map((episode) => alertView(episode, world.catalog)));
  return { items: views.flatMap((view) => view ?? []), ...more };
};

/** Every channel that the environment names, with whether it would reach somebody from the region that answers. */
export const listChannels: Look<"listChannels"> = async (_input, { world }) => {
  const { catalog, environment, region } = world;
  const [report, ...open] = await Promise.all([
    ifThere(catalog.readChannels()),
    ...Object.values(unusableKinds).map((kind) => openFindings(world, kind, "account")),
  ]);
  const channels = channelsNow(environment.alerts, region, report, open.flat());
  return { channels, ...(report ? { checkedAt: report.at } : {}) };
};

/** The episodes of findings that a vault knows, each with the names of its facts. */
export async function readEpisodes(catalog: Catalog, prefix = findingsPrefix): Promise<Episode[]> {
  const episodes = new Map<string, Episode>();
  for await (const { key, storedAt } of catalog.list(prefix)) {
    const fact = parseFindingKey(key);
    if (!fact) continue;
    const { id, since, name } = fact;
    const episode = episodes.get(`${id}@${since}`) ?? { id, since, facts: new Map() };
    episodes.set(`${id}@${since}`, episode);
    episode.facts.set(name, storedAt);
  }
  return [...episodes.values()].filter(({ facts }) => facts.has("opened"));
}

/** An episode as people are shown it; undefined where its first fact is not here. */
export async function alertView(
  { id, since, facts }: Episode,
  catalog: Catalog,
): Promise<AlertView | undefined> {
  const read = (name: "opened" | "acknowledged" | "ended") =>
    facts.has(name) ? ifThere(catalog.readFinding(findingKey(id, since, name))) : undefined;
  const [opened, acknowledged, ended] = await Promise.all([
    read("opened"),
    read("acknowledged"),
    read("ended"),
  ]);
  if (!opened) return undefined;
  const { finding } = opened;
  const first = (pattern: RegExp) =>
    [...facts].flatMap(([name, at]) => (pattern.test(name) ? [at] : [])).sort()[0];
  const toldAt = first(/^told-(?!ended-)/);
  const escalatedAt = first(/^escalated-/);
  return {
    id: `${id}@${since}`,
    finding,
    priority: findingSeverities[finding.kind],
    severity: severityOf(finding.kind),
    state: ended ? "resolved" : acknowledged ? "acknowledged" : "open",
    openedAt: opened.at,
    ...(toldAt ? { toldAt } : {}),
    ...(acknowledged ? { acknowledgedAt: acknowledged.at } : {}),
    ...(acknowledged?.by ? { acknowledgedBy: acknowledged.by } : {}),
    ...(escalatedAt ? { escalatedAt } : {}),
    ...(ended ? { endedAt: ended.at } : {}),
    ...(ended?.reason ? { endedBecause: ended.reason } : {}),
  };
}

/** The order of time; of one instant, that of their names. */
function nameOf({ id, since }: Episode): string {
  return `${since} ${id}`;
}
