import type { Survey } from "../catalog/survey.ts";
import { type Finding, findingId } from "../core/finding.ts";
import type { World } from "../world.ts";

/**
 * Opens what is newly wrong with this region's expiry, ends what is over, and has both told. `judged`: the sources of
 * which all was known; of the others nothing ends, because that nothing was found is no evidence.
 */
export async function settleFindings(
  world: World,
  facts: Survey,
  found: readonly Finding[],
  judged: ReadonlySet<string>,
): Promise<void> {
  const { catalog, publish, region, now } = world;
  const ours = facts.open.filter((one) => one.kind === "expiry-frozen" && one.region === region);
  const openIds = new Set(ours.map(findingId));
  for (const finding of found) {
    const id = findingId(finding);
    if (openIds.has(id)) continue;
    const at = now().toISOString();
    // An episode is named by the second since when it is so. One that ended under that name is over: this is another.
    const computed = `${finding.since.slice(0, 19)}Z`;
    const over = facts.episodes.some((one) => one.id === id && one.since === computed);
    const since = over ? `${at.slice(0, 19)}Z` : computed;
    await catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding: { ...finding, since } });
    await publish("Finding Changed", { findingId: id, since });
  }
  const foundIds = new Set(found.map(findingId));
  for (const finding of ours.filter((one) => judged.has(one.source) && !foundIds.has(findingId(one)))) {
    const at = now().toISOString();
    const reason = "Nothing stands in the way of expiry any more.";
    await catalog.recordFinding("ended", { schema: 1, at, fact: "ended", finding, reason });
    await publish("Finding Changed", { findingId: findingId(finding), since: finding.since });
  }
}
