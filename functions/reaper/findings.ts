import { findingKey, findingsPrefix, parseFindingKey } from "../catalog/keys.ts";
import { type Finding, findingId } from "../core/finding.ts";
import type { World } from "../world.ts";

/** The leaks of this region that were found before, with whether each episode has ended. */
export type Leaks = { open: Finding[]; ended: ReadonlySet<string> };

/** Reads what was found before. */
export async function openLeaks({ catalog, region }: World): Promise<Leaks> {
  const opened = new Map<string, { id: string; since: string }>();
  const ended = new Set<string>();
  for await (const { key } of catalog.list(`${findingsPrefix}clone-leaked.`)) {
    const fact = parseFindingKey(key);
    if (fact?.name === "opened") opened.set(`${fact.id}/${fact.since}`, fact);
    if (fact?.name === "ended") ended.add(`${fact.id}/${fact.since}`);
  }
  const open = [...opened].flatMap(([episode, fact]) => (ended.has(episode) ? [] : [fact]));
  const facts = await Promise.all(
    open.map(({ id, since }) => catalog.readFinding(findingKey(id, since, "opened"))),
  );
  return { open: facts.map(({ finding }) => finding).filter((one) => one.region === region), ended };
}

/** Opens what is newly left behind, ends what is gone, and has both told. */
export async function settleLeaks(
  world: World,
  { open, ended }: Leaks,
  found: readonly Finding[],
): Promise<void> {
  const { catalog, publish, now } = world;
  const openIds = new Set(open.map(findingId));
  for (const finding of found) {
    const id = findingId(finding);
    if (openIds.has(id)) continue;
    const at = now().toISOString();
    // An episode is named by the second since when it is so. One that ended under that name is over: this is another.
    const computed = `${finding.since.slice(0, 19)}Z`;
    const since = ended.has(`${id}/${computed}`) ? `${at.slice(0, 19)}Z` : computed;
    await catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding: { ...finding, since } });
    await publish("Finding Changed", { findingId: id, since });
  }
  const foundIds = new Set(found.map(findingId));
  for (const finding of open.filter((one) => !foundIds.has(findingId(one)))) {
    const at = now().toISOString();
    const reason = "It is gone.";
    await catalog.recordFinding("ended", { schema: 1, at, fact: "ended", finding, reason });
    await publish("Finding Changed", { findingId: findingId(finding), since: finding.since });
  }
}
